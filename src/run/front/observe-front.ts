import { isError } from '../../base/errors.ts';
import type { NamedRun } from '../site-run.ts';
import { type Maintenance, readMaintenance } from './maintenance.ts';
import { type RequestHold, readHeld } from './request-hold.ts';

/** What becomes of all requests of a site, whatever its replicas do. */
export interface FrontStatus {
  readonly held: HeldStatus | undefined;
  readonly maintenance: Maintenance | undefined;
}

/** New requests wait until then: so many do. */
interface HeldStatus extends RequestHold {
  /** Undefined when HAProxy does not say. */
  readonly waiting: number | undefined;
}

export const observeFront = async (run: NamedRun): Promise<FrontStatus> => {
  const [held, maintenance] = await Promise.all([readHeld(run), readMaintenance(run)]);
  return { held: held && { ...held, waiting: await countWaiting(run) }, maintenance };
};

const countWaiting = async ({ site, ports }: NamedRun): Promise<number | undefined> => {
  try {
    return await ports.balancer.held(site.name);
  } catch (error) {
    if (isError(error, 'balancer-unreachable', 'balancer-refused')) return undefined;
    throw error;
  }
};
