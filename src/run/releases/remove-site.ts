import { basename, dirname } from 'node:path';
import { PhpZdError } from '../../base/errors.ts';
import {
  balancerUnit,
  paths as hostPaths,
  replicasMountUnit,
  replicaUnit,
  servicesUnit,
  shmMountUnit,
  siteFile,
  sitePaths,
  siteUnit,
  sliceUnit,
} from '../../base/paths.ts';
import { siteNameProblem } from '../../site/name.ts';
import { isStopped } from '../ask/unit-states.ts';
import { unparkAll } from '../drain/park.ts';
import { promotedMeta } from '../generation/generation.ts';
import { requireSiteFile, unknownSite } from '../site/known-site.ts';
import { listSites, SiteProblems } from '../site/load-site.ts';
import type { Ports } from '../site/ports.ts';
import { type Hosted, hostedByName } from '../site/site-run.ts';

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
  for (const unit of [servicesUnit(name), replicasMountUnit(name), shmMountUnit(name), sliceUnit(name)]) {
    await stopLoaded(ports, unit);
  }
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
const tellBalancer = async ({ files, systemd }: Ports): Promise<void> => {
  const { activeState } = await systemd.unit(balancerUnit);
  if (isStopped(activeState)) return;
  const configs = (await files.list(hostPaths.balancerConfigs)).filter(name => name.endsWith('.cfg'));
  await (configs.length > 0 ? systemd.reload(balancerUnit) : systemd.stop(balancerUnit));
};

const requireRoot = ({ isRoot }: Ports, path: string): void => {
  if (!isRoot) throw new PhpZdError('file-system', { path, errno: 'EACCES' });
};

/** What outlives a boot and is worth to be kept under another name. */
const DATA = ['sessions', 'home', 'history.jsonl', 'maintenance'] as const;

/**
 * Gives a stopped site another name, with its file, sessions, home and history; whatever else php-zd made of it is removed, so that it
 * starts on what its link names. Rejects as `planRemoval`, with `site-exists` when the new name is taken, and with `site-invalid` when it
 * is none.
 */
export const renameSite = async (ports: Ports, from: string, to: string): Promise<Removal> => {
  const problem = siteNameProblem(to);
  if (problem !== undefined) {
    throw new SiteProblems(to, [{ file: siteFile(to), line: 1, message: `'${to}' ${problem}` }]);
  }
  await requireSiteFile(ports, from);
  const [old, fresh] = [sitePaths(from), sitePaths(to)];
  for (const path of [siteFile(to), fresh.state]) {
    if (await ports.files.exists(path)) throw new PhpZdError('site-exists', { site: to, file: path });
  }
  await planRemoval(ports, from);
  requireRoot(ports, siteFile(from));
  await ports.files.makeDirectory(fresh.state);
  for (const path of await existing(
    ports,
    DATA.map(name => `${old.state}/${name}`),
  )) {
    await ports.commands.run('mv', ['--no-target-directory', '--', path, `${fresh.state}/${basename(path)}`]);
  }
  await ports.commands.run('mv', ['--', siteFile(from), siteFile(to)]);
  return await removeSite(ports, from);
};

const requireStopped = async (ports: Ports, site: string): Promise<void> => {
  const { activeState } = await ports.systemd.unit(siteUnit(site));
  const running = await ports.systemd.glance([replicaUnit(site, '*')]);
  if (!isStopped(activeState) || running.some(({ mainPid }) => mainPid !== 0))
    throw new PhpZdError('site-started', { site });
};

const stopLoaded = async ({ systemd }: Ports, unit: string): Promise<void> => {
  const { loadState, activeState } = await systemd.unit(unit);
  if (loadState === 'loaded' && !isStopped(activeState)) await systemd.stop(unit);
};

/** Whatever php-zd may have made of the site. */
const ownPaths = async ({ paths, ports, site }: Hosted): Promise<readonly string[]> => {
  const slotUnits = (await ports.files.list(hostPaths.units)).filter(
    unit => unit.startsWith(`php-zd-fpm-${site.name}@`) && /@\d{1,3}\.service$/.test(unit),
  );
  return [
    ...[paths.unit, paths.gateUnit, paths.servicesUnit, paths.slice, paths.replicasMount, paths.shmMount],
    ...slotUnits.map(unit => `${hostPaths.units}/${unit}`),
    ...[paths.mountsNeeded, paths.tmpfiles, paths.balancerConfig, `${paths.balancerConfig}.off`],
    ...[paths.run, paths.state],
  ];
};

/** Links to the site's socket that lie elsewhere in /run, as its file for systemd-tmpfiles has them. */
const frontLinks = async ({ paths, ports }: Hosted): Promise<readonly string[]> => {
  const text = (await ports.files.read(paths.tmpfiles)) ?? '';
  const links = [...text.matchAll(/^L (\S{1,4096}) /gm)].flatMap(([, path]) => path ?? []);
  const targets = await Promise.all(links.map(path => ports.files.readLink(path)));
  const isOwn = (target: string | undefined) => target === paths.front || target === paths.openFront;
  return links.filter(
    (path, at) => isOwn(targets[at]) && [paths.run, paths.state].every(own => !path.startsWith(`${own}/`)),
  );
};

/** What is the operator's: releases, and drop-ins of the site's units. */
const leftOver = async (hosted: Hosted): Promise<readonly string[]> => {
  const { ports, paths, site } = hosted;
  const meta = await promotedMeta(hosted);
  const own = [siteUnit(site.name), `php-zd-fpm-${site.name}@`, `php-zd-gate-${site.name}@`, sliceUnit(site.name)];
  const dropIns = (await ports.files.list(hostPaths.units)).filter(
    name => name.endsWith('.d') && own.some(unit => name.startsWith(unit)),
  );
  const theirs = await Promise.all(
    dropIns.map(async name => {
      const directory = `${hostPaths.units}/${name}`;
      return (await ports.files.list(directory)).map(file => `${directory}/${file}`);
    }),
  );
  const releases = meta === undefined ? [] : [meta.link, meta.release];
  return [...new Set([...releases, ...theirs.flat().filter(path => path !== paths.mountsNeeded)])];
};

const existing = async ({ files }: Ports, all: readonly string[]): Promise<readonly string[]> => {
  const there = await Promise.all(
    all.map(async path => (await files.exists(path)) || (await files.readLink(path)) !== undefined),
  );
  return all.filter((_, at) => there[at]);
};

/** The sites of which php-zd has something and that have no file, by name: somebody removed it by hand. */
export const sitesWithoutFile = async (ports: Ports): Promise<readonly string[]> => {
  const { files } = ports;
  const from = async (directory: string, pattern: RegExp) =>
    (await files.list(directory)).flatMap(name => pattern.exec(name)?.[1] ?? []);
  const found = [
    ...(await from(hostPaths.balancerConfigs, /^(.{1,60})\.cfg(?:\.off)?$/)),
    ...(await from(hostPaths.units, /^php-zd-fpm-(.{1,60})@\.service$/)),
    ...(await from(hostPaths.tmpfiles, /^php-zd-(.{1,60})\.conf$/)),
    ...(await from(hostPaths.state, /^(.{1,60})$/)),
  ];
  const withFile = new Set(await listSites(ports));
  return [...new Set(found)].filter(name => siteNameProblem(name) === undefined && !withFile.has(name)).sort();
};
