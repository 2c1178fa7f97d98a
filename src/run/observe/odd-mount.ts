import { valueUnless } from '../../base/errors.ts';
import { mountUnit, replicaUnit } from '../../base/paths.ts';
import { directoriesAbove, isAtOrBelow } from '../../site/paths.ts';
import { promotedMeta } from '../generation/generation.ts';
import { mountPoints } from '../site/mount-points.ts';
import type { Hosted } from '../site/site-run.ts';

/** What keeps the promoted release from being seen, by the place of the mount; neither where no mount is to blame. */
export interface OddMount {
  /** Something was mounted over it while the site's replicas run. */
  readonly covered?: string;
  /** What it is on was unmounted, or not mounted yet. */
  readonly unmounted?: string;
}

export const oddMount = async (hosted: Hosted): Promise<OddMount> => {
  const release = (await promotedMeta(hosted))?.release;
  if (release === undefined) return {};
  const covered = await mountOver(hosted, release);
  if (covered !== undefined) return { covered };
  const unmounted = await missingMount(hosted, release);
  return unmounted === undefined ? {} : { unmounted };
};

/**
 * Where something was mounted over the release after its replicas were started, by what systemd has of both (facts.md N113). Undefined
 * where no mount above it is younger than all of them.
 */
const mountOver = async (hosted: Hosted, release: string): Promise<string | undefined> => {
  const { ports, site } = hosted;
  const replicas = await ports.systemd.glance([replicaUnit(site.name, '*')]);
  const starts = await Promise.all(replicas.map(({ unit }) => activeSince(hosted, unit)));
  const since = Math.min(...starts.filter(start => start !== undefined));
  const above = (await mountPoints(ports)).filter(path => path !== '/' && isAtOrBelow(release, path));
  for (const path of [...new Set(above)]) {
    if (((await activeSince(hosted, mountUnit(path))) ?? 0) > since) return path;
  }
  return undefined;
};

const activeSince = async ({ ports }: Hosted, unit: string): Promise<number | undefined> =>
  (await valueUnless(() => ports.systemd.unit(unit), 'unit-unknown'))?.activeSince;

/** Where something is to be mounted, by fstab(5) or a unit, that is not: the disk that the release is on was unmounted. */
const missingMount = async ({ ports }: Hosted, release: string): Promise<string | undefined> =>
  (await ports.files.exists(release)) ? undefined : await inactiveMount(ports, release);

/** The highest place, at the path or above it, where something is to be mounted that is not. */
export const inactiveMount = async (ports: Hosted['ports'], path: string): Promise<string | undefined> => {
  for (const place of [path, ...directoriesAbove(path)].reverse()) {
    const unit = await valueUnless(() => ports.systemd.unit(mountUnit(place)), 'unit-unknown');
    if (unit?.loadState === 'loaded' && unit.activeState !== 'active') return place;
  }
  return undefined;
};
