import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const execute = promisify(execFile);

/** A real terminal of its own, with a program in it. */
export interface Tmux {
  /** What is on it now: its lines, without the empty ones. */
  lines(): Promise<readonly string[]>;
  /** The same with the escapes of its colours. */
  coloured(): Promise<string>;
  resize(columns: number, rows: number): Promise<void>;
  hasCursor(): Promise<boolean>;
}

let count = 0;

/** Ends with the test. */
export const openTmux = async (command: readonly string[], columns: number, rows: number): Promise<Tmux> => {
  count += 1;
  const name = `follow-${process.pid}-${count}`;
  const tmux = async (...args: readonly string[]) =>
    (await execute('tmux', ['-L', name, '-f', '/dev/null', ...args])).stdout;
  const size = ['-x', String(columns), '-y', String(rows)];
  // It stays when the program is over, so that its last words can be read.
  await tmux('new-session', '-d', ...size, `${command.join(' ')}; exec sleep 100`);
  onTestFinished(async () => void (await tmux('kill-server')));
  return {
    lines: async () =>
      (await tmux('capture-pane', '-p'))
        .split('\n')
        .map(line => line.trimEnd())
        .filter(line => line !== ''),
    coloured: () => tmux('capture-pane', '-p', '-e'),
    resize: async (width, height) => void (await tmux('resize-window', '-x', String(width), '-y', String(height))),
    hasCursor: async () => (await tmux('display-message', '-p', '#{cursor_flag}')).trim() === '1',
  };
};
