import type { ErrorFacts } from '../../base/error-facts.ts';
import { PhpZdError } from '../../base/errors.ts';
import { poll } from '../ask/poll.ts';
import { withdraw } from '../gate/gate.ts';
import type { NamedRun } from '../site/site-run.ts';
import { leaveSide } from '../slots/sides.ts';
import { busyOf, glanceAtWorkLeft, isIdle, observeWorkLeft, type WorkLeft } from './work-left.ts';

/** Zero seen once is not zero: HAProxy chooses a server before it counts the request (facts.md H8). */
const ZEROS_IN_A_ROW = 3;
/** Three looks in a row take longer than HAProxy takes from its choice to its count, also with less time between them. */
const INTERVAL_MS = 5;
/** While there is work. A look starts a process, and may be made for as long as a request lasts: hours. */
const BUSY_INTERVAL_MS = 60;
/** How often `draining` is emitted while nothing changes. */
const SAY_AGAIN_MS = 1_000;
/** How often it is emitted at most: the application may change what is told of it at will. */
const SAY_CHANGE_MS = 200;

export interface Wait {
  readonly timeoutMs: number;
  /**
   * Whether the replica is still drained for whoever waits. Others that may give it requests, or another one its slot, do not know of a
   * wait that goes on.
   */
  readonly isOwn: () => Promise<boolean>;
}

/**
 * The barrier before a replica is stopped: after `true` the replica is drained in every worker of HAProxy, and has nothing left
 * to do. The barrier begins anew when HAProxy changed its process, which forgets the drain; the gate stays closed meanwhile
 * (facts.md H7). So it does when somebody opened the gate of a replica that is stopped all the same. Gives `false` as soon as the replica is somebody else's, and leaves it as it is. Rejects with `drain-timeout`
 * {replica, blockers}.
 */
export const awaitIdle = async (run: NamedRun, slot: number, { timeoutMs, isOwn }: Wait): Promise<boolean> => {
  const say = saysChanges(run, slot);
  let left: WorkLeft | undefined;
  let zeros = 0;
  const atDeadline = () => {
    throw timedOut({ site: run.site.name, replica: slot, ms: timeoutMs }, left ?? UNSEEN);
  };
  const intervalMs = () => (zeros > 0 ? INTERVAL_MS : BUSY_INTERVAL_MS);
  return await poll(run.ports.clock, { intervalMs, deadlineMs: timeoutMs, atDeadline }, async () => {
    const worker = left?.worker;
    const isLast = zeros === ZEROS_IN_A_ROW - 1;
    const mayBeIdle = left === undefined || isIdle(left);
    left = await (mayBeIdle && !isLast ? glanceAtWorkLeft : observeWorkLeft)(run, slot);
    if (!(await isOwn())) return false;
    const isGateOpen = (await run.ports.files.readLink(run.paths.gate(slot))) !== undefined;
    if (isGateOpen || (worker !== undefined && worker !== left.worker)) {
      await withdraw(run, slot, isOwn);
      zeros = 0;
    }
    // Only now nobody waits in the side's queue for this replica.
    if (isIdle(left) && (await leaveSide(run, slot))) zeros = 0;
    zeros = isIdle(left) ? zeros + 1 : 0;
    if (!isIdle(left)) say(left);
    return zeros === ZEROS_IN_A_ROW || undefined;
  });
};

/** What is asked at least once is seen. */
const UNSEEN: WorkLeft = { worker: 0, sessions: 0, waiting: 0, active: 0, blockers: [], processes: [] };

type Overdue = Pick<ErrorFacts['drain-timeout'], 'site' | 'replica' | 'ms'>;

const timedOut = (overdue: Overdue, { worker: _, ...left }: WorkLeft) =>
  new PhpZdError('drain-timeout', { ...overdue, ...left });

const saysChanges = (run: NamedRun, slot: number) => {
  let saidBusy = -1;
  let saidAt = Number.NEGATIVE_INFINITY;
  return (load: WorkLeft): void => {
    const busy = busyOf(load) + load.processes.length;
    const now = run.ports.clock.monotonicMs();
    if (now - saidAt < (busy === saidBusy ? SAY_AGAIN_MS : SAY_CHANGE_MS)) return;
    saidBusy = busy;
    saidAt = now;
    run.emit({ kind: 'draining', slot, busy: busyOf(load), blockers: load.blockers, processes: load.processes });
  };
};
