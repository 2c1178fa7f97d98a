import { basename, dirname } from 'node:path';
import { PhpZdError } from '../../base/errors.ts';
import { siteUnit } from '../../base/paths.ts';
import { isUnderWay } from '../ask/unit-states.ts';
import { hasMount, mountPoints } from '../site/mount-points.ts';
import type { HostedSite } from '../site/site-run.ts';
import { type Needs, observeNeeds } from './needs.ts';
import { observeReleases, type Release } from './releases.ts';
import { finishRemovals, removeRelease } from './remove-release.ts';

export interface PruneRequest {
  /** How many of the newest releases stay. */
  readonly keep: number;
  readonly isDry: boolean;
  /** Called with each release before it is removed. */
  readonly removing: (release: string) => void;
  /** Called with each that came into use meanwhile, and so stays. */
  readonly kept: (release: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Removes releases of the site that nobody has any use for, and gives those that were removed, or would be. Rejects with
 * `roll-under-way` {site}, `aborted`, `command-failed`.
 */
export const pruneReleases = async (hosted: HostedSite, request: PruneRequest): Promise<readonly string[]> => {
  await requireNoRoll(hosted);
  const removed: string[] = [];
  if (!request.isDry) await finishRemovals(hosted);
  for (const release of releasesToPrune(await ownReleases(hosted), request.keep)) {
    if (request.signal.aborted) throw new PhpZdError('aborted', {});
    if (!request.isDry) {
      // A roll or a flip may have come while other releases were removed.
      await requireNoRoll(hosted);
      const needs = await observeNeeds(hosted.ports);
      if (!releasesToPrune(await ownReleases(hosted, needs), request.keep).includes(release)) continue;
      request.removing(release);
      if (!(await removeRelease(hosted, release, needs))) {
        request.kept(release);
        continue;
      }
    }
    removed.push(release);
  }
  return removed;
};

/**
 * What is surely a release of the site: what it was rolled to once; and, in a root where nothing else lies, what has a name like
 * those. Where the link lies among its releases other things do too. What somebody has mounted something in is left alone.
 */
const ownReleases = async (hosted: HostedSite, known?: Needs): Promise<readonly Release[]> => {
  const { site, ports } = hosted;
  const releases = await observeReleases(hosted, known);
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
