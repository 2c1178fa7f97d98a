import { isError } from '../../base/errors.ts';
import { parkUnit, replicaUnit } from '../../base/paths.ts';
import type { Emit } from '../site/events.ts';
import type { Ports } from '../site/ports.ts';
import { type NamedRun, namedRun, type Replica } from '../site/site-run.ts';
import { holdSlot, readSlotHold } from '../slots/hold.ts';
import { releaseSlot } from '../slots/slot-files.ts';
import { awaitIdle } from './await-idle.ts';
import { stopReplica } from './stop-replica.ts';

const serviceOf = (timer: string): string => timer.replace(/timer$/, 'service');

/**
 * Leaves a drained replica to its last requests. A timer calls `reapReplica` again and again, which stops the replica once it
 * is free.
 */
export const park = async (run: NamedRun, slot: number): Promise<void> => {
  await holdSlot(run, slot, 'parked');
  await run.ports.systemd.start(parkUnit(run.site.name, slot, 'timer'));
};

/**
 * Ends the timer of a parked replica: afterwards nobody stops the replica when it comes free. The slot's mark stays until the
 * caller writes another.
 */
export const unpark = (run: NamedRun, slot: number): Promise<void> =>
  endTimer(run.ports, parkUnit(run.site.name, slot, 'timer'));

/** As `unpark`, for all replicas of a site. */
export const unparkAll = async (ports: Ports, site: string): Promise<void> => {
  const timers = await ports.systemd.units(parkUnit(site, '*', 'timer'));
  await Promise.all(timers.map(timer => endTimer(ports, timer)));
};

/** Stops the timer and its service. The timer comes first, or it would start the service again. */
const endTimer = async ({ systemd }: Ports, timer: string): Promise<void> => {
  await systemd.stop(timer);
  await systemd.stop(serviceOf(timer));
};

/**
 * How long one look at a parked replica takes at most. Three zeros in a row take a fraction of that, and the timer looks again
 * at a replica that has work.
 */
const LOOK_MS = 1_000;

/** Stops a replica that is still parked and has nothing left to do, and then the timer that looks at it. */
export const reapReplica = async (ports: Ports, { site, slot }: Replica, emit: Emit): Promise<void> => {
  const run = namedRun(site, ports, emit);
  const isParked = (await readSlotHold(run, slot)) === 'parked';
  if (isParked && !(await isIdleNow(run, slot))) return;
  if (isParked) {
    await stopReplica(ports, replicaUnit(site, slot));
    await releaseSlot(run, slot);
    emit({ kind: 'unparked', slot });
  }
  // The timer is stopped last, so that it does again what was broken off before this.
  await ports.systemd.stop(parkUnit(site, slot, 'timer'));
};

const isIdleNow = async (run: NamedRun, slot: number): Promise<boolean> => {
  try {
    await awaitIdle(run, slot, LOOK_MS);
    return true;
  } catch (error) {
    if (!isError(error, 'drain-timeout')) throw error;
    return false;
  }
};
