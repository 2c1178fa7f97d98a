import { valueUnless } from '../../base/errors.ts';
import { mountUnit, replicaUnit } from '../../base/paths.ts';
import { isAtOrBelow } from '../../site/paths.ts';
import { promotedMeta } from '../generation/generation.ts';
import { mountPoints } from '../site/mount-points.ts';
import type { Hosted } from '../site/site-run.ts';

/**
 * Where something was mounted over the promoted release after its replicas were started, by what systemd has of both (facts.md N113): neither
 * they nor the host see it any more. Undefined where no mount above it is younger than all of them.
 */
export const coveringMount = async (hosted: Hosted): Promise<string | undefined> => {
  const { ports, site } = hosted;
  const release = (await promotedMeta(hosted))?.release;
  if (release === undefined) return undefined;
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
