import { gateTarget, SIDES, type Side, sideBackend } from '../../base/paths.ts';
import { askBalancer } from '../ask/balancer.ts';
import { poll } from '../ask/poll.ts';
import { servingSlotsOrNone } from '../ask/serving.ts';
import { linkedGeneration } from '../generation/generation.ts';
import type { Hosted, SiteRun } from '../site/site-run.ts';

// With `sticky` a visitor over HTTP stays with a release. The balancer has two sides, each with the replicas of one generation, by gates
// of their own (`sideGate`), and the site's own HAProxy may send visitors to what is offered (`offer`; units/http.lua). All of it is in
// the file system, and so outlives every process.

const UP_DEADLINE_MS = 10_000;
const INTERVAL_MS = 20;

/** Afterwards visitors stay with the releases that serve, and none is on his way out: that is a later step's. */
export const beginSides = async (hosted: Hosted): Promise<void> => {
  const { paths, ports } = hosted;
  await ports.files.remove(paths.leaving);
  await ports.files.write(paths.sticky, '');
  // Replicas that have served since before visitors were to stay.
  const serving = await servingSlotsOrNone(hosted);
  for (const slot of serving) if (!(await isOffered(hosted, slot))) await offer(hosted, slot);
};

/**
 * Afterwards nobody is sent to a side any more. The gates to the sides stay until their replicas end: who waits in a side's queue waits
 * for them.
 */
export const endSides = async ({ paths, ports: { files } }: Hosted): Promise<void> => {
  for (const name of ['sticky', 'leaving', ...(await files.list(paths.offers))])
    await files.remove(`${paths.offers}/${name}`);
};

/**
 * Visitors may be sent to the replica, which serves, and stay with its release. Where both sides belong to other generations, as after
 * a roll that was killed during another one, nobody is sent to it who comes over HTTP until one of them is gone.
 */
export const offer = async (hosted: Hosted, slot: number): Promise<void> => {
  const seat = await takeSeat(hosted, slot);
  if (seat !== undefined) await publish(hosted, seat);
};

/** A replica whose side's balancer gives it requests, if visitors are sent there. */
interface Seat {
  readonly slot: number;
  readonly side: Side;
  readonly generation: string;
}

/** Undefined where visitors do not stay, where no side is free, and where the balancer does not come to give the replica requests. */
const takeSeat = async (hosted: Hosted, slot: number): Promise<Seat | undefined> => {
  const { paths, ports } = hosted;
  const generation = await linkedGeneration(hosted, paths.pin(slot));
  if (generation === undefined || !(await ports.files.exists(paths.sticky))) return undefined;
  const side = await takeSide(hosted, generation);
  if (side === undefined) return undefined;
  await ports.files.link(paths.sideGate(`${side}${slot}`), gateTarget(slot));
  return (await comesUp(hosted, side, slot)) ? { slot, side, generation } : undefined;
};

const publish = ({ paths, ports }: Hosted, { slot, side, generation }: Seat): Promise<void> =>
  ports.files.write(paths.offer(slot), `${side} ${generation}\n`);

/**
 * Visitors' pages come from these replicas from one moment to the next. Afterwards the pages that visitors had before were there long
 * enough to get their files, which came from the others as long as that.
 */
export const handOver = async (run: SiteRun, to: readonly number[]): Promise<void> => {
  const { paths, ports, site } = run;
  const seats = [];
  for (const slot of to) seats.push(await takeSeat(run, slot));
  const taken = seats.filter(seat => seat !== undefined);
  if (taken.length === 0) return;
  const other = (await sidedSlots(run)).find(
    ({ isOffered, generation }) => isOffered && generation !== taken[0]?.generation,
  );
  // Who leaves for nobody else stays: until the first of the new ones is there, nothing changes.
  if (other !== undefined) await ports.files.write(paths.leaving, `${other.generation}\n`);
  for (const seat of taken) await publish(run, seat);
  if (other !== undefined) await ports.clock.sleep(site.web.sticky?.graceMs ?? 0);
};

/** False where the balancer does not come to give it requests, as after a crash of the replica. */
const comesUp = ({ site, ports }: Hosted, side: Side, slot: number): Promise<boolean> => {
  const backend = sideBackend(site.name, side);
  const options = { intervalMs: INTERVAL_MS, deadlineMs: UP_DEADLINE_MS, atDeadline: () => false };
  return poll(ports.clock, options, async () => {
    // First, also where it is up already, as in `admit` of src/run/gate/gate.ts.
    await askBalancer(() => ports.balancer.ready(backend, String(slot)));
    const servers = await askBalancer(() => ports.balancer.servers(backend));
    return servers?.find(({ server }) => server === String(slot))?.isUp || undefined;
  });
};

/** The side that has the generation's replicas, or one that no other has. What others left there is taken off. */
const takeSide = async (hosted: Hosted, generation: string): Promise<Side | undefined> => {
  const sided = await sidedSlots(hosted);
  const others = (side: Side) => sided.filter(each => each.side === side && each.generation !== generation);
  const own = sided.find(each => each.generation === generation)?.side;
  const side =
    own ??
    SIDES.find(each => others(each).length === 0) ??
    SIDES.find(each => others(each).every(({ isOffered }) => !isOffered));
  if (side === undefined) return undefined;
  for (const { slot } of others(side)) await leaveSide(hosted, slot);
  return side;
};

/** A slot whose replica has a gate to a side. */
interface SidedSlot {
  readonly slot: number;
  readonly side: Side;
  readonly generation: string | undefined;
  readonly isOffered: boolean;
}

const sidedSlots = async (hosted: Hosted): Promise<readonly SidedSlot[]> => {
  const names = await hosted.ports.files.list(hosted.paths.gates);
  const found = names.flatMap(name => {
    const side = SIDES.find(each => name.startsWith(each));
    const slot = Number(name.slice(1));
    return side !== undefined && Number.isInteger(slot) ? [{ side, slot }] : [];
  });
  return await Promise.all(
    found.map(async ({ side, slot }) => ({
      ...{ side, slot },
      generation: await linkedGeneration(hosted, hosted.paths.pin(slot)),
      isOffered: await isOffered(hosted, slot),
    })),
  );
};

const isOffered = ({ paths, ports }: Hosted, slot: number): Promise<boolean> => ports.files.exists(paths.offer(slot));

/**
 * No visitor is sent to the replica any more. The last one on its side stays there until it has nothing left to do (`leaveSide`): what
 * waits in the side's queue can go nowhere else.
 */
export const takeOffer = async (hosted: Hosted, slot: number): Promise<void> => {
  const { paths, ports } = hosted;
  await ports.files.remove(paths.offer(slot));
  const sided = await sidedSlots(hosted);
  const own = sided.find(each => each.slot === slot)?.side;
  if (sided.some(({ side, isOffered }) => side === own && isOffered)) await leaveSide(hosted, slot);
};

/** Afterwards the replica is on no side. False when it was on none. */
export const leaveSide = async (hosted: Hosted, slot: number): Promise<boolean> => {
  const { paths, ports, site } = hosted;
  const sides = (await sidedSlots(hosted)).filter(each => each.slot === slot);
  for (const { side } of sides) {
    await askBalancer(() => ports.balancer.drain(sideBackend(site.name, side), String(slot)));
    await ports.files.remove(paths.sideGate(`${side}${slot}`));
  }
  return sides.length > 0;
};

/**
 * Before a release loses its last replica that visitors are sent to, and where others could take all of its visitors before it loses
 * its first: afterwards the pages that they have were there long enough to get their files, and no new ones have come from it.
 */
export const letVisitorsGo = async (run: SiteRun, slot: number, mustServe: number): Promise<void> => {
  const { paths, ports, site } = run;
  const offered = (await sidedSlots(run)).filter(({ isOffered }) => isOffered);
  const own = offered.find(each => each.slot === slot)?.generation;
  const others = offered.filter(({ generation }) => generation !== own);
  if (site.web.sticky === undefined || own === undefined || others.length === 0) return;
  const isLast = offered.length - others.length === 1;
  if (!isLast && others.length < mustServe) return;
  const mark = `${own}\n`;
  if ((await ports.files.read(paths.leaving)) === mark) return;
  await ports.files.write(paths.leaving, mark);
  await ports.clock.sleep(site.web.sticky.graceMs);
};
