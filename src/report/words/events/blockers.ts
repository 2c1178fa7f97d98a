import type { Blocker } from '../../../base/blocker.ts';
import { blockerWords } from '../blocker.ts';

/** Those that hold it: a request of less than a second is about to end. */
export const longWords = (blockers: readonly Blocker[]): string => {
  const long = blockers.filter(({ requestDurationUs }) => requestDurationUs >= 1_000_000);
  return long.length === 0 ? '' : `: ${long.map(blockerWords).join('; ')}`;
};

export const listOf = (blockers: readonly Blocker[]): string =>
  blockers.length === 0 ? 'requests that FPM does not name' : blockers.map(blockerWords).join('; ');
