import { describe, expect, test } from 'vitest';
import { lostOverrides, type Obeys } from '../../../src/run/site/overrides.ts';
import { release, World } from '../world.ts';

const ROOT = `${release('41')}/public`;

/** The warnings of a site whose document root has these .htaccess files, by their directories. */
const warningsOf = async (
  files: Readonly<Record<string, string>>,
  find?: { status: number | string; output: string },
  obeys?: Obeys,
) => {
  const world = await World.serving();
  const { run } = await world.load();
  world.addDirectory(ROOT);
  for (const [directory, text] of Object.entries(files)) {
    await world.files.makeDirectory(`${ROOT}/${directory}`);
    await world.files.write(`${ROOT}/${directory}/.htaccess`, text);
  }
  const told = Object.keys(files).map(directory => `${ROOT}\0${directory}/.htaccess\0`);
  world.commands.programs.set('find', () => find ?? told.join(''));
  // nginx names the site.
  world.commands.programs.set('grep', () => '');
  const found = await lostOverrides(run.ports, run.site, obeys === undefined ? {} : { obeys });
  return found.map(({ file, line, message }) => [file.replace(`${ROOT}/`, ''), line, message] as const);
};

const numbered = (count: number, text: (at: number) => string): Readonly<Record<string, string>> =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`d${String(at).padStart(4, '0')}`, text(at)]));

const LETTERS = '(a|b|c|d|e|f|g|h|i|j|k|l|m|n|o|p)';
const MANY = Array.from({ length: 700 }, (_, at) => `RewriteRule ^${LETTERS}${LETTERS}x${at}$ - [F]\n`).join('');

test('what a file closes is told, with the line for the site file', async () => {
  expect(await warningsOf({ up: 'Require all denied\n' })).toEqual([
    ['up/.htaccess', 1, expect.stringContaining("write 'closed = up' in [web] of shop.ini")],
  ]);
});

test('what many files close is told a line at a time, and that there is more', async () => {
  const [[, , message = ''] = []] = await warningsOf(numbered(500, () => 'Require all denied\n'));
  expect(message).toMatch(
    /'closed = d0000 d0001 .* d0332' in \[web\] of shop.ini.*; what else they close is told then$/,
  );
});

test.each<readonly [string, Readonly<Record<string, string>>, string]>([
  ['a thousand files', numbered(1_005, () => ''), 'd1000/.htaccess'],
  ['half a megabyte', numbered(12, () => '#'.repeat(60_000)), 'd0008/.htaccess'],
  ['patterns that stand for very much', numbered(100, () => MANY), 'd0000/.htaccess'],
])('behind %s nothing is looked at, which is said', async (_, files, file) => {
  const last = (await warningsOf(files)).at(-1);
  expect(last).toEqual([
    file,
    1,
    expect.stringMatching(/^is not looked at, nor are .* name in 'htaccess_done' in \[web\]/),
  ]);
});

test('a hundred files of patterns take as long as a few', async () => {
  const files = numbered(100, () => MANY);
  const begun = process.cpuUsage();
  const told = (await warningsOf(files)).map(([, , message]) => message).join('\n');
  const { user, system } = process.cpuUsage(begun);
  expect((user + system) / 1_000).toBeLessThan(2_000);
  expect(told.length).toBeLessThan(10_000);
});

test('a file of more than 64 KiB is said not to be looked at whole', async () => {
  expect(await warningsOf({ up: `Require all denied\n${'#'.repeat(70_000)}` })).toEqual([
    ['up/.htaccess', 1, expect.stringContaining("'closed = up'")],
    ['up/.htaccess', 1, expect.stringMatching(/^is not looked at whole: php-zd reads its first 64 KiB;/)],
  ]);
});

test.each([
  ['comes to no end', 'no end after 10000 ms', true],
  ['has too much to tell', 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER', true],
  ['finds that the directory is gone', 1, false],
])('where find(1) %s that is said, or nothing', async (_, status, isSaid) => {
  const said = [ROOT, 1, 'is not looked at whole for .htaccess files: there is too much in it'];
  expect(await warningsOf({}, { status, output: '' })).toEqual(isSaid ? [said] : []);
});

describe('what a file sets is told where Apache is the web server, which obeys none of it', () => {
  const done = "'htaccess_done = web/.htaccess' in [web] of shop.ini";
  test.each<readonly [string, string, number, string | undefined]>([
    ['a variable', '# Symfony\nSetEnv APP_MODE live\n', 2, 'SetEnv'],
    ['a header of a module', '<IfModule mod_headers.c>\n  Header set X-A b\n</IfModule>\n', 2, 'Header'],
    ['nothing but the login', 'SetEnvIf Authorization .+ HTTP_AUTHORIZATION=$0\n', 0, undefined],
    ['nothing', 'RewriteEngine On\nRewriteRule ^ index.php [L]\n', 0, undefined],
  ])('%s', async (_, text, line, directive) => {
    const message = `${directive} sets what PHP or visitors get, and Apache obeys none of it here: write what the file sets in the virtual host, and ${done}`;
    const told = directive === undefined ? [] : [['web/.htaccess', line, message]];
    expect(await warningsOf({ web: text }, undefined, 'apache')).toEqual(told);
    expect(await warningsOf({ web: text })).toEqual([]);
  });
});
