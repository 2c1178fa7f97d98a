import type { NamedRun } from '../site/site-run.ts';
import { failureOf, readHistory } from './history.ts';

/** Emits `known-bad` when the last roll to this release failed because of the release. */
export const warnOfBadRelease = async (run: NamedRun, release: string): Promise<void> => {
  const failure = failureOf(await readHistory(run), release);
  if (failure?.error !== undefined) run.emit({ kind: 'known-bad', release, at: failure.endedAt, error: failure.error });
};
