import { isError, type PhpZdError } from '../../base/errors.ts';
import { parkUnit } from '../../base/paths.ts';
import { observeLeftBehind } from '../ask/left-behind.ts';
import type { Emit } from '../site/events.ts';
import type { Ports } from '../site/ports.ts';
import { type NamedRun, namedRun, type Replica } from '../site/site-run.ts';
import { holdParked, readParkedUntil } from '../slots/hold.ts';
import { releaseSlot } from '../slots/slot-files.ts';
import { awaitIdle } from './await-idle.ts';
import { stopNow, stopReplica } from './stop-replica.ts';

const serviceOf = (timer: string): string => timer.replace(/timer$/, 'service');

/**
 * Leaves a drained replica to its last requests, for `longestMs` at most. A timer calls `reapReplica` again and again, which stops
 * the replica once it is free or this time is over. One that is parked already keeps its time.
 */
export const park = async (run: NamedRun, slot: number, longestMs: number): Promise<void> => {
  const untilMs = (await readParkedUntil(run, slot)) ?? run.ports.clock.monotonicMs() + longestMs;
  await holdParked(run, slot, untilMs);
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

/**
 * Stops a replica that is still parked and has nothing left to do, or has been parked for too long, and then the timer that looks
 * at it.
 */
export const reapReplica = async (ports: Ports, { site, slot }: Replica, emit: Emit): Promise<void> => {
  const run = namedRun(site, ports, emit);
  const untilMs = await readParkedUntil(run, slot);
  if (untilMs !== undefined) {
    const busy = await busyNow(run, slot);
    if (busy === 'taken' || (busy !== undefined && ports.clock.monotonicMs() < untilMs)) return;
    await (busy === undefined ? stopReplica(run, slot) : cutOff(run, slot, busy));
    await releaseSlot(run, slot);
    emit({ kind: 'unparked', slot, isCut: busy !== undefined });
  }
  // The timer is stopped last, so that it does again what was broken off before this.
  await ports.systemd.stop(parkUnit(site, slot, 'timer'));
};

/** What the replica still has to do; undefined when that is nothing, `taken` when it is not parked any more. */
const busyNow = async (run: NamedRun, slot: number): Promise<PhpZdError<'drain-timeout'> | 'taken' | undefined> => {
  const isOwn = async () => (await readParkedUntil(run, slot)) !== undefined;
  try {
    return (await awaitIdle(run, slot, { timeoutMs: LOOK_MS, isOwn })) ? undefined : 'taken';
  } catch (error) {
    if (!isError(error, 'drain-timeout')) throw error;
    return error;
  }
};

const cutOff = async (run: NamedRun, slot: number, { facts }: PhpZdError<'drain-timeout'>): Promise<void> => {
  run.emit({ kind: 'cut-off', slot, blockers: facts.blockers, processes: await observeLeftBehind(run, slot) });
  await stopNow(run, slot);
};
