import { spawnSync } from 'node:child_process';
import { withoutControls } from '../base/printable.ts';
import type { Notifier } from '../ports/journal.ts';
import { loadAddon } from './addon.ts';
import { openDatagrams } from './datagrams.ts';

export interface NotifierOptions {
  /** The value of NOTIFY_SOCKET (sd_notify(3)), which is set when a service manager listens. */
  readonly socket?: string | undefined;
  /** The first of them that works on this host is taken; where none does, systemd-notify(1) sends each message, in 10 ms. */
  readonly ways?: readonly Way[];
}

type Way = keyof typeof WAYS;
type Send = (text: string) => void;

/**
 * Speaks to systemd. The unit needs NotifyAccess=all: the process of ExecReload= is not the unit's main process, and
 * systemd-notify is a child of it.
 */
export const makeNotifier = (options: NotifierOptions = {}): Notifier => {
  const socket = 'socket' in options ? options.socket : process.env['NOTIFY_SOCKET'];
  if (!socket) return { status: () => {} };
  let send: Send | undefined;
  return {
    status: text => {
      send ??= chooseWay(socket, options.ways ?? ['datagram', 'sd-notify']);
      send(firstLine(text));
    },
  };
};

/** systemctl cuts it to the width of a terminal. */
const MOST_STATUS = 1_024;

/** A line break would end the status and begin another assignment. */
const firstLine = (text: string): string => withoutControls(text.slice(0, MOST_STATUS).split(/[\r\n]/, 1)[0] ?? '');

const chooseWay = (socket: string, ways: readonly Way[]): Send => {
  for (const way of ways) {
    const send = WAYS[way](socket);
    if (send !== undefined) return send;
  }
  return sendByProgram;
};

/** Sends by node-unix-socket, which the journal needs anyway, in 0.02 ms. The addon is the same for every Node.js. */
const byDatagram = (socket: string): Send | undefined => {
  // The addon cannot name a socket of the abstract namespace, which begins with @.
  const send = socket.startsWith('/') ? openDatagrams(loadAddon('unix-socket')) : undefined;
  return (
    send &&
    (text => {
      // An error comes for example when systemd's buffer is full: systemd-notify waits until there is room in it.
      if (send(socket, Buffer.from(`STATUS=${text}`)) !== undefined) sendByProgram(text);
    })
  );
};

/**
 * Sends by sd-notify, in 0.07 ms, on hosts that node-unix-socket has nothing for. The addon's `log.*` is never used: a `%s` in a
 * text crashes the process.
 */
const bySdNotify = (): Send | undefined => {
  const addon = loadAddon('sd-notify');
  return isSdNotify(addon) ? text => addon.sendState(`STATUS=${text}`) : undefined;
};

const isSdNotify = (addon: unknown): addon is { sendState(state: string): void } =>
  typeof addon === 'object' && addon !== null && 'sendState' in addon;

/**
 * Sends by systemd-notify(1), and waits for it: it returns when systemd has read the message, which systemd can attribute to
 * the unit only while the sender is alive.
 */
const sendByProgram = (text: string): void => {
  spawnSync('systemd-notify', [`--status=${text}`], { stdio: 'ignore', timeout: 5_000 });
};

const WAYS = { datagram: byDatagram, 'sd-notify': bySdNotify } as const satisfies Record<
  string,
  (socket: string) => Send | undefined
>;
