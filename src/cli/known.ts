import { PhpZdError } from '../base/errors.ts';
import { siteFile, sitePaths } from '../base/paths.ts';
import type { Ports } from '../run/ports.ts';

/** A site has a file, or had one and left its state. Rejects with `site-unknown`. */
export const requireKnown = async ({ files }: Ports, site: string): Promise<void> => {
  if ((await files.exists(siteFile(site))) || (await files.exists(sitePaths(site).state))) return;
  throw new PhpZdError('site-unknown', { site, file: siteFile(site) });
};
