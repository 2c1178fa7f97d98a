import type { BackendTotals } from '../../ports/balancer.ts';
import { askBalancer } from '../ask/balancer.ts';
import type { Hosted } from '../site/site-run.ts';

/**
 * What HAProxy has counted of the site. Undefined when HAProxy does not answer or does not know the site: a roll does not fail
 * for want of a number.
 */
export const readTotals = async ({ site, ports }: Hosted): Promise<BackendTotals | undefined> =>
  await askBalancer(() => ports.balancer.totals(site.name));
