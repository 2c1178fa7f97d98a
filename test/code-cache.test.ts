import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { buildSync } from 'esbuild';
import { afterAll, beforeEach, expect, test } from 'vitest';

const packaging = new URL('../packaging/', import.meta.url).pathname;
const directory = mkdtempSync(`${tmpdir()}/php-zd-code-cache-`);
const at = (name: string) => `${directory}/${name}`;
afterAll(() => rmSync(directory, { recursive: true }));

/** A program in the form that packaging/build.ts gives it, which says its word. */
const writeProgram = (word: string, hash: string): void => {
  const main = `()=>console.log('${word}')`;
  writeFileSync(
    at('program.js'),
    `/*${hash}*/(function(){const main=${main};process.exitCode=1;return{main,loadEveryDay:async()=>main()}})`,
  );
};

const HASH = 'a'.repeat(64);
const start = () => spawnSync(process.execPath, [at('php-zd.cjs')], { encoding: 'utf8' }).stdout;

for (const [entry, name] of [
  ['launch', 'php-zd'],
  ['code-cache', 'code-cache'],
] as const) {
  const form = { bundle: true, platform: 'node', format: 'cjs' } as const;
  buildSync({ ...form, entryPoints: [`${packaging}${entry}.ts`], outfile: at(`${name}.cjs`) });
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
  ['has its name alone', cache => cache.subarray(0, 112)],
  ['is of zeros at its end', cache => Buffer.concat([cache.subarray(0, cache.length - 8), Buffer.alloc(8)])],
  ['has a wrong byte', cache => cache.fill(cache.readUInt8(400) ^ 1, 400, 401)],
  ['was made for another Node.js', cache => Buffer.from(cache.toString('latin1').replace(/ v\d/, ' v9'), 'latin1')],
])('a cache that %s costs nothing but time', (_, damage) => {
  writeFileSync(at('code-cache'), damage(Buffer.from(made)));
  expect(start()).toBe('two\n');
});
