import { basename } from 'node:path';
import { isError } from '../../base/errors.ts';
import { promotedMeta } from '../generation/generation.ts';
import { loadSiteOrPromoted } from '../generation/site-or-promoted.ts';
import { findWayBack } from '../generation/way-back.ts';
import { failureOf, type HistoryEntry, readHistory } from '../record/history.ts';
import { toNobody } from '../site/events.ts';
import { requireRelease } from '../site/fit-release.ts';
import { loadSiteOn, SiteProblems } from '../site/load-site.ts';
import type { Ports } from '../site/ports.ts';
import { type HostedSite, hostedByName, hostedSite } from '../site/site-run.ts';
import { type Needs, observeNeeds, type Use, usesOf } from './needs.ts';

/** A directory in the site's root of releases, or one that some generation names. Times are milliseconds since 1970. */
export interface Release {
  readonly release: string;
  readonly isPromoted: boolean;
  /** Whether a rollback would go to the release. */
  readonly isPrevious: boolean;
  /** Whether the site's link leads to the release. */
  readonly isLinked: boolean;
  /** Whether any site of the host comes back on the release, could roll back to it, or links to it. */
  readonly isNamed: boolean;
  /** Whether the directory has what every release of the site has. */
  readonly isWhole: boolean;
  readonly usedBy: readonly Use[];
  /** The last roll to the release, when that failed for a fault of the release. */
  readonly failure: HistoryEntry | undefined;
  readonly lastRolledAt: number | undefined;
  /**
   * When the release was made, or first rolled to if that was earlier: the time of its last change is kept old by cp -a, tar and rsync.
   * Undefined when the release does not lie in the root of releases, or is gone.
   */
  readonly madeAt: number | undefined;
}

/**
 * A site whose releases are to be listed. Where its file holds no more because link and promoted release are gone, the site is read
 * as if it were on the release that it would go back to: the list is the way out.
 */
export const hostedToList = async (ports: Ports, name: string): Promise<HostedSite> => {
  try {
    return hostedSite((await loadSiteOrPromoted(ports, name, toNobody)).site, ports);
  } catch (error) {
    const { release } = await findWayBack(hostedByName(name, ports));
    if (!(error instanceof SiteProblems) || release === undefined) throw error;
    return hostedSite((await loadSiteOn(ports, name, release)).site, ports);
  }
};

/** As `hostedToList`, to look at alone: what sites may not share is no matter then, and each site would be held against all others. */
export const hostedToShow = async (ports: Ports, name: string, { sites }: Needs): Promise<HostedSite> => {
  const site = sites.get(name);
  return site === undefined ? await hostedToList(ports, name) : hostedSite(site, ports);
};

/** The releases of the site, the oldest first. `known`: what the host's sites need of them, where that was looked at a moment ago. */
export const observeReleases = async (hosted: HostedSite, known?: Needs): Promise<readonly Release[]> => {
  const { ports, site } = hosted;
  const linked = ports.host.resolveDirectory(site.link);
  const promoted = await promotedMeta(hosted);
  const { release: previous } = await findWayBack(hosted);
  const beside = await listReleases(hosted);
  const own = [promoted?.release, previous, linked].filter(each => each !== undefined);
  const mounts = [site.mount, promoted?.mount, promoted?.formerMount];
  const all = [...new Set([...own.filter(each => !beside.has(each)), ...beside.keys()])].filter(
    each => !mounts.includes(each) && !basename(each).startsWith('.'),
  );
  const needs = known ?? (await observeNeeds(ports));
  const uses = await usesOf(ports, needs, all);
  const history = await readHistory(hosted);
  const describe = async (release: string): Promise<Release> => ({
    release,
    isPromoted: release === promoted?.release,
    isPrevious: release === previous,
    isLinked: release === linked,
    isNamed: needs.named.has(release),
    isWhole: await isWhole(hosted, release),
    usedBy: uses.filter(use => use.release === release),
    failure: failureOf(history, release),
    lastRolledAt: history.findLast(roll => roll.release === release)?.startedAt,
    madeAt: firstSeenAt(history, release, beside.get(release)),
  });
  return await Promise.all(all.map(describe));
};

/** A copy of all releases to another disk makes their directories anew, and the history still tells them apart. */
const firstSeenAt = (
  history: readonly HistoryEntry[],
  release: string,
  madeAt: number | undefined,
): number | undefined => {
  const first = history.find(roll => roll.release === release || roll.from === release)?.startedAt;
  return madeAt === undefined || first === undefined ? madeAt : Math.min(madeAt, first);
};

/**
 * The directories in the site's root of releases, links left out, with the time when each was made: oldest first. None where the
 * release is no link: what lies beside it is no release.
 */
export const listReleases = async ({ site, ports }: HostedSite): Promise<ReadonlyMap<string, number>> => {
  const parent = site.releases;
  if (ports.host.resolveDirectory(site.link) === parent) return new Map();
  const found = [...(await ports.files.directories(parent))];
  return new Map(
    found.map(([name, madeAt]) => [`${parent}/${name}`, madeAt] as const).sort(([, one], [, other]) => one - other),
  );
};

const isWhole = async (hosted: HostedSite, release: string): Promise<boolean> => {
  try {
    await requireRelease(hosted, release);
    return true;
  } catch (error) {
    if (isError(error, 'release-missing', 'release-incomplete')) return false;
    throw error;
  }
};
