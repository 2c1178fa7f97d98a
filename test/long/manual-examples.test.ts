import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';

import { onOneSuite, type Scene } from '../scene/scene.ts';

/** An example of a page of the manual. */
interface Example {
  /** The sentence above the example. */
  readonly words: string;
  readonly literal: string;
}

/** A line that is typed, and what it prints; a line of three dots is any lines. */
interface Typed {
  readonly command: string;
  readonly printed: readonly string[];
}

onOneSuite('bookworm', 'examples', {}, scene => {
  let examples: readonly Example[] = [];
  let siteFiles: readonly Example[] = [];

  beforeAll(async () => {
    examples = await readExamples(scene(), 'man8/php-zd.8');
    siteFiles = await readExamples(scene(), 'man5/php-zd.ini.5');
    await prepare(scene());
  });

  test('what php-zd(8) types works, one after the other, and prints what stands there', async () => {
    const typed = examples.flatMap(({ literal }) => parseTyped(literal));
    expect(typed.length).toBeGreaterThan(20);
    for (const { command, printed } of typed) {
      const { status, stdout } = await scene().machine.ask('sh', '-c', `${command} 2>&1`);
      expect({ command, status, stdout }).toEqual({ command, status: 0, stdout: expect.any(String) });
      expect(withoutFigures(stdout), command).toMatch(patternOf(printed));
    }
  });

  test('what the manual has a release do after a roll, and the next one before it, is done by that release, in its environment', async () => {
    const { machine, site } = scene();
    const pages = ['man7/php-zd-rolling.7', 'man5/php-zd.ini.5'].map(page => readPage(scene(), page));
    const [[migrate = '', inRolling = ''] = [], [inIni = ''] = []] = (await Promise.all(pages)).map(page =>
      [...page.matchAll(/^(?:\.Dl |# )(.* artisan .*)$/gm)].map(([, line = '']) => line),
    );
    expect(inIni).toBe(inRolling);
    for (const release of ['1', '2', '3']) await machine.write(`${site.directory(release)}/artisan`, SAYING);
    const ini = await machine.run('cat', site.file);
    await machine.write(site.file, `${ini}[env]\nAPP_ENV = prod\n[hooks]\n${inRolling}\n`);
    const mount = '/srv/shop/releases/.shop.live';
    const said = () => machine.run('cat', '/var/lib/php-zd/shop/tmp/shop/said');
    await machine.run('php-zd', 'deploy', 'shop', site.directory('2'));
    expect(await said()).toBe(`queue:restart of 2 prod ${mount}`);
    await machine.run('sh', '-c', migrate);
    expect(await said()).toBe(`migrate of 3 prod ${mount}`);
    await machine.write(site.file, ini);
    await site.roll();
  });

  test('the site files of php-zd.ini(5) have no problem on a host that has what they name', async () => {
    const { machine } = scene();
    const version = (await machine.run('sh', '-c', 'ls /etc/php')).trim();
    const prepared = [
      'mkdir -p /etc/shop /srv/shop/shared/storage /srv/shop/releases/2/storage && touch /etc/shop/env',
      'groupadd nginx',
    ];
    for (const command of prepared) await machine.run('sh', '-c', command);
    const files = siteFiles.map(({ words, literal }) => ({ path: pathIn(words), text: literal }));
    expect(files.map(({ path }) => path)).toEqual(['/etc/php-zd/sites/shop.ini', '/etc/php-zd/defaults.ini']);
    for (const { path, text } of files) {
      await machine.write(path, text.replace('version = 8.2', `version = ${version}`));
      await machine.run('chmod', '0640', path);
    }
    expect(await machine.ask('php-zd', 'check', 'shop')).toEqual({
      status: 0,
      stdout:
        'shop: ok, a reload would roll to /srv/shop/releases/2; document root public, front controller index.php\n',
      stderr: '',
    });
  });
});

/** What a line of the manual has the application do: which release it is, by which environment, and from where. */
const SAYING = `<?php
file_put_contents('/tmp/said', "$argv[1] of " . trim(file_get_contents('RELEASE')) . ' ' . getenv('APP_ENV') . ' ' . getcwd());
`;

/** The installed page's examples, as a reader has them. */
const readExamples = async (scene: Scene, page: string): Promise<readonly Example[]> => {
  const text = await readPage(scene, page);
  const [, section = ''] = /^\.Sh EXAMPLES\n((?:(?!\.Sh ).*\n)*)/m.exec(text) ?? [];
  const literals = section.matchAll(/((?:.*\n)*?)(?:\.Bd -literal.*\n((?:.*\n)*?)\.Ed\n|\.Dl (.*\n))/g);
  return [...literals].map(([, words = '', block, line]) => ({ words, literal: plain(block ?? line ?? '') }));
};

const readPage = ({ machine }: Scene, page: string): Promise<string> =>
  readFile(`${machine.root}/usr/share/man/${page}`, 'utf8');

/** roff(7)'s escapes, as far as examples need them. */
const plain = (roff: string): string => roff.replaceAll('\\&', '').replaceAll('\\e', '\\');

const pathIn = (words: string): string => /^\.Pa (\S+)/m.exec(words)?.[1] ?? '';

const parseTyped = (literal: string): readonly Typed[] => {
  expect(literal).toMatch(/^# /);
  return literal.split(/^# /m).flatMap(part => {
    const [command = '', ...printed] = part.trimEnd().split('\n');
    return command === '' ? [] : [{ command, printed }];
  });
};

/** The expression for a printed output. Three dots stand for any lines, and figures differ from run to run. */
const patternOf = (printed: readonly string[]): RegExp => {
  const line = (text: string) => (text === '...' ? '(?:.*\\n)*' : `${literally(withoutFigures(text))}\\n`);
  return new RegExp(`^${printed.map(line).join('')}$`);
};

const literally = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** Times, dates, and how many requests and checks there were, with the blanks that make columns of them. */
const withoutFigures = (text: string): string =>
  text
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'DATE')
    .replace(/\b\d+(\.\d+)? ?(ms|s|min)\b( \d+m?s\b)?/g, 'TIME')
    .replace(/\b\d+ (requests?|checks)\b/g, 'N $1')
    .replace(/ {2,}/g, '  ');

/** Makes what the examples take for granted: releases to deploy, a page, a second site's user and release. */
const prepare = async ({ machine, site }: Scene): Promise<void> => {
  const console = "#!/usr/bin/env php\n<?php exit(is_dir('public') ? 0 : 1);\n";
  await machine.write(`${site.directory('1')}/bin/console`, console, 0o755);
  await machine.write('/srv/shop/back-soon.html', '<h1>Back soon</h1>\n');
  const commands = [
    'cd /srv/shop/releases && for name in 2 3; do cp -r 1 $name && echo $name >$name/RELEASE; done',
    'useradd blog && mkdir /srv/blog && cp -r /srv/shop/releases /srv/blog && ln -s releases/1 /srv/blog/current',
  ];
  for (const command of commands) await machine.run('sh', '-c', command);
};
