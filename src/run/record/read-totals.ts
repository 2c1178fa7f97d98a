import { isError } from '../../base/errors.ts';
import type { BackendTotals } from '../../ports/balancer.ts';
import type { NamedRun } from '../site-run.ts';

/** Undefined when the balancer does not answer, or does not know the site: a roll does not fail for want of a number. */
export const readTotals = async ({ site, ports }: NamedRun): Promise<BackendTotals | undefined> => {
  try {
    return await ports.balancer.totals(site.name);
  } catch (error) {
    if (isError(error, 'balancer-unreachable', 'balancer-refused')) return undefined;
    throw error;
  }
};
