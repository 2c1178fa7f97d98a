// The folder `start`: a snapshot of Node.js, and what units/php-zd.sh must find unchanged to start from it. A snapshot is good for the build
// of Node.js that has made it and for a processor with the same features alone, and a Node.js that is given another one ends.
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';

const START = `${__dirname}/start`;
const PROGRAM = `${__dirname}/php-zd.cjs`;

/** The kind of the processor and its features, in one line. */
const PROCESSOR = '/sys/devices/system/cpu/modalias';

/** Debian's `node` is a small program, and the rest of it a library. */
const nodeLibrary = (): string =>
  /\S+\/libnode\.so\S*$/m.exec(readFileSync('/proc/self/maps', 'utf8'))?.[0] ?? process.execPath;

/**
 * Most processes of php-zd are over before their garbage is worth collecting, and most functions worth optimizing (facts.md N100). V8 takes a
 * snapshot under the options with which it was made: units/php-zd.sh reads them from `made-for`.
 */
const OPTIONS = [
  ...['--min-semi-space-size=16', '--interrupt-budget=1000000'],
  ...['--no-lazy-feedback-allocation', '--no-sparkplug'],
];

/** As units/php-zd.sh says it: what a copy keeps, such as one of an image for many hosts, and another build of Node.js has otherwise. */
const identityOf = (path: string): string => {
  const { size, mtimeMs } = statSync(path);
  return `${size} ${Math.floor(mtimeMs / 1000)},`;
};

const run = (...args: readonly string[]): string =>
  execFileSync(process.execPath, args, { env: {}, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

const flush = (path: string): void => {
  const descriptor = openSync(path, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
};

const makeIn = (folder: string): void => {
  const parts = [process.execPath, nodeLibrary()];
  mkdirSync(folder, { mode: 0o755 });
  for (const [index, part] of parts.entries()) symlinkSync(part, `${folder}/${index === 0 ? 'node' : 'library'}`);
  const snapshot = `${folder}/snapshot`;
  run(...OPTIONS, '--snapshot-blob', snapshot, '--build-snapshot', `${__dirname}/start.cjs`);
  if (run(...OPTIONS, '--snapshot-blob', snapshot, PROGRAM, '--version') !== run(PROGRAM, '--version'))
    throw new Error('a start from the snapshot differs');
  // On disk whole before anything says that it is good: Node.js ends at one that was cut by a loss of power.
  flush(snapshot);
  const madeFor = `${folder}/made-for`;
  writeFileSync(
    madeFor,
    [
      [...parts, snapshot].map(identityOf).join(''),
      readFileSync(PROCESSOR, 'latin1').trim(),
      OPTIONS.join(' '),
      '',
    ].join('\n'),
    { mode: 0o644 },
  );
  flush(madeFor);
};

/** Where there can be none, the former one is gone all the same, and php-zd starts as any program of Node.js. */
export const makeSnapshot = (): void => {
  const making = `${START}.${process.pid}`;
  rmSync(START, { recursive: true, force: true });
  try {
    makeIn(making);
    renameSync(making, START);
  } catch {
    rmSync(making, { recursive: true, force: true });
  }
};
