import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { labCommand, type Machine } from './machine.ts';

/** A journal entry's fields, as `journalctl -o json` has them. */
export type Entry = Readonly<Record<string, string>>;

/** A machine's journal, read as it is written. */
export interface Journal {
  /** A place in the journal: entries that are awaited or asked for after a mark came later. */
  mark(): number;
  /**
   * Resolves with the first entry after the mark that matches. Rejects when none comes in time, naming those that came instead.
   */
  await(what: Match, mark: number): Promise<Entry>;
  /** The entries after the mark that match, so far. */
  since(what: Match, mark: number): readonly Entry[];
}

/** Fields and what they are. */
export type Match = Readonly<Record<string, string | RegExp>>;

const DEADLINE_MS = 60_000;

/** Reads until the machine goes down. */
export const followJournal = (machine: Machine): Journal => {
  const entries: Entry[] = [];
  const listeners = new Set<() => void>();
  const [command = '', ...args] = labCommand(
    'run',
    machine.name,
    'journalctl',
    '--follow',
    '--lines=0',
    '--output=json',
  );
  const reader = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  createInterface({ input: reader.stdout }).on('line', line => {
    // What comes after the last line break is half an entry: the machine went down meanwhile.
    if (reader.stdout.readableEnded) return;
    entries.push(JSON.parse(line));
    for (const listener of [...listeners]) listener();
  });
  // Compared by the entries' own times, in microseconds: an entry that is read late was not written late.
  const since = (what: Match, mark: number) =>
    entries.filter(entry => Number(entry['__REALTIME_TIMESTAMP']) >= mark && matches(entry, what));
  return {
    mark: () => Date.now() * 1000,
    since,
    await: (what, mark) =>
      new Promise((resolve, reject) => {
        const over = () => {
          clearTimeout(deadline);
          listeners.delete(look);
        };
        const look = () => {
          const [found] = since(what, mark);
          if (found === undefined) return;
          over();
          resolve(found);
        };
        const deadline = setTimeout(() => {
          over();
          const came = since({}, mark).slice(-20);
          reject(new Error(`no entry ${describe(what)}; last came\n${came.map(entry => entry['MESSAGE']).join('\n')}`));
        }, DEADLINE_MS);
        listeners.add(look);
        look();
      }),
  };
};

const matches = (entry: Entry, what: Match): boolean =>
  Object.entries(what).every(([name, wanted]) => {
    const value = entry[name];
    return value !== undefined && (typeof wanted === 'string' ? value === wanted : wanted.test(value));
  });

const describe = (what: Match): string =>
  Object.entries(what)
    .map(([name, wanted]) => `${name}=${wanted}`)
    .join(' ');
