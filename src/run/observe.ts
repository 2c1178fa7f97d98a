import { isError } from '../base/errors.ts';
import { replicaUnit, slotOfUnit } from '../base/paths.ts';
import type { ObservedSite, ObservedSlot } from '../plan/observed.ts';
import type { ServerState } from '../ports/balancer.ts';
import type { UnitState } from '../ports/systemd.ts';
import { slotsOf } from '../site/site.ts';
import { runsRelease } from './runs-release.ts';
import type { SiteRun } from './site-run.ts';

/** How a site is found on the host. Reads only; a balancer that does not answer is part of the picture. */
export const observeSite = async (run: SiteRun): Promise<ObservedSite> => {
  const { site, paths, ports } = run;
  const units = await ports.systemd.units(replicaUnit(site.name, '*'));
  const found = units.map(unit => slotOfUnit(site.name, unit)).filter(slot => slot !== undefined);
  const slots = [...new Set([...slotsOf(site), ...found])].sort((a, b) => a - b);
  const servers = await serversOf(run);
  return {
    slots: await Promise.all(slots.map(slot => observeSlot(run, slot, servers))),
    promoted: await ports.files.readLink(paths.promoted),
  };
};

const serversOf = async ({ site, ports }: SiteRun): Promise<readonly ServerState[]> => {
  try {
    return await ports.balancer.servers(site.name);
  } catch (error) {
    if (isError(error, 'balancer-unreachable', 'balancer-refused')) return [];
    throw error;
  }
};

const observeSlot = async (run: SiteRun, slot: number, servers: readonly ServerState[]): Promise<ObservedSlot> => {
  const { site, paths, ports } = run;
  const state = await ports.systemd.unit(replicaUnit(site.name, slot));
  const pin = await ports.files.readLink(paths.pin(slot));
  const server = servers.find(({ server }) => server === String(slot));
  return {
    slot,
    unit: unitWord(state),
    pin,
    isRunningPin: pin !== undefined && (await runsRelease(run, state.mainPid, pin)),
    isHeld: await ports.files.exists(paths.hold(slot)),
    isGateOpen: (await ports.files.readLink(paths.gate(slot))) !== undefined,
    isUp: server?.isUp === true && server.admin === 'ready',
    balancer: server?.status,
  };
};

const unitWord = ({ activeState }: UnitState): ObservedSlot['unit'] =>
  activeState === 'active' || activeState === 'inactive' || activeState === 'failed' ? activeState : 'changing';
