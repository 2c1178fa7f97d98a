import { connect, type Socket } from 'node:net';
import type { Commands } from '../ports/commands.ts';
import type { Log } from '../ports/journal.ts';
import { within } from './within.ts';

export interface LogOptions {
  readonly commands: Commands;
  /** Where journald takes calls (varlink.org). */
  readonly socket?: string;
}

const SOCKET = '/run/systemd/journal/io.systemd.journal';
/** What `journalctl --sync` calls. Call and answer end with a NUL. */
const CALL = '{"method":"io.systemd.Journal.Synchronize"}\0';
const ANSWER = '{"parameters":{}}\0';
const DEADLINE_MS = 10_000;

/** journald's log. A process for each call would take twenty times what the call takes (facts.md N108). */
export const makeLog = ({ commands, socket = SOCKET }: LogOptions): Log => ({
  sync: async () => {
    if (await isSynced(socket).catch(() => false)) return;
    // Who may not call, and a journald that restarts, or answers otherwise: journalctl knows, or has words for it.
    await commands.run('journalctl', ['--sync']);
  },
});

const isSynced = async (path: string): Promise<boolean> => {
  const socket = connect({ path });
  socket.write(CALL);
  try {
    return await within({ what: 'the answer of journald', deadlineMs: DEADLINE_MS }, isAnswered(socket));
  } finally {
    socket.destroy();
  }
};

/** Whether the answer is the one that is known, and nothing before its end differs. */
const isAnswered = (socket: Socket): Promise<boolean> =>
  new Promise((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', part => {
      text += part;
      if (text === ANSWER || !ANSWER.startsWith(text)) resolve(text === ANSWER);
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(false));
  });
