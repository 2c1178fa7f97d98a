import { isError, type PhpZdError } from '../../base/errors.ts';
import { replicaUnit } from '../../base/paths.ts';
import type { Site } from '../../site/site.ts';
import { isStopped } from '../ask/unit-states.ts';
import type { SiteRun } from '../site/site-run.ts';
import { readSlotHold } from '../slots/hold.ts';
import { releaseSlot } from '../slots/slot-files.ts';
import { awaitIdle } from './await-idle.ts';
import { observeLeftBehind } from './left-behind.ts';
import { park, unpark } from './park.ts';
import { stopNow, stopReplica } from './stop-replica.ts';

/**
 * Stops a drained replica once it has nothing left to do, and frees its slot. [drain] on_timeout says what becomes of a replica
 * that is not idle in time; with `abort` this rejects with `drain-timeout`.
 */
export const retire = async (run: SiteRun, slot: number): Promise<void> => {
  // Otherwise the timer of a parked replica would stop the one that a later step starts in this slot.
  if ((await readSlotHold(run, slot)) === 'parked') await unpark(run, slot);
  const overdue = await idleOrOverdue(run, slot);
  if (overdue !== undefined) return whenOverdue[run.site.drain.onTimeout](run, slot, overdue);
  await stopReplica(run.ports, replicaUnit(run.site.name, slot));
  await releaseSlot(run, slot);
};

/** Waits until the replica is idle. Gives the `drain-timeout` when it is not in time. */
const idleOrOverdue = async (run: SiteRun, slot: number): Promise<PhpZdError<'drain-timeout'> | undefined> => {
  const { activeState } = await run.ports.systemd.glimpse(replicaUnit(run.site.name, slot));
  if (isStopped(activeState)) return undefined;
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
    await park(run, slot, run.site.drain.parkTimeoutMs);
    run.emit({ kind: 'parked', slot, blockers: overdue.facts.blockers, processes: overdue.facts.processes });
  },
  kill: async (run, slot, overdue) => {
    // Nobody has looked for those while there were requests.
    const processes = await observeLeftBehind(run, slot);
    run.emit({ kind: 'killed', slot, blockers: overdue.facts.blockers, processes });
    await stopNow(run.ports, replicaUnit(run.site.name, slot));
    await releaseSlot(run, slot);
  },
};
