import { basename, dirname } from 'node:path';
import { PhpZdError } from '../../base/errors.ts';
import { siteUnit } from '../../base/paths.ts';
import { isUnderWay } from '../ask/unit-states.ts';
import type { SiteRun } from '../site/site-run.ts';
import { listBeside, observeReleases, PRUNED, type Release } from './releases.ts';

export interface PruneRequest {
  /** So many of the newest stay. */
  readonly keep: number;
  readonly isDry: boolean;
  /** Hears of each before it goes. */
  readonly removing: (release: string) => void;
  readonly signal: AbortSignal;
}

/** A big release on a slow disk. */
const REMOVE_DEADLINE_MS = 600_000;

/**
 * Removes releases of the site that nobody has any use for; `removed` are those that went, or would go. Rejects with
 * `roll-under-way` {site}, `aborted`, `command-failed`.
 */
export const pruneReleases = async (run: SiteRun, request: PruneRequest): Promise<readonly string[]> => {
  await requireNoRoll(run);
  const removed: string[] = [];
  if (!request.isDry) for (const half of await halfRemoved(run)) await remove(run, half);
  for (const release of releasesToPrune(await observeReleases(run), request.keep)) {
    if (request.signal.aborted) throw new PhpZdError('aborted');
    if (!request.isDry) {
      // A roll or a flip may have come while the others went.
      await requireNoRoll(run);
      if (!releasesToPrune(await observeReleases(run), request.keep).includes(release)) continue;
      request.removing(release);
      await remove(run, release);
    }
    removed.push(release);
  }
  return removed;
};

/** The newest stay whoever uses them, and of the others what is in use, or may be: what is no release is not ours to judge. */
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

const requireNoRoll = async ({ site, ports }: SiteRun): Promise<void> => {
  const { activeState } = await ports.systemd.unit(siteUnit(site.name));
  if (isUnderWay(activeState)) throw new PhpZdError('roll-under-way', { site: site.name });
};

/** What a prune that was broken off left. */
const halfRemoved = async (run: SiteRun): Promise<readonly string[]> => {
  const [first] = await observeReleases(run);
  const beside = first === undefined ? [] : [...(await listBeside(run, first.release)).keys()];
  return beside.filter(path => basename(path).startsWith(PRUNED));
};

/**
 * Hidden first, in one step, so that what is half removed is no release. The directory above is entered once and looked at from
 * inside: whoever owns it cannot put a link in its place meanwhile. Within, rm(1) follows no link.
 */
const REMOVE = `cd -P -- "$1" && [ "$(pwd -P)" = "$1" ] || { echo "$1 is not what it was" >&2; exit 1; }
case $2 in ${PRUNED}*) gone=$2 ;; *) gone=${PRUNED}$2; mv -T -- "$2" "$gone" || exit ;; esac
exec rm -rf --one-file-system -- "$gone"`;

const remove = async ({ ports }: SiteRun, release: string): Promise<void> => {
  const args = ['-c', REMOVE, 'php-zd-prune', dirname(release), basename(release)];
  await ports.commands.run('sh', args, {}, REMOVE_DEADLINE_MS);
};
