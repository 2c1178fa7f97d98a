import { SLOT_HOLD_REASONS, type SlotHoldReason } from '../../plan/observed.ts';
import type { Hosted } from '../site/site-run.ts';

/** Marks a slot as held, with the reason: from here on the unit of its replica leaves the balancer alone. */
export const holdSlot = ({ paths, ports }: Hosted, slot: number, reason: SlotHoldReason): Promise<void> =>
  ports.files.write(paths.slotHold(slot), `${reason}\n`);

/** Why the slot is held; undefined when it is not. */
export const readSlotHold = async ({ paths, ports }: Hosted, slot: number): Promise<SlotHoldReason | undefined> => {
  const text = await ports.files.read(paths.slotHold(slot));
  // A mark with another text, which a power cut or an older php-zd left, is that of a roll too.
  return text === undefined ? undefined : (SLOT_HOLD_REASONS.find(reason => reason === text.trim()) ?? 'roll');
};
