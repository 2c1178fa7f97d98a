import { gateUnit, replicaUnit, slotOfUnit } from '../../base/paths.ts';
import { unparkAll } from '../drain/park.ts';
import { stopReplica } from '../drain/stop-replica.ts';
import type { Emit } from '../site/events.ts';
import type { Ports } from '../site/ports.ts';
import { hostedByName } from '../site/site-run.ts';

/** Stops every replica of a site, all at once; each drains first, by its own unit. Needs no site file. */
export const stopSite = async (ports: Ports, site: string, emit: Emit): Promise<void> => {
  const { systemd } = ports;
  await unparkAll(ports, site);
  const slots = (await systemd.units(replicaUnit(site, '*'))).flatMap(unit => slotOfUnit(site, unit) ?? []);
  const hosted = hostedByName(site, ports);
  await Promise.all(slots.map(slot => stopReplica(hosted, slot)));
  // Those of replicas that a roll has stopped.
  const gates = await systemd.units(gateUnit(site, '*'));
  await Promise.all(gates.map(gate => systemd.stop(gate)));
  emit({ kind: 'stopped', replicas: slots.length });
};
