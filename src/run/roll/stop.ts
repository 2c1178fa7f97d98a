import { replicaUnit } from '../../base/paths.ts';
import { unparkAll } from '../drain/park.ts';
import { stopReplica } from '../drain/stop-replica.ts';
import type { Emit } from '../site/events.ts';
import type { Ports } from '../site/ports.ts';

/** Stops every replica of a site, all at once; each drains first, by its own unit. Needs no site file. */
export const stopSite = async (ports: Ports, site: string, emit: Emit): Promise<void> => {
  const { systemd } = ports;
  await unparkAll(ports, site);
  const units = await systemd.units(replicaUnit(site, '*'));
  await Promise.all(units.map(unit => stopReplica(ports, unit)));
  emit({ kind: 'stopped', replicas: units.length });
};
