import { isError, PhpZdError } from '../../base/errors.ts';
import { replicaUnit } from '../../base/paths.ts';
import type { Site } from '../../site/site.ts';
import { observeLeftBehind } from '../ask/left-behind.ts';
import { isStopped } from '../ask/unit-states.ts';
import type { SiteRun } from '../site/site-run.ts';
import { isUnmet, readSlotHold } from '../slots/hold.ts';
import { releaseSlot } from '../slots/slot-files.ts';
import { awaitIdle } from './await-idle.ts';
import { park, unpark } from './park.ts';
import { stopNow, stopReplica } from './stop-replica.ts';

/**
 * Stops a drained replica once it has nothing left to do, and frees its slot. [drain] on_timeout says what becomes of a replica
 * that is not idle in time; with `abort` this rejects with `drain-timeout`.
 */
export const retire = async (run: SiteRun, slot: number): Promise<void> => {
  // Otherwise the timer of a parked replica would stop the one that a later step starts in this slot.
  if ((await readSlotHold(run, slot)) === 'parked') await unpark(run, slot);
  if (await isUnmet(run, slot)) return await end(run, slot);
  const overdue = await idleOrOverdue(run, slot);
  if (overdue !== undefined) return whenOverdue[run.site.drain.onTimeout](run, slot, overdue);
  await stopReplica(run, slot);
  await releaseSlot(run, slot);
};

/**
 * Stops a replica that has nobody's requests but php-zd's own, such as one that was not proven: a script that hangs there, as one
 * whose mail() never ends, would hold its slot for as long as it likes.
 */
const end = async (run: SiteRun, slot: number): Promise<void> => {
  await stopNow(run, slot);
  await releaseSlot(run, slot);
};

/** Waits until the replica is idle. Gives the `drain-timeout` when it is not in time. */
const idleOrOverdue = async (run: SiteRun, slot: number): Promise<PhpZdError<'drain-timeout'> | undefined> => {
  const activeState = await run.ports.systemd.activeState(replicaUnit(run.site.name, slot));
  if (isStopped(activeState)) return undefined;
  try {
    // While a roll goes on the roll decides who serves.
    await awaitIdle(run, slot, { timeoutMs: run.site.drain.timeoutMs, isOwn: async () => true });
    return undefined;
  } catch (error) {
    if (!isError(error, 'drain-timeout')) throw error;
    // Nobody has looked for what requests started while there were requests: a hanging one may wait for just that.
    const processes = await observeLeftBehind(run, slot);
    return new PhpZdError('drain-timeout', { ...error.facts, processes }, error);
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
    run.emit({ kind: 'killed', slot, blockers: overdue.facts.blockers, processes: overdue.facts.processes });
    await end(run, slot);
  },
};
