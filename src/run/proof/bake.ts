import type { WorseReason } from '../../base/error-reasons.ts';
import { PhpZdError } from '../../base/errors.ts';
import { replicaUnit } from '../../base/paths.ts';
import type { ServerState } from '../../ports/balancer.ts';
import type { UnitState } from '../../ports/systemd.ts';
import { askBalancer, withBalancer } from '../ask/balancer.ts';
import { poll } from '../ask/poll.ts';
import { AnswerMeter, minus } from '../record/answer-meter.ts';
import type { Hosted, SiteRun } from '../site/site-run.ts';
import { findWorse, isEnough } from './compare.ts';

const INTERVAL_MS = 200;

/** What of a replica can get worse, at one instant. */
interface Condition {
  readonly slot: number;
  readonly unit: UnitState;
  readonly server: ServerState | undefined;
}

/** What is watched, and how long. */
export interface Watch {
  readonly slots: readonly number[];
  readonly ms: number;
  /** The replicas that the watched ones are compared with, as far as the site file asks for it. */
  readonly against?: readonly number[];
}

/**
 * Watches serving replicas. Rejects with `replica-worse` as soon as one of them has crashed, is down in HAProxy's eyes, has refused or
 * broken off a request, or answers worse than those that it is to replace. The counts of two processes of HAProxy are not compared with
 * each other. `meter` has counted the answers of the old replicas since the roll began.
 */
export const bake = async (run: SiteRun, watch: Watch, meter = new AnswerMeter()): Promise<void> => {
  let before: readonly Condition[] = [];
  const compare = await comparison(run, watch, meter);
  const options = { intervalMs: Math.min(INTERVAL_MS, watch.ms), deadlineMs: watch.ms, atDeadline: () => undefined };
  await poll(run.ports.clock, options, async () => {
    const now = await lookAt(run, watch.slots);
    for (const condition of now) {
      const reason = complaintOf(before.find(({ slot }) => slot === condition.slot) ?? condition, condition);
      if (reason !== undefined) throw new PhpZdError('replica-worse', { replica: condition.slot, reason });
    }
    before = now;
    await compare?.look();
    return undefined;
  });
  compare?.tell();
};

/** The comparison of the watched replicas with the old ones, from now on. Undefined where there is nothing to compare with. */
const comparison = async (run: SiteRun, { slots, against = [] }: Watch, meter: AnswerMeter) => {
  const { bakeErrors: errors, bakeLatency: latency } = run.site;
  const [replica, ...others] = slots;
  if (against.length === 0 || replica === undefined) return undefined;
  await readAnswers(run, meter, [...slots, ...against]);
  const [freshBefore, oldBefore] = [meter.of(slots), meter.of(against)];
  const answers = () => {
    const fresh = minus(meter.of(slots), freshBefore);
    const meanwhile = minus(meter.of(against), oldBefore);
    // After a switch the old ones answer no more: then what they did before it counts, as it does where they had little to do.
    return { fresh, old: isEnough(fresh, meanwhile) ? meanwhile : meter.of(against) };
  };
  return {
    look: async () => {
      await readAnswers(run, meter, [...slots, ...against]);
      const { fresh, old } = answers();
      const reason = findWorse(fresh, old, { errors, latency });
      if (reason === undefined) return;
      const more = { site: run.site.name, ...(others.length > 0 && { others }) };
      throw new PhpZdError('replica-worse', { replica, reason, ...more });
    },
    tell: () => {
      const { fresh, old } = answers();
      run.emit({ kind: 'compared', slots, against, fresh, old, isEnough: isEnough(fresh, old) });
    },
  };
};

/** HAProxy that does not answer for a moment, as in a reload, is asked again by the next look. */
export const readAnswers = async (
  { site, ports }: Hosted,
  meter: AnswerMeter,
  slots: readonly number[],
): Promise<void> => {
  const reading = await askBalancer(() => ports.balancer.serverAnswers(site.name, slots.map(String)));
  if (reading !== undefined) meter.read(reading);
};

const lookAt = async ({ site, ports }: Hosted, slots: readonly number[]): Promise<readonly Condition[]> => {
  const servers = await withBalancer(ports.clock, () => ports.balancer.servers(site.name));
  return await Promise.all(
    slots.map(async slot => ({
      slot,
      unit: await ports.systemd.unit(replicaUnit(site.name, slot)),
      server: servers.find(({ server }) => server === String(slot)),
    })),
  );
};

const complaintOf = (before: Condition, now: Condition): WorseReason | undefined => {
  if (now.unit.activeState !== 'active' || now.unit.mainPid !== before.unit.mainPid) return { kind: 'crashed' };
  if (now.server?.isUp === false) return { kind: 'down', status: now.server.status };
  const errorsBefore = errorsOf(before.server);
  const requests = [...errorsOf(now.server)].reduce(
    (sum, [process, errors]) => sum + newErrors(errorsBefore.get(process) ?? errors, errors),
    0,
  );
  return requests > 0 ? { kind: 'failed', requests } : undefined;
};

/** With fewer errors than before, another process of HAProxy counts, from zero. */
const newErrors = (before: number, now: number): number => (now < before ? now : now - before);

/** Of each process that balances the site; of a single one without a name. */
const errorsOf = (server: ServerState | undefined): ReadonlyMap<string, number> => {
  const counted = server === undefined ? [] : [...(server.processes ?? [['', server.counters] as const])];
  return new Map(
    counted.map(([process, { connectionErrors, responseErrors }]) => [process, connectionErrors + responseErrors]),
  );
};
