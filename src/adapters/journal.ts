import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { withoutControls } from '../base/printable.ts';
import type { Journal, JournalFields } from '../ports/journal.ts';
import { loadAddon } from './addon.ts';
import { openDatagrams } from './datagrams.ts';

export interface JournalOptions {
  /** Where journald listens. */
  readonly socket?: string;
  /** The addon node-unix-socket. Undefined: logger(1) writes the entry, to the host's own journal, in 4 ms. */
  readonly addon?: unknown;
}

const SOCKET = '/run/systemd/journal/socket';
/**
 * The real journal. Every entry is with journald when `write` returns. Where there is no journal the entry is dropped: nobody
 * could be told.
 */
export const makeJournal = (options: JournalOptions = {}): Journal => {
  const { socket = SOCKET } = options;
  let send: ((fields: JournalFields) => void) | undefined;
  return {
    write: fields => {
      for (const name of Object.keys(fields)) checkName(name);
      if (!existsSync(socket)) return;
      send ??= makeSender(socket, 'addon' in options ? options.addon : loadAddon('unix-socket'));
      send(Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, cut(withoutControls(value))])));
    },
  };
};

/** More than php-zd has ever to say in a field, and little beside what journald keeps. */
const MOST_VALUE = 512 * 1024;
const cut = (text: string): string => text.slice(0, MOST_VALUE);

/** A field with a name that journald would drop is a bug in php-zd. */
const checkName = (name: string): void => {
  if (!/^[A-Z][A-Z0-9_]{0,63}$/.test(name)) throw new Error(`no name of a journal field: ${name}`);
};

const makeSender = (socket: string, addon: unknown): ((fields: JournalFields) => void) => {
  const send = openDatagrams(addon);
  if (send === undefined) return sendByLogger;
  return fields => {
    // The entry is too long for a datagram, or journald restarts: logger has ways for both.
    if (send(socket, encodeEntry(fields)) !== undefined) sendByLogger(fields);
  };
};

/** journald's native protocol, https://systemd.io/JOURNAL_NATIVE_PROTOCOL/: a value of several lines comes with its length. */
export const encodeEntry = (fields: JournalFields): Buffer =>
  Buffer.concat(
    Object.entries(fields).map(([name, value]) => {
      if (!value.includes('\n')) return Buffer.from(`${name}=${value}\n`);
      const content = Buffer.from(value);
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(content.length));
      return Buffer.concat([Buffer.from(`${name}\n`), length, content, Buffer.from('\n')]);
    }),
  );

/**
 * Writes an entry by logger(1), and waits for it: an entry that is not written when the process exits would be lost. A failure
 * is borne, as the port says.
 */
const sendByLogger = (fields: JournalFields): void => {
  // The lines of a repeated MESSAGE become one of several lines (logger(1)); another field gets several values.
  const lines = Object.entries(fields).flatMap(([name, value]) => value.split('\n').map(line => `${name}=${line}\n`));
  spawnSync('logger', ['--journald'], { input: lines.join(''), stdio: ['pipe', 'ignore', 'ignore'], timeout: 5_000 });
};
