import { paths, replicaUnit } from '../../base/paths.ts';
import { isServing, type ObservedSlot } from '../../plan/observed.ts';
import { isFrontRight } from '../ask/front-link.ts';
import { asPromoted } from '../generation/generation.ts';
import { changedExtensions } from '../observe/changed-extensions.ts';
import { changedPhpIni } from '../observe/changed-php-ini.ts';
import { lastChange } from '../observe/last-change.ts';
import { outdatedReplicas } from '../observe/replaced-files.ts';
import { replacedPlaces } from '../observe/replaced-places.ts';
import { observeSite } from '../observe/site.ts';
import { findRelease } from '../site/fit-release.ts';
import type { HostedSite } from '../site/site-run.ts';
import { requireCapacity } from './plan-reload.ts';
import { requireReadyHost } from './ready-host.ts';
import { generationToRoll, releaseToRoll, type SiteToRoll } from './to-roll.ts';

/** Whether a roll would change anything but the age of the processes. */
export const hasChanged = async (hosted: HostedSite): Promise<boolean> => {
  const generation = await asPromoted(hosted, hosted.site, await findRelease(hosted));
  if (generation === undefined) return true;
  const serving = (await observeSite(hosted)).slots.filter(isServing);
  const isRight = serving.every(
    ({ pin, isRunningPin, hold }) => pin === generation.id && isRunningPin && hold === undefined,
  );
  if (await isOlderThanDropIns(hosted, serving)) return true;
  const replaced = await replacedPlaces(hosted, generation, serving);
  if (replaced.some(({ unmounted }) => unmounted === undefined)) return true;
  if ((await changedPhpIni(hosted, hosted.site)).length > 0) return true;
  const isReachable = await isFrontRight(hosted, hosted.site.listen.fastcgi);
  return !isRight || !isReachable || serving.length !== hosted.site.replicas;
};

/** Whether an administrator's drop-in of the replicas' units was written or removed since one of them was started. */
const isOlderThanDropIns = async ({ site, ports }: HostedSite, serving: readonly ObservedSlot[]): Promise<boolean> => {
  for (const { slot } of serving) {
    const unit = replicaUnit(site.name, slot);
    const directories = [replicaUnit(site.name, ''), unit].map(name => `${paths.units}/${name}.d`);
    const changedAt = await Promise.all(directories.map(directory => changeIn(ports, directory)));
    const since = (await ports.systemd.unit(unit)).activeSince ?? 0;
    if (changedAt.some(at => at > since)) return true;
  }
  return false;
};

/** When the directory or a file in it was changed last, in milliseconds since 1970; 0 when there is none. */
const changeIn = async (ports: HostedSite['ports'], directory: string): Promise<number> => {
  if (!(await ports.files.exists(directory))) return 0;
  const inside = (await ports.files.list(directory)).map(name => `${directory}/${name}`);
  return await lastChange(ports, [directory, ...inside]);
};

/** Whether a replica runs what an upgrade has replaced, or has not the extensions that it would have now. */
const isOutdated = async (hosted: HostedSite): Promise<boolean> => {
  if ((await outdatedReplicas(hosted)).length > 0) return true;
  const { added, removed } = await changedExtensions(hosted);
  return added.length + removed.length > 0;
};

export interface ReloadConditions {
  /** A reload that would change nothing is not wanted. */
  readonly ifChanged: boolean;
  /** A reload is wanted where replicas run a PHP that was replaced; with `ifChanged` where either is so. */
  readonly outdated: boolean;
  /** A reload that would leave too few children for what there is to do now is refused. */
  readonly requireCapacity: boolean;
}

/**
 * Whether a reload is wanted, before systemd is asked: a problem is said to who asks, and not only in the journal. Rejects as the
 * roll would be refused, and with `capacity-short`.
 */
export const isReloadWanted = async (
  hosted: HostedSite,
  loaded: SiteToRoll,
  conditions: ReloadConditions,
): Promise<boolean> => {
  const { ifChanged, outdated } = conditions;
  const isDue = !(ifChanged || outdated) || (outdated && (await isOutdated(hosted)));
  if (!isDue && !(ifChanged && (await hasChanged(hosted)))) return false;
  const fit = await releaseToRoll(hosted, loaded);
  if (conditions.requireCapacity) await requireCapacity(hosted, await generationToRoll(hosted, loaded, fit));
  await requireReadyHost(hosted, loaded);
  return true;
};
