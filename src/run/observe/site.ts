import { valueUnless } from '../../base/errors.ts';
import { replicaUnit, slotOfUnit } from '../../base/paths.ts';
import type { ObservedSite, ObservedSlot } from '../../plan/observed.ts';
import type { ServerState } from '../../ports/balancer.ts';
import type { UnitGlance } from '../../ports/systemd.ts';
import { slotsOf } from '../../site/site.ts';
import { askBalancer, withBalancer } from '../ask/balancer.ts';
import { linkedGeneration, readMeta } from '../generation/generation.ts';
import { runsGeneration } from '../generation/runs-generation.ts';
import type { Hosted, HostedSite } from '../site/site-run.ts';
import { readSlotHold } from '../slots/hold.ts';
import { isReplicaOutdated } from './changed-extensions.ts';

/** How a site is found on the host, for a look: a balancer that does not answer is part of the picture. */
export const observeSite = async (hosted: HostedSite): Promise<ObservedSite> =>
  observe(hosted, (await askBalancer(() => knownServers(hosted))) ?? []);

/**
 * How a site is found on the host, to act on that. A balancer that restarts is waited for: without its answer no replica seems
 * to serve, and a plan would spare none. Rejects with `balancer-unreachable`.
 */
export const observeToPlan = async (hosted: HostedSite): Promise<ObservedSite> =>
  observe(hosted, await withBalancer(hosted.ports.clock, () => knownServers(hosted)));

const observe = async (hosted: HostedSite, servers: readonly ServerState[]): Promise<ObservedSite> => {
  const { site, paths, ports } = hosted;
  const units = await ports.systemd.glance([replicaUnit(site.name, '*')]);
  const slots = await observeSlots(hosted, slotsOf(site), { units, servers });
  const pidOf = (unit: string) => units.find(each => each.unit === unit)?.mainPid ?? 0;
  const withAge = async (slot: ObservedSlot): Promise<ObservedSlot> => {
    if (slot.hold !== 'standby') return slot;
    const unit = replicaUnit(site.name, slot.slot);
    return { ...slot, isOutdated: await isReplicaOutdated(hosted, { unit, mainPid: pidOf(unit) }) };
  };
  return {
    slots: await Promise.all(slots.map(withAge)),
    promoted: await linkedGeneration(hosted, paths.promoted),
    previous: await linkedGeneration(hosted, paths.previous),
  };
};

/** What systemd and the balancer say. A unit that is not among these is inactive. */
export interface Seen {
  readonly units: readonly UnitGlance[];
  readonly servers: readonly ServerState[];
}

/** The given slots as they are found, and any other slot that a replica runs in. */
export const observeSlots = async (
  hosted: Hosted,
  slots: readonly number[],
  seen: Seen,
): Promise<readonly ObservedSlot[]> => {
  const found = seen.units.map(({ unit }) => slotOfUnit(hosted.site.name, unit)).filter(slot => slot !== undefined);
  const all = [...new Set([...slots, ...found])].sort((a, b) => a - b);
  return await Promise.all(all.map(slot => observeSlot(hosted, slot, seen)));
};

/** The balancer's servers of the site; none when it does not know the site. */
const knownServers = async ({ site, ports }: HostedSite): Promise<readonly ServerState[]> =>
  (await valueUnless(() => ports.balancer.servers(site.name), 'balancer-refused')) ?? [];

const observeSlot = async (hosted: Hosted, slot: number, { units, servers }: Seen): Promise<ObservedSlot> => {
  const { site, paths, ports } = hosted;
  const name = replicaUnit(site.name, slot);
  const state = units.find(({ unit }) => unit === name);
  const pin = await linkedGeneration(hosted, paths.pin(slot));
  const meta = pin === undefined ? undefined : await readMeta(hosted, pin);
  const server = servers.find(({ server }) => server === String(slot));
  return {
    slot,
    unit: unitWord(state),
    pin,
    release: meta?.release,
    isRunningPin: pin !== undefined && (await runsGeneration(hosted, state?.mainPid ?? 0, { generation: pin, meta })),
    hold: await readSlotHold(hosted, slot),
    isGateOpen: (await ports.files.readLink(paths.gate(slot))) !== undefined,
    isUp: server?.isUp === true,
    balancer: server?.status,
  };
};

const unitWord = (unit: UnitGlance | undefined): ObservedSlot['unit'] => {
  if (unit === undefined) return 'inactive';
  return unit.activeState === 'active' || unit.activeState === 'failed' ? unit.activeState : 'changing';
};
