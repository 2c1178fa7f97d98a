import { isError, PhpZdError, valueUnless } from '../../base/errors.ts';
import type { Ports } from './ports.ts';

/** What is looked for below directories, which a site may have filled. */
export interface Wanted {
  /** find(1)'s words for it, without what is printed. */
  readonly tests: readonly string[];
  /** What is printed of each, in the letters of find's -printf. */
  readonly fields: readonly string[];
  /** How many are kept of a directory. */
  readonly most: number;
}

/** What was found below a directory: of each the fields. */
export interface Found {
  readonly entries: readonly (readonly string[])[];
  /** Whether there is more than is kept. */
  isWhole: boolean;
}

/** How long directories of one site may take, and those of all sites by one process: no site keeps the others waiting for longer. */
const EACH_MS = 10_000;
const ALL_MS = 5_000;

/**
 * By directory, in the order of the disk. Of other file systems below them nothing is told. Rejects with `command-failed` where a directory
 * is gone or this user may not look into it, where there is too much to tell, and where it takes too long (`isUnfinished`).
 */
export const findBelow = async (
  { commands }: Pick<Ports, 'commands'>,
  directories: readonly string[],
  { tests, fields, most }: Wanted,
  deadlineMs = EACH_MS,
): Promise<ReadonlyMap<string, Found>> => {
  const printed = ['%H', ...fields].map(field => `${field}\\0`).join('');
  // What goes away meanwhile, as a cache's, is no failure.
  const args = [...directories, '-ignore_readdir_race', '-xdev', ...tests, '-printf', printed];
  const text = await commands.run('find', args, {}, deadlineMs);
  const found = new Map(directories.map(directory => [directory, { entries: [] as string[][], isWhole: true }]));
  for (const [directory = '', ...entry] of entriesIn(text, fields.length + 1)) {
    const of = found.get(directory);
    if (of === undefined) continue;
    if (of.entries.length < most) of.entries.push(entry);
    else of.isWhole = false;
  }
  return found;
};

/** As `findBelow`, for the directories of all sites by one process; of none where that failed, so that each is asked about by itself. */
export const findBelowAll = async (
  ports: Pick<Ports, 'commands'>,
  directories: readonly string[],
  wanted: Wanted,
): Promise<ReadonlyMap<string, Found>> => {
  if (directories.length === 0) return new Map();
  const find = () => findBelow(ports, [...new Set(directories)], wanted, ALL_MS);
  return (await valueUnless(find, 'command-failed')) ?? new Map();
};

/** Whether find(1) was ended before it had told all, and not by what it met: it took too long, or told too much. */
export const isUnfinished = (error: unknown): error is PhpZdError =>
  error instanceof PhpZdError && isError(error, 'command-failed') && !/^\d{1,3}$/.test(error.facts.status);

/** Parts that each end with a zero byte, so many for an entry. */
function* entriesIn(text: string, count: number): Generator<readonly string[]> {
  for (let at = 0; at < text.length; ) {
    const entry: string[] = [];
    while (entry.length < count) {
      const end = text.indexOf('\0', at);
      if (end < 0) return;
      entry.push(text.slice(at, end));
      at = end + 1;
    }
    yield entry;
  }
}
