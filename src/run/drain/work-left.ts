import type { Blocker } from '../../base/blocker.ts';
import { replicaUnit } from '../../base/paths.ts';
import { askBalancer, withBalancer } from '../ask/balancer.ts';
import { blockersIn } from '../ask/blocker.ts';
import { askFpm } from '../ask/fpm.ts';
import type { Hosted } from '../site/site-run.ts';

const FPM_DEADLINE_MS = 2_000;

/** What a replica still has to do, as HAProxy, the kernel and PHP-FPM see it. */
export interface WorkLeft {
  /** HAProxy's current worker; 0 when there is none. */
  readonly worker: number;
  /** Requests that HAProxy has at the replica, over all of its workers (facts.md H7). */
  readonly sessions: number;
  /** Connections in the replica's accept queue, which FPM has not accepted yet (facts.md F5). */
  readonly waiting: number;
  /** Children at work, also after they have answered (facts.md F4). */
  readonly active: number;
  /** The children at work. */
  readonly blockers: readonly Blocker[];
}

export const isIdle = (load: WorkLeft): boolean => load.sessions === 0 && load.waiting === 0 && load.active === 0;

/** The number of requests that the replica has. HAProxy and FPM see the same ones, so the two are not added up. */
export const busyOf = ({ sessions, active, waiting }: WorkLeft): number => Math.max(sessions, active) + waiting;

/**
 * Looks at HAProxy, then at the accept queue, then at the children. A request takes the same way, so one that moves on in
 * between is met at the next place.
 */
export const observeWorkLeft = async (hosted: Hosted, slot: number): Promise<WorkLeft> => {
  const { worker, sessions } = await sessionsOf(hosted, slot);
  const waiting = await hosted.ports.acceptQueue.waiting(hosted.paths.socket(slot));
  const { active, blockers } = await childrenAtWork(hosted, slot);
  return { worker, sessions, waiting, active, blockers };
};

/**
 * The sessions in HAProxy. A HAProxy that is away has none, since they ended with it; when it comes back, the next round asks
 * it.
 */
const sessionsOf = async ({ site, ports }: Hosted, slot: number) => {
  const ask = () => ports.balancer.sessions(site.name, String(slot));
  return (await askBalancer(() => withBalancer(ports.clock, ask))) ?? { worker: 0, sessions: 0 };
};

const childrenAtWork = async (hosted: Hosted, slot: number): Promise<Pick<WorkLeft, 'active' | 'blockers'>> => {
  const status = await askFpm(hosted, slot, FPM_DEADLINE_MS);
  if (status !== undefined) {
    return { active: status.activeProcesses, blockers: blockersIn(status.processes) };
  }
  const { activeState } = await hosted.ports.systemd.unit(replicaUnit(hosted.site.name, slot));
  // A replica that does not run has no work. One that runs and does not answer counts as busy: it answers again, or the drain
  // comes to its deadline.
  return { active: activeState === 'active' || activeState === 'deactivating' ? 1 : 0, blockers: [] };
};
