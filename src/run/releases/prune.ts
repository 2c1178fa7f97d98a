import { basename, dirname } from 'node:path';
import { PhpZdError } from '../../base/errors.ts';
import { siteUnit } from '../../base/paths.ts';
import { isUnderWay } from '../ask/unit-states.ts';
import type { HostedSite } from '../site/site-run.ts';
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

/** Where the link lies among its releases other things do too: there only what was rolled to once is known to be a release. */
const ownReleases = async (hosted: HostedSite): Promise<readonly Release[]> => {
  const { site, ports } = hosted;
  const releases = await observeReleases(hosted);
  const isAmongOthers = ports.host.resolveDirectory(dirname(site.link)) === site.releases;
  return isAmongOthers ? releases.filter(({ lastRolledAt }) => lastRolledAt !== undefined) : releases;
};

/**
 * The releases to remove: all but the newest `keep`, and but those that are in use or may be. A directory that is no whole
 * release is not php-zd's to remove.
 */
export const releasesToPrune = (releases: readonly Release[], keep: number): readonly string[] => {
  const beside = releases
    .filter(({ isWhole, modifiedAt }) => isWhole && modifiedAt !== undefined)
    .sort((one, other) => (one.modifiedAt ?? 0) - (other.modifiedAt ?? 0));
  return beside
    .slice(0, Math.max(0, beside.length - keep))
    .filter(({ isPromoted, isPrevious, isLinked, isNamed, usedBy }) => {
      return !(isPromoted || isPrevious || isLinked || isNamed || usedBy.length > 0);
    })
    .map(({ release }) => release);
};

const requireNoRoll = async ({ site, ports }: HostedSite): Promise<void> => {
  const { activeState } = await ports.systemd.unit(siteUnit(site.name));
  if (isUnderWay(activeState)) throw new PhpZdError('roll-under-way', { site: site.name });
};

/** Releases that a prune which was broken off left half removed. */
const halfRemoved = async (hosted: HostedSite): Promise<readonly string[]> => {
  const beside = [...(await listReleases(hosted)).keys()];
  return beside.filter(path => basename(path).startsWith(PRUNED));
};

/**
 * Removes a release. It is hidden first, in one step, so that nothing half removed looks like a release. The directory above is
 * entered once and looked at from inside: its owner cannot put a link in its place meanwhile. Within the release rm(1) follows
 * no link.
 */
const REMOVE = `cd -P -- "$1" && [ "$(pwd -P)" = "$1" ] || { echo "$1 is not what it was" >&2; exit 1; }
case $2 in ${PRUNED}*) gone=$2 ;; *) gone=${PRUNED}$2; mv -T -- "$2" "$gone" || exit ;; esac
exec rm -rf --one-file-system -- "$gone"`;

const remove = async ({ ports }: HostedSite, release: string): Promise<void> => {
  const args = ['-c', REMOVE, 'php-zd-prune', dirname(release), basename(release)];
  await ports.commands.run('sh', args, {}, REMOVE_DEADLINE_MS);
};
