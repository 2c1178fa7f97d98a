import { isServing } from '../../plan/observed.ts';
import { asPromoted } from '../generation/generation.ts';
import { observeSite } from '../observe/site.ts';
import { findRelease } from '../site/fit-release.ts';
import type { HostedSite } from '../site/site-run.ts';
import { requireCapacity } from './plan-reload.ts';

/** Whether a roll would change anything but the age of the processes. */
export const hasChanged = async (hosted: HostedSite): Promise<boolean> => {
  const generation = await asPromoted(hosted, hosted.site, await findRelease(hosted));
  if (generation === undefined) return true;
  const serving = (await observeSite(hosted)).slots.filter(isServing);
  const isRight = serving.every(
    ({ pin, isRunningPin, hold }) => pin === generation.id && isRunningPin && hold === undefined,
  );
  return !isRight || serving.length !== hosted.site.replicas;
};

export interface ReloadConditions {
  /** A reload that would change nothing is not wanted. */
  readonly ifChanged: boolean;
  /** A reload that would leave too few children for what there is to do now is refused. */
  readonly requireCapacity: boolean;
}

/**
 * Whether a reload is wanted, before systemd is asked: a problem is said to who asks, and not only in the journal. Rejects as the
 * roll would be refused, and with `capacity-short`.
 */
export const isReloadWanted = async (hosted: HostedSite, conditions: ReloadConditions): Promise<boolean> => {
  if (conditions.ifChanged && !(await hasChanged(hosted))) return false;
  if (conditions.requireCapacity) await requireCapacity(hosted);
  await findRelease(hosted);
  return true;
};
