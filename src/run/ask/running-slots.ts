import { replicaUnit, slotOfUnit } from '../../base/paths.ts';
import type { Ports } from '../site/ports.ts';

/** The slots of a site, by its name alone, in which a master runs: whether it serves or not, and whatever made it. In order. */
export const runningSlots = async ({ systemd }: Pick<Ports, 'systemd'>, site: string): Promise<readonly number[]> => {
  const units = await systemd.glance([replicaUnit(site, '*')]);
  const slots = units.flatMap(({ unit, mainPid }) => {
    const slot = slotOfUnit(site, unit);
    return slot === undefined || mainPid === 0 ? [] : [slot];
  });
  return slots.sort((a, b) => a - b);
};
