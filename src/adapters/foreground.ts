import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { PhpZdError } from '../base/errors.ts';
import type { Foreground, PassOn } from '../ports/foreground.ts';

const SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;

/** Runs the program by execve(2), without a shell in between. */
export const runInForeground: Foreground = (program, args, passOn) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, [...args], { stdio: 'inherit' });
    let killedFor: NodeJS.Signals | undefined;
    const pass = async (signal: NodeJS.Signals): Promise<void> => {
      if (passOn === undefined) return passToChild(child, signal);
      if (await passesOn(passOn, constants.signals[signal])) return;
      killedFor = signal;
      child.kill('SIGKILL');
    };
    const listener = (signal: NodeJS.Signals) => void pass(signal);
    for (const signal of SIGNALS) process.on(signal, listener);
    const over = () => {
      for (const signal of SIGNALS) process.off(signal, listener);
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      over();
      const facts = { command: [program, ...args].join(' '), status: error.code ?? error.message, output: '' };
      reject(new PhpZdError('command-failed', facts, error));
    });
    child.on('close', (status, signal) => {
      over();
      resolve(status ?? 128 + constants.signals[killedFor ?? signal ?? 'SIGKILL']);
    });
  });

/**
 * A signal that is to end php-zd ends the program, and php-zd then ends with the program's status. The terminal sends ^C to php-zd and
 * to the program alike, and the program decides what follows.
 */
const passToChild = (child: ChildProcess, signal: NodeJS.Signals): void => {
  if (signal !== 'SIGINT') child.kill(signal);
};

const passesOn = async (passOn: PassOn, signal: number): Promise<boolean> => {
  try {
    return await passOn(signal);
  } catch {
    return false; // Who waits for the program then asks for the same, and tells why that cannot be done.
  }
};
