import type { Blocker } from '../../base/blocker.ts';
import type { LeftProcess } from '../../base/left-process.ts';
import { replicaUnit } from '../../base/paths.ts';
import { askBalancer, withBalancer } from '../ask/balancer.ts';
import { blockersIn } from '../ask/blocker.ts';
import { askFpm } from '../ask/fpm.ts';
import { isGone } from '../ask/front-link.ts';
import { observeLeftBehind } from '../ask/left-behind.ts';
import type { Hosted } from '../site/site-run.ts';

const FPM_DEADLINE_MS = 2_000;

/** The requests that a replica still has, as HAProxy, the kernel and PHP-FPM see them. */
export interface RequestsLeft {
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

/** All that a replica still has to do. */
export interface WorkLeft extends RequestsLeft {
  /** What its requests have left running. Nobody looks for them as long as there are requests, which may start more. */
  readonly processes: readonly LeftProcess[];
}

export const hasNoRequests = ({ sessions, waiting, active }: RequestsLeft): boolean =>
  sessions === 0 && waiting === 0 && active === 0;

export const isIdle = (load: WorkLeft): boolean => hasNoRequests(load) && load.processes.length === 0;

/** The number of requests that the replica has. HAProxy and FPM see the same ones, so the two are not added up. */
export const busyOf = ({ sessions, active, waiting }: RequestsLeft): number => Math.max(sessions, active) + waiting;

/**
 * Looks at HAProxy, then at the accept queue, then at the children. A request takes the same way, so one that moves on in
 * between is met at the next place.
 */
export const observeRequests = async (hosted: Hosted, slot: number): Promise<RequestsLeft> => {
  const { worker, sessions } = await sessionsOf(hosted, slot);
  const { acceptQueue } = hosted.ports;
  // Of a replica without a web server of its own there is no such socket.
  const ofWeb = await acceptQueue.waiting(hosted.paths.webSocket(slot));
  const waiting = ofWeb + (await acceptQueue.waiting(hosted.paths.socket(slot)));
  const { active, blockers } = await childrenAtWork(hosted, slot);
  return { worker, sessions, waiting, active, blockers };
};

/** As `observeRequests`, and what no request is at any more. */
export const observeWorkLeft = async (hosted: Hosted, slot: number): Promise<WorkLeft> => {
  const requests = await observeRequests(hosted, slot);
  return { ...requests, processes: hasNoRequests(requests) ? await observeLeftBehind(hosted, slot) : [] };
};

/**
 * As `observeWorkLeft`, of HAProxy and the children alone: to look at the queue takes a process. For a look that another one comes after:
 * what waits in the queue is there then, or at work.
 */
export const glanceAtWorkLeft = async (hosted: Hosted, slot: number): Promise<WorkLeft> => {
  const { worker, sessions } = await sessionsOf(hosted, slot);
  const { active, blockers } = await childrenAtWork(hosted, slot);
  return { worker, sessions, waiting: 0, active, blockers, processes: [] };
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
  // Without that socket nobody hears of the children any more, and HAProxy alone tells. A stop lets those at work end (SIGQUIT).
  if (await isGone(hosted.ports, hosted.paths.statusSocket(slot))) return { active: 0, blockers: [] };
  const activeState = await hosted.ports.systemd.activeState(replicaUnit(hosted.site.name, slot));
  // A replica that does not run has no work. One that runs and does not answer counts as busy: it answers again, or the drain
  // comes to its deadline.
  return { active: activeState === 'active' || activeState === 'deactivating' ? 1 : 0, blockers: [] };
};
