import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { PhpZdError } from '../base/errors.ts';
import type { Foreground } from '../ports/foreground.ts';

const PASSED_ON = ['SIGTERM', 'SIGHUP'] as const;

/** By execve(2), without a shell between. */
export const runInForeground: Foreground = (program, args, env = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, [...args], { stdio: 'inherit', env: { ...process.env, ...env } });
    // The terminal gives ^C to both of us: it is for the program to decide.
    const ignore = () => undefined;
    process.on('SIGINT', ignore);
    // What is to end us ends it, and we tell how.
    const pass = (signal: NodeJS.Signals) => void child.kill(signal);
    for (const signal of PASSED_ON) process.on(signal, pass);
    const over = () => {
      process.off('SIGINT', ignore);
      for (const signal of PASSED_ON) process.off(signal, pass);
    };
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
