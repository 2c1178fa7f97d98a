import { dirname } from 'node:path';
import { PhpZdError } from '../../base/errors.ts';
import {
  balancerUnit,
  paths as hostPaths,
  httpSocketUnit,
  httpUnit,
  mailSocketUnit,
  replicasMountUnit,
  servicesUnit,
  shmMountUnit,
  siteFile,
  sitePaths,
  siteUnit,
  sliceUnit,
} from '../../base/paths.ts';
import { siteNameProblem } from '../../site/name.ts';
import { runningSlots } from '../ask/running-slots.ts';
import { isStopped } from '../ask/unit-states.ts';
import { unparkAll } from '../drain/park.ts';
import { unknownSite } from '../site/known-site.ts';
import type { Ports } from '../site/ports.ts';
import { hostedByName } from '../site/site-run.ts';
import { keepParts } from '../slots/keep-parts.ts';
import { existing, frontLinks, leftOver, ownPaths } from './site-remains.ts';

/** What a removal takes, and what of the site it leaves: paths that are there. */
export interface Removal {
  readonly taken: readonly string[];
  /** Where the site file is afterwards; undefined when there was none. */
  readonly keptFile: string | undefined;
  readonly left: readonly string[];
}

/** Enough for the sessions of a big site on a slow disk. */
const REMOVE_DEADLINE_MS = 600_000;

/**
 * What a removal of the site would take and leave. A site whose file is gone can be removed as long as anything of it is there.
 * Rejects with `site-unknown`, and with `site-started` while the site is started or a replica of it runs.
 */
export const planRemoval = async (ports: Ports, name: string): Promise<Removal> => {
  if (siteNameProblem(name) !== undefined) throw unknownSite(name);
  const hosted = hostedByName(name, ports);
  const taken = await existing(ports, [...(await ownPaths(hosted)), ...(await frontLinks(hosted))]);
  const hasFile = await ports.files.exists(siteFile(name));
  if (taken.length === 0 && !hasFile) throw unknownSite(name);
  await requireStopped(ports, name);
  return { taken, keptFile: hasFile ? `${siteFile(name)}.removed` : undefined, left: await leftOver(hosted) };
};

/**
 * Removes a stopped site: all that php-zd has made of it and for it, sessions and home too. The site file stays under another name,
 * and releases, users and what an administrator wrote stay as they are. Rejects as `planRemoval`, and with `command-failed`.
 */
export const removeSite = async (ports: Ports, name: string): Promise<Removal> => {
  const removal = await planRemoval(ports, name);
  const { commands, systemd } = ports;
  requireRoot(ports, siteFile(name));
  await commands.run('systemctl', ['disable', '--quiet', siteUnit(name)]);
  await unparkAll(ports, name);
  const units = [
    httpUnit(name),
    httpSocketUnit(name),
    mailSocketUnit(name),
    servicesUnit(name),
    replicasMountUnit(name),
    shmMountUnit(name),
    sliceUnit(name),
  ];
  for (const unit of units) await stopLoaded(ports, unit);
  // The site's user may write to some of these: rm(1) follows no link, and goes into no mount.
  const remove = ['-rf', '--one-file-system', '--', ...removal.taken];
  if (removal.taken.length > 0) await commands.run('rm', remove, {}, REMOVE_DEADLINE_MS);
  const dropIns = dirname(sitePaths(name).mountsNeeded);
  // Not where an administrator has drop-ins there too.
  if (await ports.files.exists(dropIns)) {
    await commands.run('rmdir', ['--ignore-fail-on-non-empty', '--', dropIns]);
  }
  if (removal.keptFile !== undefined) await commands.run('mv', ['--', siteFile(name), removal.keptFile]);
  await systemd.daemonReload();
  await systemd.resetFailed(siteUnit(name));
  await tellBalancer(ports);
  return removal;
};

/** Without any site HAProxy has nothing to listen on, and would not come back from a reload. */
const tellBalancer = async (ports: Ports): Promise<void> => {
  const { files, systemd } = ports;
  const { activeState } = await systemd.unit(balancerUnit);
  if (isStopped(activeState)) return;
  await keepParts(ports, 'lost');
  const configs = (await files.list(hostPaths.balancerConfigs)).filter(name => name.endsWith('.cfg'));
  await (configs.length > 0 ? systemd.reload(balancerUnit) : systemd.stop(balancerUnit));
};

export const requireRoot = ({ isRoot }: Ports, path: string): void => {
  if (!isRoot) throw new PhpZdError('file-system', { path, errno: 'EACCES' });
};

/** Rejects with `site-started` while the site is started or a replica of it runs. */
export const requireStopped = async (ports: Ports, site: string): Promise<void> => {
  const { activeState } = await ports.systemd.unit(siteUnit(site));
  const running = await runningSlots(ports, site);
  if (!isStopped(activeState) || running.length > 0) throw new PhpZdError('site-started', { site });
};

const stopLoaded = async ({ systemd }: Ports, unit: string): Promise<void> => {
  const { loadState, activeState } = await systemd.unit(unit);
  if (loadState === 'loaded' && !isStopped(activeState)) await systemd.stop(unit);
};
