import { SLOT_HOLD_REASONS, type SlotHoldReason } from '../../plan/observed.ts';
import type { Hosted } from '../site/site-run.ts';

/** From here on the replica's unit leaves the balancer alone, and the mark says why. */
export const holdSlot = ({ paths, ports }: Hosted, slot: number, reason: SlotHoldReason): Promise<void> =>
  ports.files.write(paths.slotHold(slot), `${reason}\n`);

/** Undefined when nobody holds it. */
export const readSlotHold = async ({ paths, ports }: Hosted, slot: number): Promise<SlotHoldReason | undefined> => {
  const text = await ports.files.read(paths.slotHold(slot));
  // A mark that a power cut left empty, or an older php-zd: somebody was at it.
  return text === undefined ? undefined : (SLOT_HOLD_REASONS.find(reason => reason === text.trim()) ?? 'roll');
};
