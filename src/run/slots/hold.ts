import { SLOT_HOLD_REASONS, type SlotHoldReason } from '../../plan/observed.ts';
import type { Hosted } from '../site/site-run.ts';

/**
 * Marks a slot as held, with the reason: from here on the unit of its replica leaves the balancer alone. The mark is a link
 * whose target is the reason, since a link takes no page of /run: a settle can mark a slot also when /run is full (facts.md N21).
 */
export const holdSlot = ({ paths, ports }: Hosted, slot: number, reason: SlotHoldReason): Promise<void> =>
  ports.files.link(paths.slotHold(slot), reason);

/**
 * As `holdSlot` of a roll, of a replica that no visitor has met since it was started: all of its requests are php-zd's own. Before its
 * gate opens it is an ordinary mark again (`meetVisitors`).
 */
export const holdUnmet = ({ paths, ports }: Hosted, slot: number): Promise<void> =>
  ports.files.link(paths.slotHold(slot), 'roll unmet');

/** Whether the slot's mark says so. A replica without that word counts as one that visitors have met. */
export const isUnmet = async (hosted: Hosted, slot: number): Promise<boolean> =>
  (await readMark(hosted, slot))?.join(' ') === 'roll unmet';

/** Afterwards the slot's replica counts as one that visitors have met. */
export const meetVisitors = async (hosted: Hosted, slot: number): Promise<void> => {
  if (await isUnmet(hosted, slot)) await holdSlot(hosted, slot, 'roll');
};

/** As `holdSlot`, of a parked replica; `untilMs` is when it is stopped whatever it does, by `monotonicMs`, or Infinity. */
export const holdParked = ({ paths, ports }: Hosted, slot: number, untilMs: number): Promise<void> =>
  ports.files.link(paths.slotHold(slot), Number.isFinite(untilMs) ? `parked ${untilMs}` : 'parked');

/** Until when a parked replica is left to its requests; undefined when the slot's replica is not parked. */
export const readParkedUntil = async (hosted: Hosted, slot: number): Promise<number | undefined> => {
  const [reason, until] = (await readMark(hosted, slot)) ?? [];
  if (reason !== 'parked') return undefined;
  const at = Number(until);
  return Number.isFinite(at) ? at : Number.POSITIVE_INFINITY;
};

/** Why the slot is held; undefined when it is not. */
export const readSlotHold = async (hosted: Hosted, slot: number): Promise<SlotHoldReason | undefined> => {
  const mark = await readMark(hosted, slot);
  // A mark with another reason is that of a roll too.
  return mark === undefined ? undefined : (SLOT_HOLD_REASONS.find(reason => reason === mark[0]) ?? 'roll');
};

const readMark = async ({ paths, ports }: Hosted, slot: number): Promise<readonly string[] | undefined> => {
  return (await ports.files.readLink(paths.slotHold(slot)))?.split(' ');
};
