import { replicaUnit, siteUnit } from '../base/paths.ts';
import { isServing, type ObservedSlot } from '../plan/observed.ts';
import type { FpmProcess } from '../ports/php-fpm.ts';
import type { UnitState } from '../ports/systemd.ts';
import { askFpm } from './ask-fpm.ts';
import { formatBlocker } from './drain/await-idle.ts';
import { loadPromoted, releaseOf } from './generation/generation.ts';
import { observeSite } from './observe.ts';
import { readHistory } from './record/history.ts';
import { type LastRoll, readLastRoll } from './record/last-roll.ts';
import type { Receipt } from './record/receipt.ts';
import type { SiteRun } from './site-run.ts';

/** A site at one instant, as an operator asks for it. Times are milliseconds since 1970. */
export interface SiteStatus {
  readonly site: string;
  /** systemd's word for php-zd@SITE.service. */
  readonly unit: string;
  /** What the site's link names now, links followed; undefined when it names no directory. */
  readonly linked: string | undefined;
  readonly promoted: string | undefined;
  /** What a rollback would go to. */
  readonly previous: string | undefined;
  /** The promoted release with its configuration. */
  readonly generation: string | undefined;
  readonly replicas: readonly ReplicaStatus[];
  readonly wanted: number;
  readonly serving: number;
  readonly lastRoll: LastRoll | undefined;
  /** What the last roll cost; undefined when it is not over, was refused, or there was none. */
  readonly lastReceipt: Receipt | undefined;
}

export interface ReplicaStatus extends ObservedSlot {
  readonly isServing: boolean;
  readonly since: number | undefined;
  readonly restarts: number;
  readonly memoryBytes: number | undefined;
  /** Children at work and idle; undefined when FPM does not say. */
  readonly busy: number | undefined;
  readonly idle: number | undefined;
  /** What a parked one still has to do, in words; of any other, and when FPM does not say, nothing. */
  readonly blockers: readonly string[];
}

const FPM_DEADLINE_MS = 1_000;

export const observeStatus = async (run: SiteRun): Promise<SiteStatus> => {
  const { site, ports } = run;
  const [observed, promoted, unit, linked, lastRoll, history] = await Promise.all([
    observeSite(run),
    loadPromoted(run),
    ports.systemd.unit(siteUnit(site.name)),
    ports.files.resolve(site.release),
    readLastRoll(run),
    readHistory(run),
  ]);
  const inUse = observed.slots.filter(({ unit, pin }) => unit !== 'inactive' || pin !== undefined);
  const replicas = await Promise.all(inUse.map(slot => observeReplica(run, slot)));
  return {
    site: site.name,
    unit: unit.activeState,
    linked,
    promoted: await releaseOf(run, observed.promoted),
    previous: await releaseOf(run, observed.previous),
    generation: observed.promoted,
    replicas,
    // What runs was made from what was promoted; the file may say something else that no roll has brought yet.
    wanted: (promoted?.site ?? site).replicas,
    serving: replicas.filter(replica => replica.isServing).length,
    lastRoll,
    lastReceipt: history.findLast(({ id }) => id === lastRoll?.id)?.receipt,
  };
};

/**
 * As many replicas serve as should; between rolls also not more, and all of them the promoted generation, whose release is still
 * there.
 */
export const isFullyServing = ({ unit, replicas, wanted, serving, generation }: SiteStatus): boolean => {
  if (unit === 'reloading') return serving >= wanted;
  const isRight = ({ isRunningPin, pin }: ReplicaStatus) => isRunningPin && pin === generation;
  return serving === wanted && replicas.every(replica => !replica.isServing || isRight(replica));
};

const observeReplica = async (run: SiteRun, slot: ObservedSlot): Promise<ReplicaStatus> => {
  const unit = await run.ports.systemd.unit(replicaUnit(run.site.name, slot.slot));
  const fpm = unit.mainPid === 0 ? undefined : await askFpm(run, slot.slot, FPM_DEADLINE_MS);
  return {
    ...slot,
    isServing: isServing(slot),
    ...timesOf(unit),
    busy: fpm?.activeProcesses,
    idle: fpm?.idleProcesses,
    blockers: slot.hold === 'parked' ? blockersOf(fpm?.processes ?? []) : [],
  };
};

const timesOf = ({ activeSince, restarts, memoryBytes }: UnitState) => ({ since: activeSince, restarts, memoryBytes });

const blockersOf = (processes: readonly FpmProcess[]): readonly string[] =>
  processes.filter(({ state }) => state !== 'Idle').map(formatBlocker);
