import { PhpZdError } from '../../base/errors.ts';
import { siteUnit } from '../../base/paths.ts';
import { isCommonDirectory } from '../../site/common-directories.ts';
import { isAtOrBelow } from '../../site/paths.ts';
import { isToBeTriedAgain } from '../ask/unit-states.ts';
import { promotedMeta } from '../generation/generation.ts';
import { requireReadyHost } from '../roll/ready-host.ts';
import { requireFitRelease, resolveNamed } from '../site/fit-release.ts';
import { loadSiteOn } from '../site/load-site.ts';
import { type Hosted, type HostedSite, type NamedRun, siteRun } from '../site/site-run.ts';

/** A release that may be rolled to, and what brings it to the site: a roll, or, the first time, its start. */
export interface PreparedDeployment {
  readonly run: HostedSite;
  readonly release: string;
  readonly action: 'reload' | 'start';
}

/**
 * Judges all of a deployment that can be known before the link is flipped. `directory` is absolute. Rejects with
 * `release-missing`, `release-incomplete`, `release-unfit` {path, reason}, `not-started` {site}, and as `loadSite`.
 */
export const prepareDeployment = async (named: NamedRun, directory: string): Promise<PreparedDeployment> => {
  const { ports, emit } = named;
  const release = resolveNamed(ports, directory);
  if (release === '/' || isCommonDirectory(release)) {
    throw new PhpZdError('release-unfit', { path: release, reason: { kind: 'of-host' } });
  }
  await refuseMount(named, release);
  if (!ports.host.isDirectory(release)) throw new PhpZdError('release-missing', { path: directory });
  const loaded = await loadSiteOn(ports, named.site.name, release);
  const run = siteRun(loaded.site, ports, emit);
  await requireFitRelease(run, release);
  await requireReadyHost(run, loaded);
  return { run, release, action: await actionFor(run) };
};

/** Refuses a release in a mount point, which on the host is empty: replicas could not see a release there. */
const refuseMount = async (named: Hosted, release: string): Promise<void> => {
  const meta = await promotedMeta(named);
  const mount = [meta?.mount, meta?.formerMount].find(each => each !== undefined && isAtOrBelow(release, each));
  if (mount === undefined) return;
  throw new PhpZdError('release-unfit', { path: release, reason: { kind: 'in-mount', mount } });
};

/**
 * How the release comes to the site. Rejects with `not-started` for a stopped site that has a promoted release: a start would
 * bring that one back, wherever the link leads. When that one is gone, or a start has failed, a start takes what the link leads to.
 */
const actionFor = async (hosted: HostedSite): Promise<PreparedDeployment['action']> => {
  const { site, ports } = hosted;
  const { activeState, subState } = await ports.systemd.unit(siteUnit(site.name));
  if (activeState === 'failed' || isToBeTriedAgain(subState)) return 'start';
  if (['active', 'reloading', 'activating'].includes(activeState)) return 'reload';
  const promoted = (await promotedMeta(hosted))?.release;
  if (promoted === undefined || !ports.host.isDirectory(promoted)) return 'start';
  throw new PhpZdError('not-started', { site: site.name });
};
