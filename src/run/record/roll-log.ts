import { dirname } from 'node:path';
import * as v from 'valibot';
import { isError, PhpZdError, type RecordedError, recordError } from '../../base/errors.ts';
import { sitePaths } from '../../base/paths.ts';
import { amount, formatState, instant, parseState, type StateFormats } from '../../base/state-format.ts';
import type { Files, Place } from '../../ports/files.ts';
import type { Event } from '../site/events.ts';

/** A line of roll.jsonl: an event, and what is said of it. Everybody may read it. */
export interface RollEntry<Told = RecordedEvent> {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly site: string;
  /** Missing in what a start or a stop of the site says. */
  readonly roll?: string;
  readonly event: Told;
  /** syslog(3)'s level. */
  readonly priority: number;
  readonly text: string;
}

/** An event as it is kept: errors are their code and their facts. */
export type RecordedEvent = Recorded<Event>;

type Recorded<Part> = Part extends PhpZdError
  ? RecordedError
  : Part extends object
    ? { readonly [Name in keyof Part]: Recorded<Part[Name]> }
    : Part;

/**
 * The file that those read who follow a roll. Writing never fails, as the journal's never does: what cannot be told must not
 * stop a roll.
 */
export interface RollLog {
  add(entry: RollEntry<Event>): void;
  /** Resolves when all that was added is written. */
  written(): Promise<void>;
}

interface Begin {
  readonly site: string;
  /** What was said before is of something else: nobody needs it any more. */
  readonly isNew: boolean;
}

/**
 * So much is written of drains, whose length and contents the application has a say in. The rest of a drain is in the journal
 * alone, which has a bound of its own.
 */
const MOST_DRAINING_BYTES = 1024 * 1024;

export const openRollLog = (files: Files, { site, isNew }: Begin): RollLog => {
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
  let drainingBytes = 0;
  return {
    add: entry => {
      const isDraining = entry.event.kind === 'draining';
      if (isDraining && drainingBytes > MOST_DRAINING_BYTES) return;
      const line = formatState(formats, entry, withoutStack);
      if (isDraining) drainingBytes += line.length;
      writing = writing.then(() => borne(append(line)));
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

/** An error without its stack, which is of no use to anybody else. */
const withoutStack = (_: string, value: unknown): unknown => (value instanceof PhpZdError ? recordError(value) : value);

export interface LoggedEntries {
  readonly entries: readonly RollEntry[];
  readonly place: Place;
}

/** What was said after a place; undefined when nothing was ever said since the boot. */
export const readRollLog = async (files: Files, site: string, after?: Place): Promise<LoggedEntries | undefined> => {
  const found = await files.readLines(sitePaths(site).rollLog, after);
  return found && { entries: found.lines.flatMap(parseEntry), place: found.place };
};

/** Which kinds of events there are, and what belongs to each, is known to whoever shows them: another version tells others. */
const recordedEvent = v.pipe(
  v.looseObject({ kind: v.string() }),
  v.transform(event => event as unknown as RecordedEvent),
);

const rollEntry: v.GenericSchema<unknown, RollEntry> = v.object({
  time: instant,
  site: v.string(),
  roll: v.exactOptional(v.string()),
  event: recordedEvent,
  priority: amount,
  text: v.string(),
});

const formats: StateFormats<RollEntry> = [undefined, rollEntry];

/** Nothing where it is half a line, of a process that was killed, or one of a newer php-zd. */
const parseEntry = (line: string): readonly RollEntry[] => {
  const entry = parseState(formats, line);
  return entry === undefined ? [] : [entry];
};
