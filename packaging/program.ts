// The program's text beside this, and what V8 has made of it before: of the verbs of every day by packaging/code-cache.ts, and of a look,
// a start or a roll by itself. Without such a cache, or with one of another program or for another Node.js, V8 compiles the program itself, and
// that is all the difference.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { keep, keptOf, readOwn, shouldKeep } from './kept.ts';

const PROGRAM = `${__dirname}/program.js`;
export const CACHE = `${__dirname}/code-cache`;

/** The program's text begins with its own hash in a comment. */
const HASH_AT = '/*'.length;
const HASH_LENGTH = 64;

/** A cache begins with what it was made of and for, and has the code twice. What V8 reads is aligned by 8. */
const MADE_OF_BYTES = 104;

type Program = (load: NodeJS.Require, url: string) => typeof import('../src/main.ts');

const nameOf = (source: string): string =>
  `${source.slice(HASH_AT, HASH_AT + HASH_LENGTH)} ${process.version} ${process.arch}`.padEnd(MADE_OF_BYTES);

/**
 * V8 of Node.js 20 crashes on a cache with a wrong byte (facts.md N38). Two copies are compared in a tenth of a millisecond, where a sum takes
 * JavaScript several, and Node.js longer still to load its own hashes (facts.md N107).
 */
export const formatCache = (source: string, code: Buffer): Buffer =>
  Buffer.concat([Buffer.from(nameOf(source)), code, code]);

/** The code in a cache; undefined when it is not that of the program, or not whole. */
const parseCache = (source: string, cache: Buffer | undefined): Buffer | undefined => {
  if (cache?.toString('latin1', 0, MADE_OF_BYTES) !== nameOf(source)) return undefined;
  const half = MADE_OF_BYTES + (cache.length - MADE_OF_BYTES) / 2;
  const code = cache.subarray(MADE_OF_BYTES, half);
  return code.length > 0 && code.equals(cache.subarray(half)) ? code : undefined;
};

/** `cached` are files of caches; the first that is good is taken. */
export const compile = (load: NodeJS.Require, cached: readonly string[]) => {
  const source = readFileSync(PROGRAM, 'latin1');
  let cachedData: Buffer | undefined;
  for (const file of cached) cachedData ??= parseCache(source, readOwn(file));
  const script = new Script(source, { filename: PROGRAM, ...(cachedData && { cachedData }) });
  const run: Program = script.runInThisContext();
  return { source, script, program: () => run(load, pathToFileURL(`${__dirname}/php-zd.cjs`).href) };
};

/**
 * Runs the verb of the command line. One that keeps what V8 has made of the program for the next one begins without a cache, so that
 * the next one reads of the program what this one runs, and no more. An act that did not come to its end ran little of it.
 */
export const start = async (load: NodeJS.Require): Promise<void> => {
  const kept = keptOf(process.argv.slice(2));
  const keeps = kept !== undefined && shouldKeep(kept, CACHE);
  const { source, script, program } = compile(load, keeps ? [] : kept === undefined ? [CACHE] : [kept.file, CACHE]);
  await program().main();
  if (keeps && (kept.isLook || process.exitCode === 0)) keep(kept.file, formatCache(source, script.createCachedData()));
};
