import type { WorseReason } from '../../base/error-reasons.ts';
import { PhpZdError } from '../../base/errors.ts';
import { replicaUnit } from '../../base/paths.ts';
import type { ServerState } from '../../ports/balancer.ts';
import type { UnitState } from '../../ports/systemd.ts';
import { withBalancer } from '../ask/balancer.ts';
import { poll } from '../ask/poll.ts';
import type { Hosted } from '../site/site-run.ts';

const INTERVAL_MS = 200;

/** What of a replica can get worse, at one instant. */
interface Condition {
  readonly slot: number;
  readonly unit: UnitState;
  readonly server: ServerState | undefined;
}

/**
 * Watches serving replicas for `ms`. Rejects with `replica-worse` as soon as one of them has crashed, is down in HAProxy's
 * eyes, or has refused or broken off a request. The counts of two processes of HAProxy are not compared with each other.
 */
export const bake = async (hosted: Hosted, slots: readonly number[], ms: number): Promise<void> => {
  let before: readonly Condition[] = [];
  const options = { intervalMs: Math.min(INTERVAL_MS, ms), deadlineMs: ms, atDeadline: () => undefined };
  await poll(hosted.ports.clock, options, async () => {
    const now = await lookAt(hosted, slots);
    for (const condition of now) {
      const reason = complaintOf(before.find(({ slot }) => slot === condition.slot) ?? condition, condition);
      if (reason !== undefined) throw new PhpZdError('replica-worse', { replica: condition.slot, reason });
    }
    before = now;
    return undefined;
  });
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
  const [errorsBefore, errorsNow] = [errorsOf(before.server), errorsOf(now.server)];
  // With fewer errors than before, another process of HAProxy counts, from zero.
  const requests = errorsNow < errorsBefore ? errorsNow : errorsNow - errorsBefore;
  return requests > 0 ? { kind: 'failed', requests } : undefined;
};

const errorsOf = (server: ServerState | undefined): number =>
  server === undefined ? 0 : server.counters.connectionErrors + server.counters.responseErrors;
