import { isError, PhpZdError } from '../base/errors.ts';
import type { JobOptions, Systemd, UnitState } from '../ports/systemd.ts';
import { Bell } from './bell.ts';
import { type LineOptions, lineToSystemd } from './systemd-line.ts';
import { Manager } from './systemd-manager.ts';
import {
  activeState,
  changedAt,
  dropIns,
  fileState,
  glance,
  lastReload,
  lastStart,
  listActive,
  loadUnit,
  stale,
  toState,
  usage,
} from './systemd-units.ts';
import { within } from './within.ts';

type Job = 'start' | 'stop' | 'restart' | 'reload';

const METHODS: Readonly<Record<Job, string>> = {
  start: 'StartUnit',
  stop: 'StopUnit',
  restart: 'RestartUnit',
  reload: 'ReloadUnit',
};

/** The deadline that systemctl(1) has for a daemon-reload, which takes long with very many units. */
const RELOAD_DEADLINE_MS = 180_000;

/** The D-Bus errors of a kill that found no process: the unit has no main process, or it ended just now (ESRCH). */
const NO_PROCESS: readonly unknown[] = [
  'org.freedesktop.systemd1.NoSuchProcess',
  'org.freedesktop.DBus.Error.UnixProcessIdUnknown',
];

/** The real systemd. Connects when first asked something. */
export const makeSystemd = (options: LineOptions = {}): Systemd => {
  const line = lineToSystemd(options);
  const manager = new Manager(line);
  return {
    start: (unit, limits) => run(manager, 'start', unit, limits),
    stop: (unit, limits) => stop(manager, unit, limits),
    restart: (unit, limits) => run(manager, 'restart', unit, limits),
    reload: (unit, limits) => run(manager, 'reload', unit, limits),
    daemonReload: async () => {
      await manager.ask({ member: 'Reload', answer: '', deadlineMs: RELOAD_DEADLINE_MS });
    },
    kill: (unit, signal) => kill(manager, unit, signal),
    resetFailed: unit => resetFailed(manager, unit),
    unit: async unit => toState(unit, await manager.properties(await loadUnit(manager, unit), { unit })),
    fileState: unit => fileState(manager, unit),
    activeState: unit => activeState(manager, unit),
    glance: patterns => glance(manager, patterns),
    stale: patterns => stale(manager, patterns),
    lastStart: unit => lastStart(manager, unit),
    usage: unit => usage(manager, unit),
    lastReload: unit => lastReload(manager, unit),
    changedAt: unit => changedAt(manager, unit),
    dropIns: unit => dropIns(manager, unit),
    units: async pattern => (await listActive(manager, [pattern])).map(({ unit }) => unit),
    watch: (unit, listener, signal) => watch(manager, { unit, listener, signal }),
    version: async () => Number.parseInt(await manager.version(), 10),
    close: () => line.close(),
  };
};

/** Stops a unit. systemd knows a stopped unit only while something else keeps it in memory, so an unknown one is stopped. */
const stop = async (manager: Manager, unit: string, limits?: JobOptions): Promise<void> => {
  try {
    await run(manager, 'stop', unit, limits);
  } catch (error) {
    if (!isError(error, 'unit-unknown')) throw error;
    const properties = await manager.properties(await loadUnit(manager, unit), { unit }, limits?.signal);
    if (toState(unit, properties).loadState === 'not-found') throw error;
  }
};

const kill = async (manager: Manager, unit: string, signal: number): Promise<void> => {
  try {
    await manager.ask({ member: 'KillUnit', signature: 'ssi', body: [unit, 'main', signal], answer: '', unit });
  } catch (error) {
    if (isError(error, 'unit-unknown')) return; // not in memory: it does not run
    const isGone = isError(error, 'systemd-refused') && NO_PROCESS.includes(error.facts.name);
    if (!isGone) throw error;
  }
};

const resetFailed = async (manager: Manager, unit: string): Promise<void> => {
  try {
    await manager.ask({ member: 'ResetFailedUnit', signature: 's', body: [unit], answer: '', unit });
  } catch (error) {
    if (!isError(error, 'unit-unknown')) throw error; // not in memory: it has not failed
  }
};

const run = async (manager: Manager, job: Job, unit: string, options: JobOptions = {}) => {
  const { signal, deadlineMs, until, isAlone } = options;
  if (signal?.aborted) throw new PhpZdError('aborted', {}, signal.reason);
  if (until === 'queued') return void (await askFor(manager, { job, unit, signal, isAlone }));
  const over = new AbortController();
  try {
    const bounds = { what: `the ${job} of ${unit}`, deadlineMs, signal, facts: { unit } };
    const result = await within(bounds, awaitJob(manager, { job, unit, signal: over.signal, isAlone }));
    if (result !== 'done') throw new PhpZdError('job-failed', { unit, job, result });
  } finally {
    over.abort();
  }
};

interface Asked<Signal = AbortSignal> {
  readonly job: Job;
  readonly unit: string;
  readonly signal: Signal;
  readonly isAlone: boolean | undefined;
}

/** Asks systemd for the job, and gives the job's D-Bus path. A stop spreads to others by requirements alone. */
const askFor = (manager: Manager, { job, unit, signal, isAlone }: Asked<AbortSignal | undefined>) => {
  const mode = isAlone ? 'ignore-requirements' : 'replace';
  return manager.ask({ member: METHODS[job], signature: 'ss', body: [unit, mode], answer: 'o', unit, signal });
};

/**
 * Asks for a job and waits for its result. Listens before it asks (facts.md S4): a job may end before the answer that names the
 * job is read.
 */
const awaitJob = async (manager: Manager, asked: Asked): Promise<string> => {
  const { job, unit, signal } = asked;
  const bell = new Bell();
  const results = new Map<unknown, string>();
  let mayHaveMissed = false;
  signal.addEventListener('abort', () => bell.break(signal.reason));
  const stop = await manager.follow({
    jobRemoved: (path, _unit, result) => {
      results.set(path, result);
      bell.ring();
    },
    jobNew: () => {},
    mayHaveMissed: () => {
      mayHaveMissed = true;
      bell.ring();
    },
    lost: error => bell.break(error),
  });
  try {
    const [path] = await askFor(manager, asked);
    for (; !results.has(path); await bell.heard()) {
      if (!mayHaveMissed) continue;
      mayHaveMissed = false;
      if (await manager.hasJob(String(path))) continue;
      return results.get(path) ?? (await deduceResult(manager, job, unit));
    }
    return results.get(path) ?? 'done';
  } finally {
    stop();
  }
};

/** The result of a job whose end was not heard, deduced from the unit's state. */
const deduceResult = async (manager: Manager, job: Job, unit: string): Promise<string> => {
  const properties = await manager.properties(await loadUnit(manager, unit), { unit });
  const { activeState, result } = toState(unit, properties);
  const isStopped = activeState === 'inactive' || activeState === 'failed';
  if (job === 'stop') return isStopped ? 'done' : 'lost';
  if (activeState === 'failed') return 'failed';
  if (isStopped) return result === 'success' ? 'done' : 'lost'; // a oneshot that has run
  if (job === 'reload') return properties['ReloadResult']?.value === 'success' ? 'done' : 'failed';
  return activeState === 'active' || activeState === 'reloading' ? 'done' : 'lost';
};

interface Watch {
  readonly unit: string;
  readonly listener: (state: UnitState) => void;
  readonly signal: AbortSignal;
}

const watch = async (manager: Manager, { unit, listener, signal }: Watch): Promise<void> => {
  const bell = new Bell();
  const stops: (() => void)[] = [];
  const onAbort = () => bell.ring();
  const onJob = (other: string) => other === unit && bell.ring();
  const lost = (error: PhpZdError) => bell.break(error);
  signal.addEventListener('abort', onAbort);
  try {
    stops.push(
      await manager.follow({
        jobNew: onJob,
        jobRemoved: (_job, other) => onJob(other),
        mayHaveMissed: () => bell.ring(),
        lost,
      }),
    );
    const path = await loadUnit(manager, unit);
    stops.push(await manager.onChange(path, { heard: () => bell.ring(), lost }));
    for (let last = ''; !signal.aborted; await bell.heard()) {
      const state = toState(unit, await manager.properties(path, { unit }, signal));
      const now = JSON.stringify({ ...state, memoryBytes: 0, cpuMs: 0 }); // one change has a signal for each interface it touches
      if (now !== last) listener(state);
      last = now;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    for (const stop of stops) stop();
  }
};
