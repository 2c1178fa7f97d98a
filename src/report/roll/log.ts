import { dirname } from 'node:path';
import { isError, PhpZdError } from '../../base/errors.ts';
import { sitePaths } from '../../base/paths.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Files, Place } from '../../ports/files.ts';
import type { Emit, Event } from '../../run/site/events.ts';
import { describeEvent, type Priority } from '../words/events.ts';

/** A line of roll.jsonl: an event, and what is said of it. Everybody may read it. */
export interface RollEntry {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly site: string;
  /** Missing in what a start or a stop of the site says. */
  readonly roll?: string;
  readonly event: Event;
  readonly priority: Priority;
  readonly text: string;
}

/** Speaks to whoever follows. Like the journal it never fails: what cannot be told must not stop a roll. */
export interface RollLog {
  readonly emit: Emit;
  /** Resolves when all that was emitted is written. */
  written(): Promise<void>;
}

interface About {
  readonly site: string;
  readonly roll?: string;
  /** What was said before is of something else: nobody needs it any more. */
  readonly isNew: boolean;
}

export const writeRollLog = ({ files, clock }: { files: Files; clock: Clock }, about: About): RollLog => {
  const { site, roll, isNew } = about;
  const { rollLog: path } = sitePaths(site);
  const begin = async () => {
    // Before a first start there is no directory, and nothing to forget.
    if (isNew && (await files.exists(dirname(path)))) await files.write(path, '', { mode: 0o644 });
  };
  // One after the other, in the order of the events, while the work goes on.
  let writing = borne(begin());
  const append = async (text: string) => {
    await files.makeDirectory(dirname(path));
    await files.append(path, text);
  };
  return {
    emit: event => {
      const entry = {
        time: clock.now(),
        site,
        ...(roll !== undefined && { roll }),
        event,
        ...describeEvent(site, event),
      };
      writing = writing.then(() => borne(append(`${formatEntry(entry)}\n`)));
    },
    written: () => writing,
  };
};

/** A full or read-only file system: the journal tells the same. */
const borne = async (work: Promise<void>): Promise<void> => {
  try {
    await work;
  } catch (error) {
    if (!isError(error, 'file-system')) throw error;
  }
};

export interface LoggedEntries {
  readonly entries: readonly RollEntry[];
  readonly place: Place;
}

/** What was said after a place; undefined when nothing was ever said since the boot. */
export const readRollLog = async (files: Files, site: string, after?: Place): Promise<LoggedEntries | undefined> => {
  const found = await files.readLines(sitePaths(site).rollLog, after);
  return found && { entries: found.lines.flatMap(parseEntry), place: found.place };
};

/** An error as its code and its facts: its stack is of no use to anybody else. */
export const formatEntry = (entry: RollEntry): string =>
  JSON.stringify(entry, (_, value: unknown) =>
    value instanceof PhpZdError ? { code: value.code, facts: value.facts } : value,
  );

const parseEntry = (line: string): readonly RollEntry[] => {
  try {
    const value: unknown = JSON.parse(line, (key, part: unknown) => (key === 'error' ? toError(part) : part));
    return isEntry(value) ? [value] : [];
  } catch {
    // Half a line, of a process that was killed.
    return [];
  }
};

const toError = (part: unknown): unknown => {
  const { code, facts } = part as Pick<PhpZdError, 'code' | 'facts'>;
  return new PhpZdError(code, facts);
};

/** We wrote it: what makes an entry one is enough. */
const isEntry = (value: unknown): value is RollEntry =>
  typeof value === 'object' && value !== null && 'event' in value && 'text' in value;
