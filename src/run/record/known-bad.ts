import { PhpZdError } from '../../base/errors.ts';
import type { NamedRun } from '../site-run.ts';
import { failureOf, readHistory } from './history.ts';

/** Tells it, when the last roll to this release failed because of the release. */
export const warnOfBadRelease = async (run: NamedRun, release: string): Promise<void> => {
  const failure = failureOf(await readHistory(run), release);
  if (failure?.error === undefined) return;
  const error = new PhpZdError(failure.error.code, failure.error.facts);
  run.emit({ kind: 'known-bad', release, at: failure.endedAt, error });
};
