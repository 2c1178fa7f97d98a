import { spawnSync } from 'node:child_process';
import type { Notifier } from '../ports/journal.ts';
import { loadAddon } from './addon.ts';

export interface NotifierOptions {
  /** sd_notify(3)'s own variable: set when a service manager listens. */
  readonly socket?: string | undefined;
  /** Undefined: systemd-notify(1) is asked, 8 ms a message. */
  readonly addon?: unknown;
}

/** sd-notify's `log.*` is never used: a `%s` in a text crashes the process. */
interface SdNotifyAddon {
  sendState(state: string): void;
}

/** systemd itself. The unit needs NotifyAccess=all: what reloads it is not its main process, and systemd-notify is a child. */
export const makeNotifier = (options: NotifierOptions = {}): Notifier => {
  const socket = 'socket' in options ? options.socket : process.env['NOTIFY_SOCKET'];
  if (!socket) return { status: () => {} };
  let send: ((text: string) => void) | undefined;
  return {
    status: text => {
      send ??= makeSender('addon' in options ? options.addon : loadAddon('sd-notify'));
      send(firstLine(text));
    },
  };
};

/** A line break would end the status and begin another assignment. */
const firstLine = (text: string): string => text.split(/[\r\n]/, 1)[0] ?? '';

const makeSender = (addon: unknown): ((text: string) => void) =>
  isSdNotifyAddon(addon) ? text => addon.sendState(`STATUS=${text}`) : sendByProgram;

const isSdNotifyAddon = (addon: unknown): addon is SdNotifyAddon =>
  typeof addon === 'object' && addon !== null && 'sendState' in addon;

/** Awaited: it returns when systemd has read the message, which it can attribute to the unit only while the sender is alive. */
const sendByProgram = (text: string): void => {
  spawnSync('systemd-notify', [`--status=${text}`], { stdio: 'ignore', timeout: 5_000 });
};
