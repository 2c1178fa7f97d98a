import type { PassedRelease } from '../../base/error-reasons.ts';
import { failureOf, type HistoryEntry, readHistory } from '../record/history.ts';
import { readLastRoll } from '../record/last-roll.ts';
import { trailBehind } from '../record/trail.ts';
import type { Hosted } from '../site/site-run.ts';
import { linkedGeneration, promotedMeta, releaseOf } from './generation.ts';

/** Where a rollback leads to. */
export interface WayBack {
  /** Undefined when there is no release to go back to. */
  readonly release: string | undefined;
  /** Releases that the rollback passes over on its way, the latest first. */
  readonly passed: readonly PassedRelease[];
  /** Those of them to which it would lead if they were there: a release that is hidden for a moment, too. */
  readonly missed: readonly string[];
}

/** The way back from what is promoted. */
export const findWayBack = async (hosted: Hosted): Promise<WayBack> => {
  const history = await readHistory(hosted);
  const passed: PassedRelease[] = [];
  const missed: string[] = [];
  for (const release of trailBehind(await visitedReleases(hosted, history))) {
    const isThere = hosted.ports.host.isDirectory(release);
    const isGood = failureOf(history, release) === undefined;
    if (isThere && isGood) return { release, passed, missed };
    if (isGood) missed.push(release);
    passed.push({ release, why: isThere ? 'bad' : 'removed' });
  }
  return { release: undefined, passed, missed };
};

/** The releases that were promoted, in their order. */
const visitedReleases = async (hosted: Hosted, history: readonly HistoryEntry[]): Promise<readonly string[]> => {
  const rolls = history.flatMap(({ from, release, outcome }) => (outcome === 'rolled' ? [from, release] : [from]));
  // Without a history, which an edit by hand may have spoiled, the release that was promoted before is still known.
  const isKnown = history.some(({ outcome }) => outcome === 'rolled');
  const before = isKnown ? undefined : await releaseOf(hosted, await linkedGeneration(hosted, hosted.paths.previous));
  const lastRoll = await readLastRoll(hosted);
  const now = [lastRoll?.outcome === undefined ? lastRoll?.from : undefined, (await promotedMeta(hosted))?.release];
  return [before, ...rolls, ...now].filter(release => release !== undefined);
};
