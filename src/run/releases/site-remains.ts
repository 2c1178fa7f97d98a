import { paths as hostPaths, siteUnit, sliceUnit } from '../../base/paths.ts';
import { siteNameProblem } from '../../site/name.ts';
import { bootLinks } from '../ask/front-link.ts';
import { promotedMeta } from '../generation/generation.ts';
import { listSites } from '../site/load-site.ts';
import type { Ports } from '../site/ports.ts';
import type { Hosted } from '../site/site-run.ts';

/** Whatever php-zd may have made of the site. */
export const ownPaths = async ({ paths, ports, site }: Hosted): Promise<readonly string[]> => {
  const slotUnits = (await ports.files.list(hostPaths.units)).filter(
    unit =>
      /^php-zd-(?:fpm|web)-/.test(unit) &&
      unit.slice('php-zd-fpm-'.length).startsWith(`${site.name}@`) &&
      /@\d{1,3}\.service$/.test(unit),
  );
  return [
    ...[paths.unit, paths.webUnit, paths.admitUnit, paths.gateUnit, paths.servicesUnit, paths.slice],
    ...[paths.mailSocket, paths.mailUnit],
    ...[paths.replicasMount, paths.shmMount],
    ...slotUnits.map(unit => `${hostPaths.units}/${unit}`),
    ...[paths.httpSocket, paths.mountsNeeded, paths.tmpfiles, paths.balancerConfig, `${paths.balancerConfig}.off`],
    paths.ownHaproxies,
    ...[paths.run, paths.state],
  ];
};

/** Links to the site's socket that lie elsewhere in /run, as its file for systemd-tmpfiles has them. */
export const frontLinks = async ({ paths, ports, site }: Hosted): Promise<readonly string[]> => {
  const links = await bootLinks({ paths, ports, site });
  const targets = await Promise.all(links.map(path => ports.files.readLink(path)));
  return links.filter(
    (path, at) => targets[at] === paths.front && [paths.run, paths.state].every(own => !path.startsWith(`${own}/`)),
  );
};

/** What is the operator's: releases, and drop-ins of the site's units. */
export const leftOver = async (hosted: Hosted): Promise<readonly string[]> => {
  const { ports, paths, site } = hosted;
  const meta = await promotedMeta(hosted);
  const templates = ['fpm', 'web', 'admit', 'gate'].map(what => `php-zd-${what}-${site.name}@`);
  const own = [siteUnit(site.name), ...templates, sliceUnit(site.name)];
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

/** Those of the paths that are there, links that lead nowhere too. */
export const existing = async ({ files }: Ports, all: readonly string[]): Promise<readonly string[]> => {
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
    // A file there, such as a trace, is none of a site's.
    ...(await files.directories(hostPaths.state)).keys(),
  ];
  const withFile = new Set(await listSites(ports));
  return [...new Set(found)].filter(name => siteNameProblem(name) === undefined && !withFile.has(name)).sort();
};
