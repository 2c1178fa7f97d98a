import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { buildSync } from 'esbuild';
import { afterAll, beforeEach, expect, test } from 'vitest';

const tree = new URL('..', import.meta.url).pathname;
const directory = mkdtempSync(`${tmpdir()}/php-zd-launch-`);
const at = (name: string) => `${directory}/${name}`;
afterAll(() => rmSync(directory, { recursive: true }));

/** A program in the form that packaging/build.ts gives it, which says how Node.js was started, and how it was called. */
const MAIN = `async () => {
  process.exitCode = 0;
  const [verb, ...rest] = process.argv.slice(2);
  if (verb === '--version') return console.log('1.2.3');
  if (verb === 'path') return console.log(process.env.PATH);
  if (verb === 'doctor') throw new Error('a bug');
  const how = process.execArgv.includes('--snapshot-blob') ? 'snapshot' : 'plain';
  console.log([how, verb, ...rest, process.env.TZ, new Date(0).getHours(), require('node:net').isIP('::1')].join(' '));
}`;
writeFileSync(
  at('program.js'),
  `/*${'a'.repeat(64)}*/(function(require){const main=${MAIN};return{main,loadEveryDay:async()=>{}}})`,
);
for (const [entry, name] of [
  ['launch', 'php-zd'],
  ['code-cache', 'code-cache'],
  ['snapshot', 'start'],
] as const) {
  buildSync({
    ...{ bundle: true, platform: 'node', format: 'cjs', define: { PHP_ZD_KEPT: JSON.stringify(at('kept')) } },
    ...{ entryPoints: [`${tree}packaging/${entry}.ts`], outfile: at(`${name}.cjs`) },
  });
}
const cjs = readFileSync(at('php-zd.cjs'), 'utf8');
writeFileSync(at('php-zd.cjs'), `#!/usr/bin/env node\n${cjs}`);
chmodSync(at('php-zd.cjs'), 0o755);
const script = readFileSync(`${tree}units/php-zd.sh`, 'utf8')
  .replaceAll('@LIBDIR@', directory)
  .replace('@VERSION@', '9.8.7');
writeFileSync(at('php-zd'), script, { mode: 0o755 });
execFileSync(process.execPath, [at('code-cache.cjs')]);
let madeFor = readFileSync(at('start/made-for'), 'utf8');

beforeEach(() => writeFileSync(at('start/made-for'), madeFor));

/** Without what the tests' own Node.js was started with. */
const ENV = { PATH: process.env['PATH'], TZ: 'UTC' };
const type = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  spawnSync(at('php-zd'), args, { encoding: 'utf8', env: { ...ENV, ...env } });

test('a look starts from the snapshot of the Node.js that is there, and is told the line and the surroundings of now', () => {
  expect(type(['status', 'a b', '--json'], { TZ: 'Asia/Tokyo' }).stdout).toBe(
    'snapshot status a b --json Asia/Tokyo 9 6\n',
  );
});

test.each([
  ['unit', 'roll', 'shop'],
  ['deploy', 'shop', '2'],
  ['reload', '--all'],
  ['rollback', 'shop'],
])('%s starts from the snapshot too', (...words) => {
  expect(type(words).stdout).toBe(`snapshot ${words.join(' ')} UTC 0 6\n`);
});

test.each(['start', 'stop', 'settle'])(
  'unit %s, without which a site does not come up, starts Node.js as it is',
  verb => {
    expect(type(['unit', verb, 'shop']).stdout).toBe(`plain unit ${verb} shop UTC 0 6\n`);
  },
);

test.each<[string, (snapshot: Buffer) => Buffer]>([
  ['is empty', () => Buffer.alloc(0)],
  ['was cut', snapshot => snapshot.subarray(0, snapshot.length >> 1)],
  [
    'has other bytes',
    snapshot => Buffer.concat([snapshot.subarray(0, 1000), Buffer.alloc(8), snapshot.subarray(1008)]),
  ],
])('a snapshot that %s since it was made is left alone', async (_, change) => {
  const [file, whole] = [at('start/snapshot'), readFileSync(at('start/snapshot'))];
  // The time of a change is told in seconds.
  await setTimeout(1_100);
  writeFileSync(file, change(whole));
  expect(type(['unit', 'roll', 'shop'])).toMatchObject({ stdout: 'plain unit roll shop UTC 0 6\n', stderr: '' });
  execFileSync(process.execPath, [at('code-cache.cjs')]);
  madeFor = readFileSync(at('start/made-for'), 'utf8');
  expect(type(['unit', 'roll', 'shop']).stdout).toMatch(/^snapshot /);
});

test('a copy of the installation, as in an image for many hosts, starts from the snapshot too', () => {
  const moved = `${directory}-before`;
  execFileSync('mv', ['--no-target-directory', directory, moved]);
  execFileSync('cp', ['--archive', '--no-target-directory', moved, directory]);
  rmSync(moved, { recursive: true });
  expect(type(['status']).stdout).toMatch(/^snapshot /);
});

test('another verb starts Node.js as it is', () => {
  expect(type(['list', 'shop']).stdout).toBe('plain list shop UTC 0 6\n');
  expect(type([]).stdout).toMatch(/^plain /);
});

test("what it starts is found by the host's own PATH, whoever calls", () => {
  for (const path of ['/usr/bin:/bin', `${directory}/mine:/usr/bin:/bin`])
    expect(type(['path'], { PATH: path }).stdout).toBe(
      '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n',
    );
});

test.each(['--version', '-V'])('%s is said without Node.js, and only by itself', option => {
  const { status, stdout } = type([option], { PATH: '/nonexistent' });
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'php-zd 9.8.7\n' });
  expect(type([option, 'status']).stdout).not.toContain('9.8.7');
  const full = spawnSync('sh', ['-c', `exec "${at('php-zd')}" ${option} >/dev/full`], { encoding: 'utf8', env: ENV });
  expect(full.stderr).not.toContain('echo');
});

test('a bug in a look ends with its stack and a failure', () => {
  const { status, stderr } = type(['doctor']);
  expect(status).toBe(1);
  expect(stderr).toMatch(/Error: a bug\n +at .*program\.js/);
});

test('a look with options for Node.js in its surroundings starts Node.js as it is', () => {
  expect(type(['status'], { NODE_OPTIONS: '--stack-trace-limit=5' }).stdout).toMatch(/^plain status /);
});

test.each<[string, (made: string) => string]>([
  ['another Node.js', made => made.replace(/^\d+/, size => String(Number(size) + 1))],
  ['another library of Node.js', made => made.replace(/(?<=,\d+ )\d+/, time => String(Number(time) - 1))],
  ['another processor', made => made.replace('feature:', 'feature:,FFFF')],
  ['options that nobody knows', made => made.split('\n').slice(0, 2).join('\n')],
  ['nothing', () => ''],
])('a snapshot that was made for %s is left alone', (_, change) => {
  expect(type(['status']).stdout).toMatch(/^snapshot /);
  writeFileSync(at('start/made-for'), change(madeFor));
  expect(type(['status'])).toMatchObject({ stdout: 'plain status UTC 0 6\n', stderr: '' });
});

test('where no snapshot can be made, the former one is gone, and all works without', () => {
  writeFileSync(at('start.cjs'), 'throw new Error()');
  execFileSync(process.execPath, [at('code-cache.cjs')]);
  expect(existsSync(at('start'))).toBe(false);
  expect(type(['status'])).toMatchObject({ stdout: 'plain status UTC 0 6\n', stderr: '' });
});
