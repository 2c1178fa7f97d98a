import { basename, dirname, join } from 'node:path';
import { PhpZdError } from '../../base/errors.ts';
import { siteUnit } from '../../base/paths.ts';
import { isUnderWay } from '../ask/unit-states.ts';
import type { HostedSite } from '../site/site-run.ts';
import { hasMount, mountPoints } from './mount-points.ts';
import { mountsInUse } from './needs.ts';
import { listReleases, observeReleases, PRUNED, type Release } from './releases.ts';

export interface PruneRequest {
  /** How many of the newest releases stay. */
  readonly keep: number;
  readonly isDry: boolean;
  /** Called with each release before it is removed. */
  readonly removing: (release: string) => void;
  readonly signal: AbortSignal;
}

/** Enough to remove a big release from a slow disk. */
const REMOVE_DEADLINE_MS = 600_000;

/**
 * Removes releases of the site that nobody has any use for, and gives those that were removed, or would be. Rejects with
 * `roll-under-way` {site}, `aborted`, `command-failed`.
 */
export const pruneReleases = async (hosted: HostedSite, request: PruneRequest): Promise<readonly string[]> => {
  await requireNoRoll(hosted);
  const removed: string[] = [];
  if (!request.isDry) await removeFormerMount(hosted);
  if (!request.isDry) for (const half of await halfRemoved(hosted)) await remove(hosted, half);
  for (const release of releasesToPrune(await ownReleases(hosted), request.keep)) {
    if (request.signal.aborted) throw new PhpZdError('aborted', {});
    if (!request.isDry) {
      // A roll or a flip may have come while other releases were removed.
      await requireNoRoll(hosted);
      if (!releasesToPrune(await ownReleases(hosted), request.keep).includes(release)) continue;
      request.removing(release);
      await remove(hosted, release);
    }
    removed.push(release);
  }
  return removed;
};

/**
 * What is surely a release of the site: what it was rolled to once; and, in a root where nothing else lies, what has a name like
 * those. Where the link lies among its releases other things do too. What somebody has mounted something in is left alone.
 */
const ownReleases = async (hosted: HostedSite): Promise<readonly Release[]> => {
  const { site, ports } = hosted;
  const releases = await observeReleases(hosted);
  const isAmongOthers = ports.host.resolveDirectory(dirname(site.link)) === site.releases;
  const isKnown = ({ lastRolledAt, isPromoted, isPrevious }: Release) =>
    lastRolledAt !== undefined || isPromoted || isPrevious;
  const shapes = new Set(releases.filter(isKnown).map(({ release }) => shapeOf(release)));
  const points = await mountPoints(ports);
  return releases
    .filter(each => isKnown(each) || (!isAmongOthers && shapes.has(shapeOf(each.release))))
    .filter(({ release }) => !hasMount(points, release));
};

/** As git(1) shortens them. */
const SHORTEST_HASH = 7;

/** Numbers and hashes differ from release to release; a name such as `41.bak` or `shared` is of another kind. */
const shapeOf = (release: string): string =>
  basename(release).replace(/\b[0-9a-f]{7,64}\b|\d{1,255}/g, part => (part.length < SHORTEST_HASH ? '9' : 'hash'));

/**
 * The releases to remove: all but the newest `keep`, and but those that are in use or may be. A directory that is no whole
 * release is not php-zd's to remove.
 */
export const releasesToPrune = (releases: readonly Release[], keep: number): readonly string[] => {
  const beside = releases
    .filter(({ isWhole, madeAt }) => isWhole && madeAt !== undefined)
    .sort((one, other) => (one.madeAt ?? 0) - (other.madeAt ?? 0));
  return beside
    .slice(0, Math.max(0, beside.length - keep))
    .filter(({ isPromoted, isPrevious, isLinked, isNamed, usedBy }) => {
      return !(isPromoted || isPrevious || isLinked || isNamed || usedBy.length > 0);
    })
    .map(({ release }) => release);
};

const requireNoRoll = async ({ site, ports }: HostedSite): Promise<void> => {
  const activeState = await ports.systemd.activeState(siteUnit(site.name));
  if (isUnderWay(activeState)) throw new PhpZdError('roll-under-way', { site: site.name });
};

/** Releases that a prune which was broken off left half removed. */
const halfRemoved = async (hosted: HostedSite): Promise<readonly string[]> => {
  const beside = [...(await listReleases(hosted)).keys()];
  const points = await mountPoints(hosted.ports);
  return beside.filter(path => basename(path).startsWith(PRUNED) && !hasMount(points, path));
};

/**
 * Removes a release. It is hidden first, in one step, so that nothing half removed looks like a release. The directory above is
 * entered once and looked at from inside: its owner cannot put a link in its place meanwhile. Within the release rm(1) follows
 * no link.
 */
const REMOVE = `cd -P -- "$1" && [ "$(pwd -P)" = "$1" ] || { echo "$1 is not what it was" >&2; exit 1; }
case $2 in ${PRUNED}*) gone=$2 ;; *) gone=${PRUNED}$2; mv -T -- "$2" "$gone" || exit ;; esac
exec rm -rf --one-file-system -- "$gone"`;

/** Where replicas saw their release before the mount was hidden, and no generation that there is has it any more. Removed if empty. */
const removeFormerMount = async (hosted: HostedSite): Promise<void> => {
  const { site, ports } = hosted;
  const former = join(site.releases, `${site.name}.live`);
  const used = await mountsInUse(hosted);
  if (used.includes(former) || site.mount === former || !(await ports.files.exists(former))) return;
  await ports.commands.run('sh', ['-c', REMOVE_EMPTY, 'php-zd-prune', dirname(former), basename(former)]);
};

const REMOVE_EMPTY = `cd -P -- "$1" && [ "$(pwd -P)" = "$1" ] || exit 0
[ -L "$2" ] || rmdir -- "$2" 2>/dev/null || :`;

const remove = async ({ ports }: HostedSite, release: string): Promise<void> => {
  const args = ['-c', REMOVE, 'php-zd-prune', dirname(release), basename(release)];
  await ports.commands.run('sh', args, {}, REMOVE_DEADLINE_MS);
};
