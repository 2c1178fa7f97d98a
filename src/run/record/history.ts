import type { ErrorCode, Facts } from '../../base/errors.ts';
import { parseRecord } from '../../base/parse-record.ts';
import type { RollOutcome } from '../receipt/outcome.ts';
import type { Receipt } from '../receipt/receipt.ts';
import type { Hosted } from '../site/site-run.ts';

/** A roll that is over. Times are milliseconds since 1970, releases are directories. */
export interface HistoryEntry {
  readonly id: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly from?: string;
  readonly release?: string;
  readonly outcome: RollOutcome;
  readonly error?: { readonly code: ErrorCode; readonly facts: Facts };
  readonly receipt?: Receipt;
  /** The names of those who asked for it by php-zd; undefined: nobody did. */
  readonly by?: string;
}

/** Some years of two rolls a week, and still one small file. */
const MOST_ENTRIES = 500;

/** Oldest first. A line that is none, as after an edit by hand, is passed over. */
export const readHistory = async ({ paths, ports }: Hosted): Promise<readonly HistoryEntry[]> => {
  const text = (await ports.files.read(paths.history)) ?? '';
  return text.split('\n').flatMap(parseEntry);
};

/** That of one roll, if it is over. */
export const readHistoryOf = async ({ paths, ports }: Hosted, id: string): Promise<HistoryEntry | undefined> => {
  const text = (await ports.files.read(paths.history)) ?? '';
  // Only lines that may be it are read: a file of some years is half a megabyte.
  const lines = text.split('\n').filter(line => line.includes(id));
  return lines.flatMap(parseEntry).findLast(entry => entry.id === id);
};

/** An entry with the id of the last one takes its place: a settle that was killed runs again. */
export const appendHistory = async (hosted: Hosted, entry: HistoryEntry): Promise<void> => {
  const history = await readHistory(hosted);
  const former = history.at(-1)?.id === entry.id ? history.slice(0, -1) : history;
  const lines = [...former, entry].slice(-MOST_ENTRIES).map(each => `${JSON.stringify(each)}\n`);
  await hosted.ports.files.makeDirectory(hosted.paths.state);
  // Whole, and not appended to: half a line after a power cut would take the next one with it.
  await hosted.ports.files.write(hosted.paths.history, lines.join(''), { mode: 0o644 });
};

/** These say that the release is bad; any other failure may be the host's. */
const FAULTS_OF_RELEASE: readonly ErrorCode[] = ['replica-unproven', 'replica-worse', 'warmup-failed'];

/** The last roll to this release, when it failed for a fault of the release. A refused one did not try it. */
export const failureOf = (history: readonly HistoryEntry[], release: string): HistoryEntry | undefined => {
  const last = history.findLast(entry => entry.release === release && entry.outcome !== 'refused');
  const isFault = last?.error !== undefined && FAULTS_OF_RELEASE.includes(last.error.code);
  return last?.outcome === 'rolled-back' && isFault ? last : undefined;
};

const parseEntry = (line: string): readonly HistoryEntry[] => {
  const entry = parseRecord<HistoryEntry>(line, ['id', 'startedAt', 'endedAt', 'outcome']);
  return entry === undefined ? [] : [entry];
};
