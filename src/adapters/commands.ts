import { execFile } from 'node:child_process';
import { beginOf } from '../base/begin-of.ts';
import { PhpZdError, TOO_MUCH } from '../base/errors.ts';
import type { Commands } from '../ports/commands.ts';

const DEADLINE_MS = 30_000;
/** A program that waits for a file system may not end by SIGKILL either. Nobody waits for its end, nor for what it would say. */
const GRACE_MS = 1_000;
const MEBIBYTE = 1024 * 1024;
/** A program that says more is ended, and has failed: a part of what it says is not all of it. */
const MOST_OUTPUT_BYTES = 8 * MEBIBYTE;
/** Of what a program said that failed, and of how it was called: the error goes to the journal, to files and to people. */
const MOST_TOLD = 16 * 1024;
const MOST_CALL = 1_000;

/** Runs programs by execve(2), without a shell in between. */
export const makeCommands = (): Commands => ({
  run: async (program, args, env = {}, deadlineMs = DEADLINE_MS) =>
    (await execute(program, args, { env, deadlineMs })).stdout,
  hear: async (program, args, deadlineMs = DEADLINE_MS) => {
    const { stdout, stderr } = await execute(program, args, { env: {}, deadlineMs });
    return `${stdout}${stderr}`;
  },
});

interface Execution {
  readonly env: Readonly<Record<string, string>>;
  readonly deadlineMs: number;
}

interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

const execute = (program: string, args: readonly string[], { env, deadlineMs }: Execution): Promise<Output> =>
  new Promise((resolve, reject) => {
    const options = {
      timeout: deadlineMs,
      killSignal: 'SIGKILL',
      // What a program answers rests on nothing that the caller stands in, which may be gone.
      cwd: '/',
      env: { ...ownEnvironment(), ...env },
      maxBuffer: MOST_OUTPUT_BYTES,
    } as const;
    const command = shortened([program, ...args].join(' '));
    const noEnd = `no end after ${deadlineMs} ms`;
    const child = execFile(program, [...args], options, (error, stdout, stderr) => {
      clearTimeout(late);
      if (error === null) return resolve({ stdout, stderr });
      const status = error.killed ? noEnd : String(error.code ?? error.signal);
      const isTooMuch = status === TOO_MUCH;
      const output = isTooMuch ? '' : beginOf(`${stdout}${stderr}`, MOST_TOLD).trim();
      reject(new PhpZdError('command-failed', { command, status, output }, error));
    });
    const late = setTimeout(() => {
      child.unref();
      reject(new PhpZdError('command-failed', { command, status: noEnd, output: '' }));
    }, deadlineMs + GRACE_MS);
  });

const shortened = (call: string): string => (call.length <= MOST_CALL ? call : `${beginOf(call, MOST_CALL)} ...`);

/**
 * The environment of a program: it answers in the words of its documentation, and does not speak to the service manager in
 * php-zd's name.
 */
const ownEnvironment = (): NodeJS.ProcessEnv => {
  const { NOTIFY_SOCKET: _, ...env } = process.env;
  return { ...env, LC_ALL: 'C.UTF-8' };
};
