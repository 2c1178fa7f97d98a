import { isError } from '../base/errors.ts';
import { replicaUnit, siteUnit } from '../base/paths.ts';
import { isServing, type ObservedSlot } from '../plan/observed.ts';
import type { UnitState } from '../ports/systemd.ts';
import { type LastRoll, readLastRoll } from './last-roll.ts';
import { observeSite } from './observe.ts';
import type { SiteRun } from './site-run.ts';

/** A site at one instant, as an operator asks for it. Times are milliseconds since 1970. */
export interface SiteStatus {
  readonly site: string;
  /** systemd's word for php-zd@SITE.service. */
  readonly unit: string;
  /** What the site's link names now, links followed; undefined when it names no directory. */
  readonly linked: string | undefined;
  readonly promoted: string | undefined;
  readonly replicas: readonly ReplicaStatus[];
  readonly wanted: number;
  readonly serving: number;
  readonly lastRoll: LastRoll | undefined;
}

export interface ReplicaStatus extends ObservedSlot {
  readonly isServing: boolean;
  readonly since: number | undefined;
  readonly restarts: number;
  readonly memoryBytes: number | undefined;
  /** Children at work and idle; undefined when FPM does not say. */
  readonly busy: number | undefined;
  readonly idle: number | undefined;
}

const FPM_DEADLINE_MS = 1_000;

export const observeStatus = async (run: SiteRun): Promise<SiteStatus> => {
  const { site, ports } = run;
  const [observed, unit, linked, lastRoll] = await Promise.all([
    observeSite(run),
    ports.systemd.unit(siteUnit(site.name)),
    ports.files.resolve(site.release),
    readLastRoll(run),
  ]);
  const replicas = await Promise.all(observed.slots.map(slot => observeReplica(run, slot)));
  return {
    site: site.name,
    unit: unit.activeState,
    linked,
    promoted: observed.promoted,
    replicas,
    wanted: site.replicas,
    serving: replicas.filter(replica => replica.isServing).length,
    lastRoll,
  };
};

/** Every replica that the site should have serves, the promoted release, which is still there, and nothing else runs. */
export const isFullyServing = ({ replicas, wanted, serving, promoted }: SiteStatus): boolean =>
  serving === wanted &&
  replicas.every(({ isServing, isRunningPin, pin }) => !isServing || (isRunningPin && pin === promoted));

const observeReplica = async (run: SiteRun, slot: ObservedSlot): Promise<ReplicaStatus> => {
  const unit = await run.ports.systemd.unit(replicaUnit(run.site.name, slot.slot));
  return { ...slot, isServing: isServing(slot), ...timesOf(unit), ...(await childrenOf(run, slot.slot, unit)) };
};

const timesOf = ({ activeSince, restarts, memoryBytes }: UnitState) => ({ since: activeSince, restarts, memoryBytes });

const childrenOf = async ({ paths, ports }: SiteRun, slot: number, { mainPid }: UnitState) => {
  if (mainPid === 0) return { busy: undefined, idle: undefined };
  try {
    const status = await ports.fpm.status(paths.statusSocket(slot), { deadlineMs: FPM_DEADLINE_MS });
    return { busy: status.activeProcesses, idle: status.idleProcesses };
  } catch (error) {
    if (isError(error, 'fastcgi-unreachable', 'fastcgi-broken', 'deadline'))
      return { busy: undefined, idle: undefined };
    throw error;
  }
};
