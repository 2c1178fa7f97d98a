import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { PhpZdError } from '../base/errors.ts';
import type { Foreground } from '../ports/foreground.ts';

const PASSED_ON = ['SIGTERM', 'SIGHUP'] as const;

/** Runs the program by execve(2), without a shell in between. */
export const runInForeground: Foreground = (program, args, env = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, [...args], { stdio: 'inherit', env: { ...process.env, ...env } });
    // The terminal sends ^C to php-zd and to the program alike, and the program decides what follows.
    const ignore = () => undefined;
    process.on('SIGINT', ignore);
    // A signal that is to end php-zd ends the program, and php-zd then ends with the program's status.
    const pass = (signal: NodeJS.Signals) => void child.kill(signal);
    for (const signal of PASSED_ON) process.on(signal, pass);
    const over = () => {
      process.off('SIGINT', ignore);
      for (const signal of PASSED_ON) process.off(signal, pass);
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      over();
      const facts = { command: [program, ...args].join(' '), status: error.code ?? error.message, output: '' };
      reject(new PhpZdError('command-failed', facts, error));
    });
    child.on('close', (status, signal) => {
      over();
      resolve(status ?? 128 + constants.signals[signal ?? 'SIGKILL']);
    });
  });
