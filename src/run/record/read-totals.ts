import type { BackendTotals } from '../../ports/balancer.ts';
import { askBalancer } from '../ask/balancer.ts';
import type { NamedRun } from '../site/site-run.ts';

/** Undefined when the balancer does not answer, or does not know the site: a roll does not fail for want of a number. */
export const readTotals = async ({ site, ports }: NamedRun): Promise<BackendTotals | undefined> =>
  await askBalancer(() => ports.balancer.totals(site.name));
