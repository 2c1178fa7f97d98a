import { isError } from '../../base/errors.ts';
import { parkUnit, replicaUnit } from '../../base/paths.ts';
import type { Emit } from '../site/events.ts';
import type { Ports } from '../site/ports.ts';
import { type NamedRun, namedRun, type Replica } from '../site/site-run.ts';
import { holdSlot, readSlotHold } from '../slots/hold.ts';
import { releaseSlot } from '../slots/slot-files.ts';
import { awaitIdle } from './await-idle.ts';

const serviceOf = (timer: string): string => timer.replace(/timer$/, 'service');

/** A drained replica is left to the work that it still has, and stopped when that is done: by `reapReplica`. */
export const park = async (run: NamedRun, slot: number): Promise<void> => {
  await holdSlot(run, slot, 'parked');
  await run.ports.systemd.start(parkUnit(run.site.name, slot, 'timer'));
};

/** Afterwards nobody stops the replica when it comes free. The mark stays: whoever takes the slot writes another. */
export const unpark = (run: NamedRun, slot: number): Promise<void> =>
  endTimer(run.ports, parkUnit(run.site.name, slot, 'timer'));

/** The same for all replicas of a site. */
export const unparkAll = async (ports: Ports, site: string): Promise<void> => {
  const timers = await ports.systemd.units(parkUnit(site, '*', 'timer'));
  await Promise.all(timers.map(timer => endTimer(ports, timer)));
};

/** The timer first, or it would start the service again. */
const endTimer = async ({ systemd }: Ports, timer: string): Promise<void> => {
  await systemd.stop(timer);
  await systemd.stop(serviceOf(timer));
};

/** Three zeros in a row take a fraction of it; a replica that has work is looked at again by the timer. */
const LOOK_MS = 1_000;

/** The replica is stopped if it is still parked and has nothing left to do, and then it is looked at no more. */
export const reapReplica = async (ports: Ports, { site, slot }: Replica, emit: Emit): Promise<void> => {
  const run = namedRun(site, ports, emit);
  const isParked = (await readSlotHold(run, slot)) === 'parked';
  if (isParked && !(await isIdleNow(run, slot))) return;
  if (isParked) {
    await ports.systemd.stop(replicaUnit(site, slot));
    await releaseSlot(run, slot);
    emit({ kind: 'unparked', slot });
  }
  // Last, so that what was broken off in between is done again.
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
