import { basename, dirname, join } from 'node:path';
import type { PassedRelease } from '../../base/error-reasons.ts';
import { PhpZdError } from '../../base/errors.ts';
import { siteUnit } from '../../base/paths.ts';
import { promotedMeta } from '../generation/generation.ts';
import { findWayBack } from '../generation/way-back.ts';
import { readHistory } from '../record/history.ts';
import { readLastRoll } from '../record/last-roll.ts';
import type { Hosted, NamedRun } from '../site/site-run.ts';
import { type PreparedDeployment, prepareDeployment } from './deploy.ts';

/** A release that may be rolled back to, and those that were passed over on the way to it. */
export interface PreparedRollback extends PreparedDeployment {
  readonly passed: readonly PassedRelease[];
  /** Whether a roll is under way. */
  readonly isRolling: boolean;
}

/**
 * Finds the release to go back to, and judges all that can be known before the link is flipped. While a roll goes on that is the
 * release which was promoted when the roll began: nobody rolls back from what does not serve yet. `to`: the release that is wanted,
 * its name or its path. Rejects with `no-previous` {site, reason} and as `prepareDeployment`.
 */
export const prepareRollback = async (named: NamedRun, to?: string): Promise<PreparedRollback> => {
  const isRolling = (await named.ports.systemd.unit(siteUnit(named.site.name))).activeState === 'reloading';
  const { release, passed } =
    to === undefined ? await wayBack(named, isRolling) : { release: await pathOf(named, to), passed: [] };
  return { ...(await prepareDeployment(named, release)), passed, isRolling };
};

const wayBack = async (hosted: Hosted, isRolling: boolean) => {
  const before = isRolling ? await promotedBeforeRoll(hosted) : undefined;
  if (before !== undefined) return { release: before, passed: [] };
  const { release, passed } = await findWayBack(hosted);
  if (release !== undefined) return { release, passed };
  const reason = passed.length === 0 ? ({ kind: 'never' } as const) : ({ kind: 'passed', passed } as const);
  throw new PhpZdError('no-previous', { site: hosted.site.name, reason });
};

/** What was promoted when the roll that goes on began. */
const promotedBeforeRoll = async (hosted: Hosted): Promise<string | undefined> => {
  const roll = await readLastRoll(hosted);
  // The record of a roll that only begins is not there yet: what is promoted is what was promoted before it.
  return roll?.outcome === undefined && roll?.from !== undefined ? roll.from : (await promotedMeta(hosted))?.release;
};

/** A release by its path, or by the name by which it was rolled to or lies beside the promoted one. */
const pathOf = async (hosted: Hosted, to: string): Promise<string> => {
  if (to.includes('/')) return to;
  const rolledTo = (await readHistory(hosted)).flatMap(({ from, release }) => [from, release]);
  const known = rolledTo.findLast(release => release !== undefined && basename(release) === to);
  const promoted = (await promotedMeta(hosted))?.release;
  return known ?? (promoted === undefined ? to : join(dirname(promoted), to));
};
