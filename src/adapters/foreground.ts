import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { PhpZdError } from '../base/errors.ts';
import type { Foreground } from '../ports/foreground.ts';

/** By execve(2), without a shell between. */
export const runInForeground: Foreground = (program, args, env = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, [...args], { stdio: 'inherit', env: { ...process.env, ...env } });
    // The terminal gives ^C to both of us: it is for the program to decide.
    const ignore = () => undefined;
    process.on('SIGINT', ignore);
    const over = () => void process.off('SIGINT', ignore);
    child.on('error', (error: NodeJS.ErrnoException) => {
      over();
      const facts = { command: [program, ...args].join(' '), status: error.code, output: '' };
      reject(new PhpZdError('command-failed', facts, error));
    });
    child.on('close', (status, signal) => {
      over();
      resolve(status ?? 128 + constants.signals[signal ?? 'SIGKILL']);
    });
  });
