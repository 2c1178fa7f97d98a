import { PhpZdError } from '../../base/errors.ts';
import { gateTarget } from '../../base/paths.ts';
import type { ServerState } from '../../ports/balancer.ts';
import { askBalancer, withBalancer } from '../ask/balancer.ts';
import { poll } from '../ask/poll.ts';
import { servingSlots } from '../ask/serving.ts';
import type { Hosted, SiteRun } from '../site/site-run.ts';
import { holdSlot, meetVisitors } from '../slots/hold.ts';
import { handOver, offer, takeOffer } from '../slots/sides.ts';
import { watchSlots } from '../slots/slot-files.ts';

export const SERVING_DEADLINE_MS = 10_000;
/** Then the gate alone holds. */
const DRAINED_DEADLINE_MS = 10_000;
const INTERVAL_MS = 20;
/** HAProxy looks each 25 ms for a replica whose gate has just opened, and every roll waits for that, once for each replica. */
const CHECK_INTERVAL_MS = 5;

/**
 * Afterwards no new request goes to the replica. First HAProxy drains it, so that no request has to be dispatched again; then
 * the gate is closed, which holds whatever becomes of HAProxy's process (facts.md H5, H7). A HAProxy that is away, or that does
 * not know the server, gives the replica no requests either. Once `isOwn` is false the replica is somebody else's, and left alone.
 */
export const withdraw = async (hosted: Hosted, slot: number, isOwn = always): Promise<void> => {
  const { paths, ports } = hosted;
  if (!(await isOwn())) return;
  await takeOffer(hosted, slot);
  await askBalancer(() => drain(hosted, slot, isOwn));
  if (await isOwn()) await ports.files.remove(paths.gate(slot));
};

const always = async (): Promise<boolean> => true;

/** Again when HAProxy changed its process before the drain was read back, which forgets it (facts.md H7). */
const drain = async (hosted: Hosted, slot: number, isOwn: () => Promise<boolean>): Promise<void> => {
  const {
    site,
    ports: { balancer, clock },
  } = hosted;
  const options = { intervalMs: INTERVAL_MS, deadlineMs: DRAINED_DEADLINE_MS, atDeadline: () => false };
  await poll(clock, options, async () => {
    if (!(await isOwn())) return false;
    await withBalancer(clock, () => balancer.drain(site.name, String(slot)));
    const server = await withBalancer(clock, () => findServer(hosted, slot));
    return server?.admin === 'drain' || undefined;
  });
};

const openGate = async (hosted: Hosted, slot: number): Promise<void> => {
  await meetVisitors(hosted, slot);
  await hosted.ports.files.link(hosted.paths.gate(slot), gateTarget(slot));
  await watchSlots(hosted, [slot]);
};

/**
 * Afterwards the replica takes requests: its gate is open, and HAProxy's own operational and administrative state say so
 * (facts.md H6). Rejects with `not-serving`.
 */
export const admit = async (hosted: Hosted, slot: number): Promise<void> => {
  const { site, paths, ports } = hosted;
  await openGate(hosted, slot);
  const ready = () => withBalancer(ports.clock, () => ports.balancer.ready(site.name, String(slot)));
  // Also where it is up already: in a worker that a reload has just replaced it may be drained since an earlier roll.
  await ready();
  await awaitServer(hosted, slot, async server => {
    if (server?.isUp) return true;
    await ready();
    return (await servingSlots(hosted)).includes(slot);
  });
  await offer(hosted, slot);
  await ports.files.remove(paths.slotHold(slot));
};

/**
 * From one moment to the next requests go to the replicas of `to`, and no more to those of `from`. The new replicas are drained
 * in HAProxy while their gates open, so that their checks pass and they serve nobody yet; then one line of commands turns both
 * sets round. When HAProxy changes its process in between, which forgets the drain, both sets serve until that line is through.
 * Rejects with `not-serving`, and then nothing was switched.
 */
export const switchOver = async (hosted: SiteRun, to: readonly number[], from: readonly number[]): Promise<void> => {
  const { site, paths, ports } = hosted;
  for (const slot of from) await holdSlot(hosted, slot, 'roll');
  const closed = await withoutGate(hosted, to);
  await withBalancer(ports.clock, () => ports.balancer.switch(site.name, { ready: [], drain: closed.map(String) }));
  try {
    for (const slot of to) await openGate(hosted, slot);
    for (const slot of to) await awaitServer(hosted, slot, async server => server?.isAlive === true);
  } catch (error) {
    for (const slot of closed) await ports.files.remove(paths.gate(slot));
    throw error;
  }
  await withBalancer(ports.clock, () =>
    ports.balancer.switch(site.name, { ready: to.map(String), drain: from.map(String) }),
  );
  await handOver(hosted, to);
  for (const slot of from) await withdraw(hosted, slot);
  for (const slot of to) await admit(hosted, slot);
};

/**
 * The slots whose gate is closed. A gate that is open is left from a switch that was killed half-way: its replica serves
 * already.
 */
const withoutGate = async ({ paths, ports }: Hosted, slots: readonly number[]): Promise<readonly number[]> => {
  const gates = await Promise.all(slots.map(slot => ports.files.readLink(paths.gate(slot))));
  return slots.filter((_, index) => gates[index] === undefined);
};

/** Looks at a server again and again until the condition holds. Rejects with `not-serving`. */
const awaitServer = async (
  hosted: Hosted,
  slot: number,
  isSo: (server: ServerState | undefined) => Promise<boolean>,
): Promise<void> => {
  const { clock } = hosted.ports;
  let server: ServerState | undefined;
  const atDeadline = () => {
    throw new PhpZdError('not-serving', { replica: slot, state: server?.status });
  };
  await poll(clock, { intervalMs: CHECK_INTERVAL_MS, deadlineMs: SERVING_DEADLINE_MS, atDeadline }, async () => {
    server = await withBalancer(clock, () => findServer(hosted, slot));
    return (await isSo(server)) || undefined;
  });
};

const findServer = async ({ site, ports }: Hosted, slot: number) =>
  (await ports.balancer.servers(site.name)).find(({ server }) => server === String(slot));
