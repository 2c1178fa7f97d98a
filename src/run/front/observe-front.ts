import { askBalancer } from '../ask/balancer.ts';
import type { Hosted } from '../site/site-run.ts';
import { type Maintenance, readMaintenance } from './maintenance.ts';
import { type RequestHold, readRequestHold } from './request-hold.ts';

/** What becomes of all requests of a site, whatever its replicas do. */
export interface FrontStatus {
  readonly held: HeldStatus | undefined;
  readonly maintenance: Maintenance | undefined;
}

/** A hold, and how many requests wait. */
interface HeldStatus extends RequestHold {
  /** Undefined when HAProxy does not say. */
  readonly waiting: number | undefined;
}

export const observeFront = async (hosted: Hosted): Promise<FrontStatus> => {
  const [held, maintenance] = await Promise.all([readRequestHold(hosted), readMaintenance(hosted)]);
  const waiting = held && (await askBalancer(() => hosted.ports.balancer.held(hosted.site.name)));
  return { held: held && { ...held, waiting }, maintenance };
};
