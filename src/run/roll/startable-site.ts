import { promotedMeta } from '../generation/generation.ts';
import { loadSiteToRun } from '../site/environment.ts';
import type { Ports } from '../site/ports.ts';
import { hostedByName, hostedSite } from '../site/site-run.ts';
import { resolveRelease } from '../site/validate.ts';

/**
 * Rejects as the first roll of the site would be refused, for a site that has never been rolled. A start of any other brings up
 * what was promoted, whatever its file says by now.
 */
export const requireStartableSite = async (ports: Ports, name: string): Promise<void> => {
  if ((await promotedMeta(hostedByName(name, ports))) !== undefined) return;
  await resolveRelease(hostedSite((await loadSiteToRun(ports, name)).site, ports));
};
