import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const LAB = new URL('../lab/lab', import.meta.url).pathname;

export type Suite = 'bookworm' | 'trixie';
export const SUITES: readonly Suite[] = ['bookworm', 'trixie'];

/** A booted machine of test/lab, and its files and sockets as this process reaches them. */
export interface Machine {
  /** The machine's `/`. Short: a socket's path has at most 107 bytes. */
  readonly root: string;
  run(command: string, ...args: readonly string[]): Promise<string>;
  write(path: string, text: string): Promise<void>;
  down(): Promise<void>;
}

/** It goes away with this process, whatever happens. */
export const bootMachine = async (name: string, suite: Suite): Promise<Machine> => {
  await execute(LAB, ['up', name, '--suite', suite, '--owner', String(process.pid)]);
  const { stdout: pid } = await execute(LAB, ['pid', name]);
  const root = `/proc/${pid.trim()}/root`;
  return {
    root,
    run: async (command, ...args) => (await execute(LAB, ['run', name, '--', command, ...args])).stdout,
    write: async (path, text) => {
      await mkdir(dirname(root + path), { recursive: true });
      await writeFile(root + path, text);
    },
    down: async () => {
      await execute(LAB, ['down', name]);
    },
  };
};
