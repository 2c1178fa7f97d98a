import * as v from 'valibot';
import type { ErrorCode } from '../../base/error-facts.ts';
import type { RecordedError } from '../../base/errors.ts';
import { formatState, instant, isNewer, parseState, type StateFormats } from '../../base/state-format.ts';
import { HISTORY_OUTCOMES } from '../receipt/outcome.ts';
import { type Receipt, receiptSchema } from '../receipt/receipt.ts';
import type { Hosted } from '../site/site-run.ts';
import type { LastRoll } from './last-roll.ts';
import { recordedError } from './recorded-error.ts';

const historyEntry = v.object({
  id: v.string(),
  startedAt: instant,
  endedAt: instant,
  from: v.exactOptional(v.string()),
  release: v.exactOptional(v.string()),
  outcome: v.picklist(HISTORY_OUTCOMES),
  error: v.exactOptional(recordedError),
  receipt: v.exactOptional(receiptSchema),
  /** The names of those who asked for the roll by php-zd; undefined when nobody did. */
  by: v.exactOptional(v.string()),
});

/** A roll that is over. Times are milliseconds since 1970, releases are directories. */
export type HistoryEntry = Readonly<v.InferOutput<typeof historyEntry>>;

const formats: StateFormats<HistoryEntry> = [undefined, historyEntry];

/** What a roll's record says of it, as the history has that. */
export const entryOf = (
  { id, startedAt, from, release, error }: LastRoll,
  {
    receipt,
    by,
    ...ended
  }: Pick<HistoryEntry, 'endedAt' | 'outcome'> & {
    readonly receipt: Receipt | undefined;
    readonly by: string | undefined;
  },
): HistoryEntry => ({
  ...{ id, startedAt, ...ended },
  ...(from !== undefined && { from }),
  ...(release !== undefined && { release }),
  ...(error !== undefined && { error }),
  ...(by !== undefined && { by }),
  ...(receipt !== undefined && { receipt }),
});

/** Some years of two rolls a week, and still one small file. */
const MOST_ENTRIES = 500;
/** More than so many entries ever have: a larger file is not php-zd's, and its beginning is enough. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * The rolls of the site, oldest first. A line that is no entry, as after an edit by hand, is passed over, and so is one that a
 * newer php-zd wrote.
 */
export const readHistory = async (hosted: Hosted): Promise<readonly HistoryEntry[]> =>
  (await readLines(hosted)).flatMap(parseEntry);

/** The entry of one roll; undefined while that roll is not over. */
export const readHistoryOf = async (hosted: Hosted, id: string): Promise<HistoryEntry | undefined> => {
  // Only lines that have the id are parsed: the file of some years has half a megabyte.
  const lines = (await readLines(hosted)).filter(line => line.includes(id));
  return lines.flatMap(parseEntry).findLast(entry => entry.id === id);
};

/** Appends an entry. One with the id of the last entry takes that entry's place: a settle that was killed runs again. */
export const appendHistory = async (hosted: Hosted, entry: HistoryEntry): Promise<void> => {
  const history = (await readLines(hosted)).filter(line => isNewer(formats, line) || parseEntry(line).length > 0);
  const isAgain = parseEntry(history.at(-1) ?? '').some(({ id }) => id === entry.id);
  const former = (isAgain ? history.slice(0, -1) : history).map(line => `${line}\n`);
  const lines = [...former, formatState(formats, entry)].slice(-MOST_ENTRIES);
  await hosted.ports.files.makeDirectory(hosted.paths.state);
  // The file is written whole, and not appended to: after a power cut half a line would spoil the next one.
  await hosted.ports.files.write(hosted.paths.history, lines.join(''), { mode: 0o644 });
};

/** The errors that say that the release is bad. Any other failure may be the host's. */
const FAULTS_OF_RELEASE: readonly string[] = [
  'replica-unproven',
  'replica-worse',
  'warmup-failed',
] satisfies readonly ErrorCode[];

/** Whether the release is what somebody has to mend before it is rolled to again. */
export const isOfRelease = ({ code }: RecordedError): boolean =>
  FAULTS_OF_RELEASE.includes(code) || REFUSED_FOR_RELEASE.includes(code);

const REFUSED_FOR_RELEASE: readonly string[] = [
  'release-missing',
  'release-incomplete',
  'release-unfit',
] satisfies readonly ErrorCode[];

/**
 * The last roll to this release, when it failed for a fault of the release. A refused roll did not try the release, and is
 * passed over.
 */
export const failureOf = (history: readonly HistoryEntry[], release: string): HistoryEntry | undefined => {
  const last = history.findLast(entry => entry.release === release && entry.outcome !== 'refused');
  const isFault = FAULTS_OF_RELEASE.includes(last?.error?.code ?? '');
  return last?.outcome === 'rolled-back' && isFault ? last : undefined;
};

const readLines = async ({ paths, ports }: Hosted): Promise<readonly string[]> =>
  ((await ports.files.read(paths.history, MOST_BYTES)) ?? '').split('\n');

const parseEntry = (line: string): readonly HistoryEntry[] => {
  const entry = parseState(formats, line);
  return entry === undefined ? [] : [entry];
};
