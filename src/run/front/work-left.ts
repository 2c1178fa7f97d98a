import { PhpZdError } from '../../base/errors.ts';
import { withBalancer } from '../ask/balancer.ts';
import { poll } from '../ask/poll.ts';
import { busyOf, hasNoRequests, observeRequests, type RequestsLeft } from '../drain/work-left.ts';
import type { Hosted } from '../site/site-run.ts';

/** Zero seen once is not zero (facts.md H8), for a site as for a single replica. */
const ZEROS_IN_A_ROW = 3;
const INTERVAL_MS = 50;

/** What all replicas of a site still have to do, those included that are at their last requests. */
const observeSiteWork = async (hosted: Hosted): Promise<readonly RequestsLeft[]> => {
  const { site, ports } = hosted;
  const servers = await withBalancer(ports.clock, () => ports.balancer.servers(site.name));
  return await Promise.all(servers.map(({ server }) => observeRequests(hosted, Number(server))));
};

/** Requests that replicas have, or that wait in HAProxy's queue for one of them. */
export const countInFlight = async (hosted: Hosted): Promise<number> => {
  const { queued } = await withBalancer(hosted.ports.clock, () => hosted.ports.balancer.totals(hosted.site.name));
  return (await observeSiteWork(hosted)).reduce((sum, load) => sum + busyOf(load), queued);
};

/**
 * Waits until no replica has anything to do, and gives how long that took. Rejects with `still-busy` when it is not so in time.
 */
export const awaitSiteIdle = async (hosted: Hosted, deadlineMs: number): Promise<number> => {
  const { clock } = hosted.ports;
  const startedAt = clock.monotonicMs();
  let loads: readonly RequestsLeft[] = [];
  let zeros = 0;
  const atDeadline = (waitedMs: number) => {
    throw stillBusy(hosted, waitedMs, loads);
  };
  await poll(clock, { intervalMs: INTERVAL_MS, deadlineMs, atDeadline }, async () => {
    loads = await observeSiteWork(hosted);
    zeros = loads.every(hasNoRequests) && (await isQueueEmpty(hosted)) ? zeros + 1 : 0;
    return zeros === ZEROS_IN_A_ROW || undefined;
  });
  return clock.monotonicMs() - startedAt;
};

/**
 * Whether the queue of the current worker is empty. A request in the queue of a former one goes to a replica, and is met there.
 */
const isQueueEmpty = async ({ site, ports }: Hosted): Promise<boolean> =>
  (await withBalancer(ports.clock, () => ports.balancer.totals(site.name))).queued === 0;

const stillBusy = ({ site }: Hosted, ms: number, loads: readonly RequestsLeft[]) => {
  const blockers = loads.flatMap(load => load.blockers);
  const requests = loads.reduce((sum, load) => sum + busyOf(load), 0);
  return new PhpZdError('still-busy', { site: site.name, ms, requests, blockers });
};
