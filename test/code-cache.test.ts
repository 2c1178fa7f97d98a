import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { buildSync } from 'esbuild';
import { afterAll, beforeEach, expect, test } from 'vitest';

const packaging = new URL('../packaging/', import.meta.url).pathname;
const directory = mkdtempSync(`${tmpdir()}/php-zd-code-cache-`);
const at = (name: string) => `${directory}/${name}`;
afterAll(() => rmSync(directory, { recursive: true }));

/** A program in the form that packaging/build.ts gives it, which says its word. */
const writeProgram = (word: string, hash: string, exit = 0): void => {
  const main = `()=>{console.log('${word}');process.exitCode=${exit}}`;
  writeFileSync(
    at('program.js'),
    `/*${hash}*/(function(){const main=${main};process.exitCode=1;return{main,loadEveryDay:async()=>main()}})`,
  );
};

const HASH = 'a'.repeat(64);
const start = (...args: readonly string[]) =>
  spawnSync(process.execPath, [at('php-zd.cjs'), ...args], { encoding: 'utf8' }).stdout;

for (const [entry, name] of [
  ['launch', 'php-zd'],
  ['code-cache', 'code-cache'],
] as const) {
  const form = { bundle: true, platform: 'node', format: 'cjs' } as const;
  const define = { PHP_ZD_KEPT: JSON.stringify(at('kept')) };
  buildSync({ ...form, define, entryPoints: [`${packaging}${entry}.ts`], outfile: at(`${name}.cjs`) });
}

// Made of a program that says `one`; the text that lies there in each test, of the same length and with the same hash, says `two`.
writeProgram('one', HASH);
execFileSync(process.execPath, [at('code-cache.cjs')]);
const made = readFileSync(at('code-cache'));

beforeEach(() => {
  writeFileSync(at('code-cache'), made);
  writeProgram('two', HASH);
});

test('a start runs the code of the cache', () => {
  expect(start()).toBe('one\n');
});

test('a cache of another program is left alone, also where V8 would take it for that of this one', () => {
  writeProgram('two', 'b'.repeat(64));
  expect(start()).toBe('two\n');
});

test('a start without a cache runs the text', () => {
  rmSync(at('code-cache'));
  expect(start()).toBe('two\n');
});

test.each<[string, (cache: Buffer) => Buffer]>([
  ['is empty', () => Buffer.alloc(0)],
  ['ends early', cache => cache.subarray(0, cache.length / 2)],
  ['has its name alone', cache => cache.subarray(0, 104)],
  ['is of zeros at its end', cache => Buffer.concat([cache.subarray(0, cache.length - 8), Buffer.alloc(8)])],
  ['has a wrong byte', cache => cache.fill(cache.readUInt8(400) ^ 1, 400, 401)],
  ['was made for another Node.js', cache => Buffer.from(cache.toString('latin1').replace(/ v\d/, ' v9'), 'latin1')],
])('a cache that %s costs nothing but time', (_, damage) => {
  writeFileSync(at('code-cache'), damage(Buffer.from(made)));
  expect(start()).toBe('two\n');
});

/** What a look has kept of a program that says `one`, where the text says `two`. */
const keepOne = (...words: readonly string[]): void => {
  rmSync(at('kept'), { recursive: true, force: true });
  mkdirSync(at('kept'));
  writeProgram('one', HASH);
  expect(start(...(words.length === 0 ? ['status'] : words))).toBe('one\n');
  writeProgram('two', HASH);
};
const hoursAgo = (hours: number) => Date.now() / 1000 - hours * 3600;

test('a look runs the code that the last one of its kind has kept', () => {
  rmSync(at('code-cache'));
  keepOne();
  expect(start('status')).toBe('one\n');
  expect(start('status', 'shop')).toBe('two\n');
  expect(existsSync(at('kept/status-named'))).toBe(true);
});

test('a roll runs the code that the last one has kept, of whichever site', () => {
  rmSync(at('code-cache'));
  keepOne('unit', 'roll', 'shop');
  expect(start('unit', 'roll', 'blog')).toBe('one\n');
  expect(start('unit', 'settle', 'blog')).toBe('two\n');
  utimesSync(at('kept/unit-roll'), hoursAgo(23), hoursAgo(23));
  expect(start('unit', 'roll', 'blog')).toBe('one\n');
  utimesSync(at('kept/unit-roll'), hoursAgo(25), hoursAgo(25));
  expect(start('unit', 'roll', 'blog')).toBe('two\n');
});

test.each([
  ['does not come to its end', ['unit', 'roll', 'shop'], 1],
  ['nobody waits for', ['unit', 'reap', 'shop:1'], 0],
  ['few people type', ['list'], 0],
])('a verb that %s keeps nothing', (_, words, exit) => {
  rmSync(at('kept'), { recursive: true, force: true });
  mkdirSync(at('kept'));
  writeProgram('one', HASH, exit);
  start(...words);
  expect(readdirSync(at('kept'))).toEqual([]);
});

test('what was kept before the code cache was made is of another program, and is kept anew', () => {
  keepOne('unit', 'roll', 'shop');
  utimesSync(at('code-cache'), hoursAgo(-0.1), hoursAgo(-0.1));
  expect(start('unit', 'roll', 'shop')).toBe('two\n');
});

test('what was kept an hour ago is kept anew', () => {
  rmSync(at('code-cache'));
  keepOne();
  utimesSync(at('kept/status'), hoursAgo(0.9), hoursAgo(0.9));
  expect(start('status')).toBe('one\n');
  utimesSync(at('kept/status'), hoursAgo(1.1), hoursAgo(1.1));
  expect(start('status')).toBe('two\n');
  writeProgram('six', HASH);
  expect(start('status')).toBe('two\n');
});

test('what somebody else may write is not run', () => {
  rmSync(at('code-cache'));
  keepOne();
  chmodSync(at('kept/status'), 0o664);
  expect(start('status')).toBe('two\n');
});

test('a look ends well where nothing can be kept', () => {
  rmSync(at('kept'), { recursive: true, force: true });
  expect(start('status')).toBe('one\n');
  writeFileSync(at('kept'), '');
  expect(start('status')).toBe('one\n');
});

test('what keeps a cache from being made is told in a line', () => {
  rmSync(at('program.js'));
  const { status, stderr } = spawnSync(process.execPath, [at('code-cache.cjs')], { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^php-zd: ENOENT: .*program\.js'\n$/);
});
