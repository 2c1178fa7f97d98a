import { spawnSync } from 'node:child_process';
import type { Notifier } from '../ports/journal.ts';
import { loadAddon } from './addon.ts';

export interface NotifierOptions {
  /** The value of NOTIFY_SOCKET (sd_notify(3)), which is set when a service manager listens. */
  readonly socket?: string | undefined;
  /** The addon sd-notify. Undefined: systemd-notify(1) sends the message, in 8 ms. */
  readonly addon?: unknown;
}

/** The part of sd-notify that is used. Its `log.*` never is: a `%s` in a text crashes the process. */
interface SdNotifyAddon {
  sendState(state: string): void;
}

/**
 * Speaks to systemd. The unit needs NotifyAccess=all: the process of ExecReload= is not the unit's main process, and
 * systemd-notify is a child of it.
 */
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

/**
 * Sends by systemd-notify(1), and waits for it: it returns when systemd has read the message, which systemd can attribute to
 * the unit only while the sender is alive.
 */
const sendByProgram = (text: string): void => {
  spawnSync('systemd-notify', [`--status=${text}`], { stdio: 'ignore', timeout: 5_000 });
};
