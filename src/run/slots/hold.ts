import { HOLD_REASONS, type HoldReason } from '../../plan/observed.ts';
import type { NamedRun } from '../site/site-run.ts';

/** From here on the replica's unit leaves the balancer alone, and the mark says why. */
export const hold = ({ paths, ports }: NamedRun, slot: number, reason: HoldReason): Promise<void> =>
  ports.files.write(paths.hold(slot), `${reason}\n`);

/** Undefined when nobody holds it. */
export const readHold = async ({ paths, ports }: NamedRun, slot: number): Promise<HoldReason | undefined> => {
  const text = await ports.files.read(paths.hold(slot));
  // A mark that a power cut left empty, or an older php-zd: somebody was at it.
  return text === undefined ? undefined : (HOLD_REASONS.find(reason => reason === text.trim()) ?? 'roll');
};
