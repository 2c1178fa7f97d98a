import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { labCommand, type Machine } from '../lab/machine.ts';

/** `php-zd logs SITE -f` as somebody reads it. */
export interface Logs {
  /** Resolves with the first line that matches, of those that come. */
  line(wanted: RegExp): Promise<string>;
  /** ^C. Gives the exit status. */
  interrupt(): Promise<number | null>;
}

export const followLogs = (machine: Machine, site: string): Logs => {
  const [command = '', ...args] = labCommand('run', machine.name, 'php-zd', 'logs', site, '--follow', '--lines=1');
  const reader = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const lines = createInterface({ input: reader.stdout });
  const ended = once(reader, 'close');
  return {
    line: wanted =>
      new Promise((resolve, reject) => {
        lines.on('line', line => wanted.test(line) && resolve(line));
        lines.once('close', () => reject(new Error(`no line ${wanted}`)));
      }),
    interrupt: async () => {
      await machine.run('pkill', '-INT', '-f', '^journalctl --follow --lines=1');
      return (await ended)[0];
    },
  };
};
