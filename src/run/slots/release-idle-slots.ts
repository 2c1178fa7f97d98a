import { replicaUnit } from '../../base/paths.ts';
import { heldSlots, pinnedSlots } from '../generation/slot-numbers.ts';
import type { Hosted } from '../site/site-run.ts';
import { releaseSlot } from './slot-files.ts';

/**
 * Releases the slots that have a pin or a mark and no replica. A killed roll leaves such slots, and so does a boot, after which
 * the replicas start in the first slots. Their pins would keep generations, units and servers of HAProxy's. `others` are left
 * as they are. Gives the slots that it released.
 */
export const releaseIdleSlots = async (hosted: Hosted, others: readonly number[]): Promise<readonly number[]> => {
  const { ports, site } = hosted;
  const released: number[] = [];
  for (const slot of new Set([...(await pinnedSlots(hosted)), ...(await heldSlots(hosted))])) {
    if (others.includes(slot)) continue;
    const activeState = await ports.systemd.activeState(replicaUnit(site.name, slot));
    if (activeState !== 'inactive') continue;
    await releaseSlot(hosted, slot);
    released.push(slot);
  }
  return released;
};
