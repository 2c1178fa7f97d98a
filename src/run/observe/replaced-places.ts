import { valueUnless } from '../../base/errors.ts';
import { replicaUnit } from '../../base/paths.ts';
import type { ObservedSlot } from '../../plan/observed.ts';
import { areSame } from '../../ports/files.ts';
import { type BoundPlace, boundPlaces } from '../../render/bound-places.ts';
import { missingWhereSilent } from '../../site/silent.ts';
import type { Generation } from '../generation/generation.ts';
import { firstLinkIn } from '../site/fit-release.ts';
import { type Mount, mountAbove, mountsOfProcess } from '../site/mount-points.ts';
import type { Hosted } from '../site/site-run.ts';
import { inactiveMount } from './odd-mount.ts';

/** A path at which something else lies by now than replicas write to, and the slots of these. */
export interface ReplacedPlace {
  readonly path: string;
  readonly slots: readonly number[];
  /** Where something is to be mounted that is not: a roll would bring PHP to what lies below. */
  readonly unmounted?: string;
}

/**
 * What was moved away and made anew, or is on another disk, while replicas of the promoted generation run: what they write is seen by nobody
 * who goes by the path, and where they have it by its own name alone they may not even write. What is missing is another finding's, and
 * nothing is known to who is not root.
 */
export const replacedPlaces = async (
  hosted: Hosted,
  promoted: Generation,
  slots: readonly ObservedSlot[],
): Promise<readonly ReplacedPlace[]> => {
  const running = slots.filter(({ pin, isRunningPin }) => isRunningPin && pin === promoted.id);
  if (running.length === 0 || !hosted.ports.isRoot) return [];
  const places = [
    ...boundPlaces(promoted.site, { paths: hosted.paths, linked: promoted.linked }),
    ...(await openedPlaces(hosted, promoted)),
  ];
  const found = await Promise.all(
    running.map(async ({ slot }) => ({ slot, lost: await lostBy(hosted, slot, places) })),
  );
  const paths = [...new Set(found.flatMap(({ lost }) => lost))];
  return await Promise.all(
    paths.map(async path => {
      const unmounted = await inactiveMount(hosted.ports, path);
      const by = found.filter(({ lost }) => lost.includes(path)).map(({ slot }) => slot);
      return { path, slots: by, ...(unmounted !== undefined && { unmounted }) };
    }),
  );
};

/** What of the release itself is writable. Behind a link of the release's nothing is. */
const openedPlaces = async ({ ports }: Hosted, { site, release }: Generation): Promise<readonly BoundPlace[]> => {
  if (site.access !== 'read-only') return [];
  const opened: BoundPlace[] = [];
  for (const path of site.writable.filter(each => !each.startsWith('/'))) {
    if ((await firstLinkIn(ports.files, release, path)) !== undefined) continue;
    opened.push({ path: `${release}/${path}`, place: `${site.mount}/${path}` });
  }
  return opened;
};

/** Those of the paths at which a replica has something else, or nothing that it may write to. */
const lostBy = async (
  { ports, site }: Hosted,
  slot: number,
  places: readonly BoundPlace[],
): Promise<readonly string[]> => {
  const unit = replicaUnit(site.name, slot);
  const pid = (await ports.systemd.glance([unit])).find(each => each.unit === unit)?.mainPid ?? 0;
  // Of one that has ended meanwhile the kernel says nothing, or EINVAL.
  const mounts = pid === 0 ? [] : ((await ifAnswered(mountsOfProcess(ports, pid))) ?? []);
  if (mounts.length === 0) return [];
  const { resolveDirectory } = missingWhereSilent(ports.host);
  const lost: string[] = [];
  for (const { path, place } of places) {
    const real = resolveDirectory(path);
    const at = place === path ? (real ?? place) : place;
    const here = await ifAnswered(ports.files.identity(path));
    if (here === undefined) continue;
    const there = await ifAnswered(ports.files.identityInProcess(pid, at));
    // What the host has is seldom needed.
    const isClosed =
      isReadOnly(mounts, at) && real !== undefined && !isReadOnly(await mountsOfProcess(ports, 'self'), real);
    if (isClosed || !areSame(here, there)) lost.push(path);
  }
  return lost;
};

const isReadOnly = (mounts: readonly Mount[], path: string): boolean => mountAbove(mounts, path)?.isReadOnly === true;

/** Undefined for what cannot be asked: a file system that does not answer has others tell of it. */
const ifAnswered = <Value>(asked: Promise<Value | undefined>): Promise<Value | undefined> =>
  valueUnless(() => asked, 'file-system');
