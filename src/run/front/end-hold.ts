import { isError } from '../../base/errors.ts';
import { holdUnit } from '../../base/paths.ts';
import { poll } from '../ask/poll.ts';
import type { Hosted } from '../site/site-run.ts';
import { pointFront } from './point-front.ts';
import { MAX_HOLD_MS, readRequestHold } from './request-hold.ts';

/** An operator may end a hold before its time, and give it another one. */
const INTERVAL_MS = 500;

/**
 * Has a unit of its own wait for the end of the site's hold. One that waits already is started anew: it may have seen the end of a hold
 * before this one.
 */
export const awaitHoldEnd = ({ site, ports }: Hosted): Promise<void> =>
  ports.systemd.restart(holdUnit(site.name), { until: 'queued' });

/**
 * The front as the site's files ask for, and somebody who waits for the end of a hold that was begun and left. Where the front can be led
 * nowhere it stays as it is: a roll is refused for that.
 */
export const rightFront = async (hosted: Hosted): Promise<void> => {
  try {
    await pointFront(hosted);
    if ((await readRequestHold(hosted)) !== undefined) await awaitHoldEnd(hosted);
  } catch (error) {
    if (!isError(error, 'file-system') || error.facts.errno !== 'ENOTREG') throw error;
  }
};

/** What that unit does: resolves when the site is not held any more, and its requests are looked at by nobody. */
export const endHold = async (hosted: Hosted): Promise<void> => {
  const { clock, files } = hosted.ports;
  const isOver = async () => (await readRequestHold(hosted)) === undefined || undefined;
  await poll(clock, { intervalMs: INTERVAL_MS, deadlineMs: 2 * MAX_HOLD_MS, atDeadline: () => true }, isOver);
  // A site that was removed meanwhile has no front.
  if ((await files.readLink(hosted.paths.front)) === undefined) return;
  await pointFront(hosted);
};
