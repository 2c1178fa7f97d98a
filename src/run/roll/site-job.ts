import { isError, PhpZdError } from '../../base/errors.ts';
import { replicaUnit, siteUnit } from '../../base/paths.ts';
import type { Place } from '../../ports/files.ts';
import type { UnitState } from '../../ports/systemd.ts';
import { isStopped, isToBeTriedAgain, isUnderWay } from '../ask/unit-states.ts';
import { type LastRoll, readLastRoll } from '../record/last-roll.ts';
import { readRollLog } from '../record/roll-log.ts';
import type { Ports } from '../site/ports.ts';
import type { Hosted, NamedRun } from '../site/site-run.ts';
import { stopSite } from './stop.ts';
import { askAsPromoted, forgetAsPromoted } from './to-roll.ts';

export type SiteAction = 'start' | 'stop' | 'restart' | 'reload';

/** What asking systemd for a job on a site came to. */
export type SiteJobEnd =
  | { readonly kind: 'done' }
  /** Nothing was asked: the site is stopped, or started, already. */
  | { readonly kind: 'needless'; readonly action: 'stop' | 'start' }
  /** systemd has the job; nobody waits for its end. */
  | { readonly kind: 'queued' }
  /** Whoever waited for the end went away; systemd goes on with the job. */
  | { readonly kind: 'left' }
  | { readonly kind: 'roll-failed'; readonly roll: LastRoll }
  /** A job that is no roll failed, or one that ended before its roll began. */
  | { readonly kind: 'job-failed'; readonly error: PhpZdError<'job-failed'> };

/** What the units of a site say from some moment on. */
export interface Followed {
  readonly site: string;
  /** The place in the log up to which entries are known. */
  readonly after: Place | undefined;
  /** Whether the entries in the log are another roll's. */
  readonly isOther: boolean;
}

export interface SiteJob {
  readonly action: SiteAction;
  readonly isAwaited: boolean;
  /** Whether a reload goes to what was promoted, and not to what the link names. */
  readonly isAsPromoted?: boolean;
  readonly signal: AbortSignal;
  /** Called right before systemd is asked. */
  readonly asking: () => Promise<void>;
  /** Shows what is said until the job is over, however that ends. */
  readonly show: (followed: Followed, job: Promise<unknown>) => Promise<void>;
}

/**
 * Asks systemd for the job and waits for its end. systemd queues what is asked for meanwhile, so two rolls never meet. Rejects
 * with `not-started`, and as systemd refuses.
 */
export const runSiteJob = async (run: NamedRun, job: SiteJob): Promise<SiteJobEnd> => {
  const { site, ports } = run;
  const { action, signal } = job;
  const unit = await ports.systemd.unit(siteUnit(site.name));
  const { activeState } = unit;
  requireReloadable(site.name, action, unit);
  if (action === 'stop' && isToBeTriedAgain(unit.subState)) {
    // systemd runs no ExecStopPost= then, and what a failed start left goes on running.
    await ports.systemd.stop(siteUnit(site.name));
    await stopLeftovers(run);
    return { kind: 'done' };
  }
  // For systemd a unit that failed is stopped: it would leave alone what still runs of the site.
  if (action === 'stop' && isStopped(activeState))
    return (await stopLeftovers(run)) ? { kind: 'done' } : { kind: 'needless', action };
  if (action === 'start' && (activeState === 'active' || activeState === 'reloading'))
    return { kind: 'needless', action };
  if (!job.isAwaited) {
    await ask(run, job);
    await ports.systemd[action](siteUnit(site.name), { signal, until: 'queued' });
    return { kind: 'queued' };
  }
  return await awaitJob(run, job, action === 'reload' && activeState === 'reloading');
};

/** Whether the site is started and each of its replicas was stopped, or failed. */
export const hasNoReplicas = async ({ systemd }: Pick<Ports, 'systemd'>, site: string): Promise<boolean> => {
  if ((await systemd.activeState(siteUnit(site))) !== 'active') return false;
  return (await systemd.glance([replicaUnit(site, '*')])).every(({ activeState }) => isStopped(activeState));
};

/** One reload is asked for in the place of another that waits: what the later one is to go to counts. */
const ask = async (run: NamedRun, { action, isAsPromoted, asking }: SiteJob): Promise<void> => {
  await asking();
  if (action !== 'reload') return;
  if (isAsPromoted) await askAsPromoted(run);
  else if (run.ports.isRoot) await forgetAsPromoted(run);
};

const awaitJob = async (run: NamedRun, asked: SiteJob, isOther: boolean) => {
  const { site, ports } = run;
  const { action, signal, show } = asked;
  const before = await readLastRoll(run);
  const after = (await readRollLog(ports.files, site.name))?.place;
  const ran: Starts = action === 'restart' ? await startsOf(run) : new Map();
  await ask(run, asked);
  const job = ports.systemd[action](siteUnit(site.name), { signal });
  await show({ site: site.name, after, isOther }, job);
  try {
    await job;
    // For systemd the job of a stop is done also where the unit could not stop what runs of the site. Somebody may have started it since.
    if (action === 'stop' && isStopped(await ports.systemd.activeState(siteUnit(site.name)))) await stopLeftovers(run);
    if (action === 'restart') requireRestarted(ran, await startsOf(run));
    return { kind: 'done' } as const;
  } catch (error) {
    if (isError(error, 'aborted')) return { kind: 'left' } as const;
    if (asked.isAsPromoted) await forgetAsPromoted(run);
    if (!isError(error, 'job-failed')) throw error;
    return await endOfFailure(run, { action, error, before });
  }
};

/** Stops what runs of the site while its unit does not. Whether there was any: a replica that is failed runs no more. */
const stopLeftovers = async ({ site, ports, emit }: NamedRun): Promise<boolean> => {
  const left = await ports.systemd.glance([replicaUnit(site.name, '*')]);
  if (left.every(({ activeState }) => isStopped(activeState))) return false;
  await stopSite(ports, site.name, emit);
  return true;
};

type Starts = ReadonlyMap<string, string>;

/** Which start of each replica runs. */
const startsOf = async ({ site, ports: { systemd } }: NamedRun): Promise<Starts> => {
  const units = await systemd.units(replicaUnit(site.name, '*'));
  return new Map(
    await Promise.all(units.map(async unit => [unit, (await systemd.lastStart(unit)).invocationId] as const)),
  );
};

/** A restart that could not stop replicas goes on to its start, which leaves alone what runs. */
const requireRestarted = (before: Starts, now: Starts): void => {
  for (const [unit, start] of before)
    if (now.get(unit) === start) throw new PhpZdError('job-failed', { unit, job: 'restart', result: 'failed' });
};

interface Failure {
  readonly action: SiteAction;
  readonly error: PhpZdError<'job-failed'>;
  /** The last roll before the job was asked for. */
  readonly before: LastRoll | undefined;
}

const endOfFailure = async (run: NamedRun, { action, error, before }: Failure): Promise<SiteJobEnd> => {
  const { site, ports } = run;
  requireReloadable(site.name, action, await ports.systemd.unit(siteUnit(site.name)));
  const roll = await readLastRoll(run);
  const isOfThis = action === 'reload' && roll !== undefined && roll.id !== before?.id;
  // A stop took the place of the reload: what the roll left is put right by the stop, which has not recorded it yet.
  const isCutShort = error.facts.result === 'canceled' && roll?.outcome === undefined;
  return isOfThis && !isCutShort ? { kind: 'roll-failed', roll } : { kind: 'job-failed', error };
};

const requireReloadable = (site: string, action: SiteAction, unit: UnitState): void => {
  if (action !== 'reload') return;
  if (isStopped(unit.activeState) || isToBeTriedAgain(unit.subState)) throw new PhpZdError('not-started', { site });
};

/** How a job ended that somebody else had asked for. `began` and `ended` are systemd's words for the site's unit. */
export const endOfFollowed = async (hosted: Hosted, began: string, ended: string): Promise<SiteJobEnd> => {
  if (began === 'reloading') {
    const roll = await readLastRoll(hosted);
    return roll === undefined || roll.outcome === 'rolled' ? { kind: 'done' } : { kind: 'roll-failed', roll };
  }
  if (began === 'deactivating' || ended === 'active' || isUnderWay(ended)) return { kind: 'done' };
  const facts = { unit: siteUnit(hosted.site.name), job: 'start', result: ended } as const;
  return { kind: 'job-failed', error: new PhpZdError('job-failed', facts) };
};
