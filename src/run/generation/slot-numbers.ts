import type { Hosted } from '../site/site-run.ts';

/** The slots that have a pin, in order. A roll gave each of them a generation, and nobody has cleared it away yet. */
export const pinnedSlots = (hosted: Hosted): Promise<readonly number[]> => slotsIn(hosted, hosted.paths.pins);

/** The slots that somebody holds, in order. */
export const heldSlots = (hosted: Hosted): Promise<readonly number[]> => slotsIn(hosted, hosted.paths.slotHolds);

/** Beside them may lie what a write of ours left that was killed: `.HEX.new`. */
const slotsIn = async ({ ports }: Hosted, directory: string): Promise<readonly number[]> =>
  (await ports.files.list(directory))
    .filter(name => /^[1-9]\d*$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
