import { posix } from 'node:path';
import { siteUnit } from '../../base/paths.ts';
import { promotedMeta } from '../generation/generation.ts';
import { glanceAtSiteFile, listSites } from '../site/load-site.ts';
import type { Ports } from '../site/ports.ts';
import { hostedByName } from '../site/site-run.ts';

/**
 * The started sites, but for this one, whose release the same link names, by name: whoever flips it flips the release of all of
 * them. A site whose file is broken goes by what was promoted.
 */
export const othersOnLink = async (ports: Ports, site: string, link: string): Promise<readonly string[]> => {
  const others: string[] = [];
  for (const other of await listSites(ports)) {
    if (other === site || !(await isOnLink(ports, other, link))) continue;
    const { activeState } = await ports.systemd.unit(siteUnit(other));
    if (activeState === 'active' || activeState === 'reloading') others.push(other);
  }
  return others.sort();
};

const isOnLink = async (ports: Ports, site: string, link: string): Promise<boolean> => {
  const file = await glanceAtSiteFile(ports, site);
  const named = 'site' in file ? file.site.link : (await promotedMeta(hostedByName(site, ports)))?.link;
  return named !== undefined && placeOf(ports, named) === placeOf(ports, link);
};

/** The link itself, by whatever links its directory is named. */
const placeOf = ({ host }: Ports, link: string): string => {
  const directory = posix.dirname(link);
  return posix.join(host.resolveDirectory(directory) ?? directory, posix.basename(link));
};
