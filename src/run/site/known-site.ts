import { isError, PhpZdError } from '../../base/errors.ts';
import { replicaUnit, siteFile, sitePaths } from '../../base/paths.ts';
import type { Ports } from './ports.ts';

export const unknownSite = (site: string): PhpZdError => new PhpZdError('site-unknown', { site, file: siteFile(site) });

/** Rejects with `site-unknown` when the site has no file. What is wrong with one that cannot be come to is told by who reads it. */
export const requireSiteFile = async ({ files }: Ports, site: string): Promise<void> => {
  try {
    if (!(await files.exists(siteFile(site)))) throw unknownSite(site);
  } catch (error) {
    if (!isError(error, 'file-system')) throw error;
  }
};

/** Rejects with `site-unknown` when the site has neither a file nor the state that a site leaves. */
export const requireKnownSite = async (ports: Ports, site: string): Promise<void> => {
  if (!(await ports.files.exists(sitePaths(site).state))) await requireSiteFile(ports, site);
};

/** Rejects with `site-unknown` when the site has no file and no replica: without its file a site can still be stopped. */
export const requireStoppableSite = async (ports: Ports, site: string): Promise<void> => {
  if ((await ports.systemd.units(replicaUnit(site, '*'))).length === 0) await requireSiteFile(ports, site);
};
