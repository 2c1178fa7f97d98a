import { isError } from '../../base/errors.ts';
import { admitUnit, replicaUnit, webUnit } from '../../base/paths.ts';
import { notInTime, poll } from '../ask/poll.ts';
import { isStopped } from '../ask/unit-states.ts';
import { awaitIdle } from '../drain/await-idle.ts';
import { admit, withdraw } from '../gate/gate.ts';
import type { Emit } from '../site/events.ts';
import type { Ports } from '../site/ports.ts';
import { type NamedRun, namedRun, type Replica } from '../site/site-run.ts';

const PING_DEADLINE_MS = 10_000;
/** A replica that answers serves within this time. */
const ADMISSIONS_DEADLINE_MS = 10_000;

/**
 * Drains a replica whose unit is stopping, whoever stops it. Requests that do not end in time are left to SIGQUIT and
 * process_control_timeout: systemd stops the unit either way. A replica that ends meanwhile by itself, or by somebody who does not wait
 * for this, may have another one started in its slot, which is left alone.
 */
export const drainReplica = async (ports: Ports, { site, slot }: Replica, options: DrainOptions): Promise<void> => {
  const run = namedRun(site, ports, options.emit);
  const startedAt = ports.clock.monotonicMs();
  const startOf = async () => (await ports.systemd.lastStart(replicaUnit(site, slot))).invocationId;
  try {
    const start = options.start ?? (await startOf());
    const isOwn = async () => (await startOf()) === start;
    await awaitAdmissions(run);
    await withdraw(run, slot, isOwn);
    if (!(await awaitIdle(run, slot, { timeoutMs: options.timeoutMs, isOwn }))) return;
    options.emit({ kind: 'replica-drained', slot, ms: ports.clock.monotonicMs() - startedAt });
  } catch (error) {
    if (!isError(error)) throw error;
    options.emit({ kind: 'replica-not-drained', slot, error });
  }
};

/**
 * Waits until no other replica is just being put into the balancer, but not for ever: for systemd a restart is over as soon as
 * the master is ready, and whoever restarts one replica after the other would have none that serves.
 */
const awaitAdmissions = async ({ site, ports }: NamedRun): Promise<void> => {
  const options = { intervalMs: 20, deadlineMs: ADMISSIONS_DEADLINE_MS, atDeadline: () => true };
  await poll(ports.clock, options, async () => {
    const units = await ports.systemd.glance([admitUnit(site.name, '*')]);
    return units.every(({ activeState }) => activeState !== 'activating') || undefined;
  });
};

/** Whether the replica's own web server is there, if it has one. What it answers is not asked. */
const answersHttp = async ({ paths, ports, site }: NamedRun, slot: number): Promise<boolean> => {
  const { activeState, loadState } = await ports.systemd.unit(webUnit(site.name, slot));
  if (loadState !== 'loaded' || isStopped(activeState)) return true;
  const request = { path: '/', headers: new Map([['Host', 'localhost']]) };
  return !('unanswered' in (await ports.web.get(paths.webSocket(slot), request, { deadlineMs: PING_DEADLINE_MS })));
};

export interface DrainOptions {
  /** The start of the replica that is to be drained, as systemd's invocation id; undefined: of the one that runs now. */
  readonly start?: string | undefined;
  readonly timeoutMs: number;
  readonly emit: Emit;
}

/**
 * Puts a replica into the balancer whose unit was started outside of a roll. Its release is the one that it had, which was
 * proven before, so it serves as soon as it answers.
 */
export const admitReplica = async (ports: Ports, { site, slot }: Replica, emit: Emit): Promise<void> => {
  const run = namedRun(site, ports, emit);
  const what = 'the replica to answer a ping';
  try {
    const options = { intervalMs: 50, deadlineMs: PING_DEADLINE_MS, atDeadline: notInTime(what) };
    await poll(ports.clock, options, async () => {
      try {
        await ports.fpm.ping(run.paths.socket(slot), { deadlineMs: PING_DEADLINE_MS });
        return (await answersHttp(run, slot)) || undefined;
      } catch (error) {
        if (isError(error, 'fastcgi-unreachable', 'fastcgi-broken')) return undefined;
        throw error;
      }
    });
    await admit(run, slot);
    emit({ kind: 'replica-admitted', slot });
  } catch (error) {
    if (!isError(error)) throw error;
    emit({ kind: 'replica-not-admitted', slot, error });
  }
};
