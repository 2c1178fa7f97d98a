import { PhpZdError } from '../../base/errors.ts';
import { paths, replicaUnit } from '../../base/paths.ts';
import { isServing, type ObservedSlot } from '../../plan/observed.ts';
import { frontLink } from '../ask/front-link.ts';
import { asPromoted } from '../generation/generation.ts';
import { replacedFiles } from '../observe/replaced-files.ts';
import { observeSite } from '../observe/site.ts';
import { findRelease } from '../site/fit-release.ts';
import { requireFreePlace } from '../site/free-place.ts';
import type { LoadedSite } from '../site/load-site.ts';
import { requireRoom } from '../site/room.ts';
import type { HostedSite } from '../site/site-run.ts';
import { requireUnmasked } from '../site/validate.ts';
import { requireCapacity } from './plan-reload.ts';

/** Whether a roll would change anything but the age of the processes. */
export const hasChanged = async (hosted: HostedSite): Promise<boolean> => {
  const generation = await asPromoted(hosted, hosted.site, await findRelease(hosted));
  if (generation === undefined) return true;
  const serving = (await observeSite(hosted)).slots.filter(isServing);
  const isRight = serving.every(
    ({ pin, isRunningPin, hold }) => pin === generation.id && isRunningPin && hold === undefined,
  );
  if (await isOlderThanDropIns(hosted, serving)) return true;
  const isReachable = (await frontLink(hosted, hosted.site.listen.fastcgi)) === 'right';
  return !isRight || !isReachable || serving.length !== hosted.site.replicas;
};

/** Whether an administrator's drop-in of the replicas' units was written or removed since one of them was started. */
const isOlderThanDropIns = async ({ site, ports }: HostedSite, serving: readonly ObservedSlot[]): Promise<boolean> => {
  for (const { slot } of serving) {
    const unit = replicaUnit(site.name, slot);
    const directories = [replicaUnit(site.name, ''), unit].map(name => `${paths.units}/${name}.d`);
    const changedAt = await Promise.all(directories.map(directory => lastChange(ports, directory)));
    const since = (await ports.systemd.unit(unit)).activeSince ?? 0;
    if (changedAt.some(at => at > since)) return true;
  }
  return false;
};

/** When the directory or a file in it was changed last, in milliseconds since 1970; 0 when there is none. */
const lastChange = async ({ commands, files }: HostedSite['ports'], directory: string): Promise<number> => {
  if (!(await files.exists(directory))) return 0;
  const inside = (await files.list(directory)).map(name => `${directory}/${name}`);
  const said = await commands.run('stat', ['--format=%Z', '--', directory, ...inside]);
  return Math.max(...said.trim().split('\n').map(Number)) * 1000;
};

/** Whether a replica runs a program, an extension or a library that an upgrade has replaced. */
const isOutdated = async ({ site, ports }: HostedSite): Promise<boolean> => {
  const units = await ports.systemd.glance([replicaUnit(site.name, '*')]);
  const [running] = units.filter(({ mainPid }) => mainPid !== 0);
  // What nobody may know is no answer.
  if (running !== undefined && !ports.isRoot) {
    throw new PhpZdError('file-system', { path: `/proc/${running.mainPid}/maps`, errno: 'EACCES' });
  }
  const replaced = await Promise.all(units.map(({ mainPid }) => replacedFiles(ports, mainPid)));
  return replaced.some(files => files.length > 0);
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
  loaded: LoadedSite,
  conditions: ReloadConditions,
): Promise<boolean> => {
  const { ifChanged, outdated } = conditions;
  const isDue = !(ifChanged || outdated) || (outdated && (await isOutdated(hosted)));
  if (!isDue && !(ifChanged && (await hasChanged(hosted)))) return false;
  if (conditions.requireCapacity) await requireCapacity(hosted);
  await findRelease(hosted);
  await requireFreePlace(hosted, loaded);
  await requireUnmasked(hosted);
  await requireRoom(hosted.ports);
  return true;
};
