import { isError } from '../base/errors.ts';
import { replicaUnit, slotOfUnit } from '../base/paths.ts';
import type { ObservedSite, ObservedSlot } from '../plan/observed.ts';
import type { ServerState } from '../ports/balancer.ts';
import type { UnitState } from '../ports/systemd.ts';
import { slotsOf } from '../site/site.ts';
import { linkedGeneration, readMeta } from './generation/generation.ts';
import { runsGeneration } from './generation/runs-generation.ts';
import { readHold } from './hold.ts';
import { withBalancer } from './poll.ts';
import type { SiteRun } from './site-run.ts';

/** How a site is found on the host. Reads only; a balancer that does not answer is part of the picture. */
export const observeSite = async (run: SiteRun): Promise<ObservedSite> => observe(run, await serversOf(run));

/**
 * The same to act on: a balancer that restarts just now is waited for, since without it nobody seems to serve, and a plan would
 * spare nobody. Rejects with `balancer-unreachable`.
 */
export const observeToPlan = async (run: SiteRun): Promise<ObservedSite> =>
  observe(run, await withBalancer(run.ports.clock, () => knownServers(run)));

const observe = async (run: SiteRun, servers: readonly ServerState[]): Promise<ObservedSite> => {
  const { site, paths, ports } = run;
  const units = await ports.systemd.units(replicaUnit(site.name, '*'));
  const found = units.map(unit => slotOfUnit(site.name, unit)).filter(slot => slot !== undefined);
  const slots = [...new Set([...slotsOf(site), ...found])].sort((a, b) => a - b);
  return {
    slots: await Promise.all(slots.map(slot => observeSlot(run, slot, servers))),
    promoted: await linkedGeneration(run, paths.promoted),
    previous: await linkedGeneration(run, paths.previous),
  };
};

const serversOf = async (run: SiteRun): Promise<readonly ServerState[]> => {
  try {
    return await knownServers(run);
  } catch (error) {
    if (isError(error, 'balancer-unreachable')) return [];
    throw error;
  }
};

/** None when the balancer does not know the site. */
const knownServers = async ({ site, ports }: SiteRun): Promise<readonly ServerState[]> => {
  try {
    return await ports.balancer.servers(site.name);
  } catch (error) {
    if (isError(error, 'balancer-refused')) return [];
    throw error;
  }
};

const observeSlot = async (run: SiteRun, slot: number, servers: readonly ServerState[]): Promise<ObservedSlot> => {
  const { site, paths, ports } = run;
  const state = await ports.systemd.unit(replicaUnit(site.name, slot));
  const pin = await linkedGeneration(run, paths.pin(slot));
  const meta = pin === undefined ? undefined : await readMeta(run, pin);
  const server = servers.find(({ server }) => server === String(slot));
  return {
    slot,
    unit: unitWord(state),
    pin,
    release: meta?.release,
    isRunningPin: pin !== undefined && (await runsGeneration(run, state.mainPid, pin)),
    hold: await readHold(run, slot),
    isGateOpen: (await ports.files.readLink(paths.gate(slot))) !== undefined,
    isUp: server?.isUp === true,
    balancer: server?.status,
  };
};

const unitWord = ({ activeState }: UnitState): ObservedSlot['unit'] =>
  activeState === 'active' || activeState === 'inactive' || activeState === 'failed' ? activeState : 'changing';
