import { PhpZdError } from '../../base/errors.ts';
import { replicaUnit, siteFile, sitePaths } from '../../base/paths.ts';
import type { Ports } from './ports.ts';

export const unknownSite = (site: string): PhpZdError => new PhpZdError('site-unknown', { site, file: siteFile(site) });

/** A site has a file. Rejects with `site-unknown`. */
export const requireSiteFile = async ({ files }: Ports, site: string): Promise<void> => {
  if (!(await files.exists(siteFile(site)))) throw unknownSite(site);
};

/** A site has a file, or had one and left its state. Rejects with `site-unknown`. */
export const requireKnownSite = async (ports: Ports, site: string): Promise<void> => {
  if (!(await ports.files.exists(sitePaths(site).state))) await requireSiteFile(ports, site);
};

/** A site whose file was removed can still be stopped, as long as something of it runs. Rejects with `site-unknown`. */
export const requireStoppableSite = async (ports: Ports, site: string): Promise<void> => {
  if ((await ports.systemd.units(replicaUnit(site, '*'))).length === 0) await requireSiteFile(ports, site);
};
