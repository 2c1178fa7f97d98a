import { isError, type PhpZdError } from '../../base/errors.ts';
import { replicaUnit } from '../../base/paths.ts';
import type { UnitState } from '../../ports/systemd.ts';
import type { Site } from '../../site/site.ts';
import type { HostedSite, SiteRun } from '../site/site-run.ts';
import { readSlotHold } from '../slots/hold.ts';
import { releaseSlot } from '../slots/slot-files.ts';
import { awaitIdle } from './await-idle.ts';
import { park, unpark } from './park.ts';

/**
 * A drained replica is stopped once it has nothing left to do, and its slot is free again. What becomes of one that is not idle in
 * time is said by [drain] on_timeout; with `abort` this rejects with `drain-timeout`.
 */
export const retire = async (run: SiteRun, slot: number): Promise<void> => {
  // Somebody else would stop what a later step starts here.
  if ((await readSlotHold(run, slot)) === 'parked') await unpark(run, slot);
  const overdue = await idleOrOverdue(run, slot);
  if (overdue !== undefined) return whenOverdue[run.site.drain.onTimeout](run, slot, overdue);
  await run.ports.systemd.stop(replicaUnit(run.site.name, slot));
  await releaseSlot(run, slot);
};

/** Undefined when it is idle, else the `drain-timeout`. */
const idleOrOverdue = async (run: SiteRun, slot: number): Promise<PhpZdError<'drain-timeout'> | undefined> => {
  const { activeState } = await run.ports.systemd.unit(replicaUnit(run.site.name, slot));
  if (activeState === 'inactive' || activeState === 'failed') return undefined;
  try {
    await awaitIdle(run, slot, run.site.drain.timeoutMs);
    return undefined;
  } catch (error) {
    if (!isError(error, 'drain-timeout')) throw error;
    return error;
  }
};

type WhenOverdue = (run: SiteRun, slot: number, overdue: PhpZdError<'drain-timeout'>) => Promise<void>;

const whenOverdue: { readonly [Policy in Site['drain']['onTimeout']]: WhenOverdue } = {
  abort: async (_run, _slot, overdue) => {
    throw overdue;
  },
  park: async (run, slot, overdue) => {
    await park(run, slot);
    run.emit({ kind: 'parked', slot, blockers: overdue.facts.blockers });
  },
  kill: async (run, slot, overdue) => {
    run.emit({ kind: 'killed', slot, blockers: overdue.facts.blockers });
    await stopNow(run, replicaUnit(run.site.name, slot));
    await releaseSlot(run, slot);
  },
};

const SIGTERM = 15;

/**
 * The stop alone would be SIGQUIT, and FPM would give its children process_control_timeout once more; SIGTERM ends them at once.
 * Only when the stop is under way: before, Restart= would bring the replica back.
 */
const stopNow = async ({ ports: { systemd } }: HostedSite, unit: string): Promise<void> => {
  const over = new AbortController();
  const isStopping = new Promise<void>((resolve, reject) => {
    const look = ({ activeState }: UnitState) => activeState === 'deactivating' && resolve();
    systemd.watch(unit, look, over.signal).catch(reject);
  });
  try {
    const stop = systemd.stop(unit);
    // A stop that ends sooner than it is seen leaves nothing to kill; one that fails is not followed by a signal.
    await Promise.race([stop, isStopping]);
    await systemd.kill(unit, SIGTERM);
    await stop;
  } finally {
    over.abort();
  }
};
