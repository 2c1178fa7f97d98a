import { within } from '../../src/adapters/within.ts';
import { PhpZdError } from '../../src/base/errors.ts';
import type { JobOptions, Systemd, UnitGlance, UnitStart, UnitState, UnitUsage } from '../../src/ports/systemd.ts';

/**
 * Called while the job runs. Gives, or resolves with, the job's result in systemd's words (`failed`, `timeout`, ...); undefined
 * is `done`, and `exit 78` is `failed` by a main process that ended so.
 */
export type FakeJob = (unit: string) => unknown;

export interface FakeUnitOptions {
  /** Whether the unit is a `Type=oneshot` that is inactive again once it has run. */
  readonly isOneshot?: boolean;
  readonly isMasked?: boolean;
  /** What is said of the file of a unit that is not masked; `static` unless written. */
  readonly fileState?: string;
  /** Stops with this unit (PartOf= of systemd.unit(5)). */
  readonly partOf?: string;
  readonly dropIns?: readonly string[];
  readonly onStart?: FakeJob;
  readonly onStop?: FakeJob;
  /** What the unit's reload does; undefined for a unit that cannot reload. */
  readonly onReload?: FakeJob;
  /** Called when the unit's main process gets a signal, before the signal takes effect. */
  readonly onKill?: (unit: string, signal: number) => void;
}

type JobKind = 'start' | 'stop' | 'restart' | 'reload';

interface FakeUnit {
  state: UnitState;
  /** The job that is under way. */
  current: { readonly job: JobKind; readonly result: Promise<string>; cancel(): void } | undefined;
}

/** systemd in memory. A job takes as long as its hook does. A unit `name@.service` stands for all its instances. */
export class FakeSystemd implements Systemd {
  /** What systemd was asked to do, in order: `start php-zd-fpm-shop@1.service`, `daemon-reload`. */
  readonly asked: string[] = [];
  readonly #files = new Map<string, FakeUnitOptions>();
  readonly #units = new Map<string, FakeUnit>();
  readonly #watchers = new Set<{ readonly unit: string; changed(): void }>();
  readonly #version: number;
  readonly #waiting = new Set<(error: PhpZdError) => void>();
  #loss: PhpZdError | undefined;
  #lastPid = 2000;
  #lastInvocation = 0;
  /** How the last reload of a unit ended, in systemd's words, where it did not end well. */
  readonly reloads = new Map<string, string>();
  readonly #changedAt = new Map<string, number>();
  #lastChange = 0;

  constructor(version = 252) {
    this.#version = version;
  }

  /** A unit file appears, or another takes its place. Known at once, as if systemd were told. */
  add(name: string, options: FakeUnitOptions = {}): void {
    this.#files.set(name, options);
    for (const [unit, { state }] of this.#units) if (state.activeState === 'inactive') this.#units.delete(unit);
  }

  /** What the world does to a unit: a crash, a STATUS=, a changed file. Watchers are told. */
  set(unit: string, change: Partial<UnitState>): void {
    const known = this.#load(unit);
    if (change.activeState !== undefined && change.activeState !== known.state.activeState) this.#noteChange(unit);
    known.state = { ...known.state, ...change };
    for (const watcher of this.#watchers) if (watcher.unit === unit) watcher.changed();
  }

  /** The bus goes away. */
  loseBus(reason = 'the bus closed the connection'): void {
    this.#loss = new PhpZdError('bus-unavailable', { address: 'fake', reason });
    for (const reject of this.#waiting) reject(this.#loss);
    this.#waiting.clear();
    this.#watchers.clear();
  }

  restoreBus(): void {
    this.#loss = undefined;
  }

  readonly start = (unit: string, options?: JobOptions): Promise<void> => this.#ask('start', unit, options);
  readonly stop = async (unit: string, options?: JobOptions): Promise<void> => {
    const parts = [...this.#files].filter(([, { partOf }]) => partOf === unit && !options?.isAlone);
    const stopped = this.#ask('stop', unit, options);
    await Promise.all([stopped, ...parts.map(([part]) => this.#run('stop', part))]);
  };
  readonly restart = (unit: string, options?: JobOptions): Promise<void> => this.#ask('restart', unit, options);
  readonly reload = (unit: string, options?: JobOptions): Promise<void> => this.#ask('reload', unit, options);

  async daemonReload(): Promise<void> {
    this.#assertBus();
    this.asked.push('daemon-reload');
    for (const unit of [...this.#units.keys()]) this.set(unit, { needDaemonReload: false });
  }

  async kill(unit: string, signal: number): Promise<void> {
    this.#assertBus();
    this.asked.push(`kill ${unit} ${signal}`);
    if (this.#load(unit).state.mainPid === 0) return;
    this.#optionsOf(unit)?.onKill?.(unit, signal);
    const end = ENDS.get(signal);
    if (end) this.set(unit, end);
  }

  async resetFailed(unit: string): Promise<void> {
    this.#assertBus();
    this.asked.push(`reset-failed ${unit}`);
    const { activeState } = this.#load(unit).state;
    if (activeState === 'failed') this.set(unit, { ...STOPPED, result: 'success' });
  }

  async unit(unit: string): Promise<UnitState> {
    this.#assertBus();
    return this.#load(unit).state;
  }

  async fileState(unit: string): Promise<string> {
    this.#assertBus();
    const options = this.#optionsOf(unit);
    if (options?.isMasked) return 'masked-runtime';
    return options === undefined ? 'not-found' : (options.fileState ?? 'static');
  }

  async activeState(unit: string): Promise<string> {
    return (await this.unit(unit)).activeState;
  }

  async stale(patterns: readonly string[]): Promise<readonly string[]> {
    this.#assertBus();
    const units = new Set(patterns.flatMap(pattern => this.#matching(pattern)));
    return [...units].filter(unit => this.#load(unit).state.needDaemonReload).sort();
  }

  async glance(patterns: readonly string[]): Promise<readonly UnitGlance[]> {
    const units = new Set((await Promise.all(patterns.map(pattern => this.units(pattern)))).flat());
    return [...units].sort().map(unit => {
      const { loadState, activeState, mainPid } = this.#load(unit).state;
      return { unit, loadState, activeState, mainPid };
    });
  }

  async lastStart(unit: string): Promise<UnitStart> {
    const { mainPid, invocationId, activeSince } = await this.unit(unit);
    return { mainPid, invocationId, activeSince };
  }

  async usage(unit: string): Promise<UnitUsage> {
    const { result, activeSince, restarts, memoryBytes, cpuMs } = await this.unit(unit);
    return { result, activeSince, restarts, memoryBytes, cpuMs };
  }

  async lastReload(unit: string): Promise<string> {
    this.#assertBus();
    return this.reloads.get(unit) ?? 'success';
  }

  async changedAt(unit: string): Promise<number> {
    this.#assertBus();
    return this.#changedAt.get(unit) ?? 0;
  }

  async dropIns(unit: string): Promise<readonly string[]> {
    this.#assertBus();
    return this.#optionsOf(unit)?.dropIns ?? [];
  }

  #noteChange(unit: string): void {
    this.#changedAt.set(unit, ++this.#lastChange);
  }

  async units(pattern: string): Promise<readonly string[]> {
    this.#assertBus();
    return this.#matching(pattern).filter(unit => this.#load(unit).state.activeState !== 'inactive');
  }

  #matching(pattern: string): readonly string[] {
    const fits = new RegExp(
      `^${pattern
        .replace(/[.+^${}()|\\]/g, '\\$&')
        .replaceAll('*', '.*')
        .replaceAll('?', '.')}$`,
    );
    return [...this.#units.keys()].filter(unit => fits.test(unit)).sort();
  }

  async watch(unit: string, listener: (state: UnitState) => void, signal: AbortSignal): Promise<void> {
    this.#assertBus();
    if (signal.aborted) return;
    await new Promise<void>((resolve, reject) => {
      let last = '';
      const changed = () => {
        const { state } = this.#load(unit);
        const now = JSON.stringify({ ...state, memoryBytes: 0, cpuMs: 0 });
        if (now === last) return;
        last = now;
        try {
          listener(state);
        } catch (error) {
          end();
          reject(error);
        }
      };
      const watcher = { unit, changed };
      this.#waiting.add(reject);
      const end = () => this.#watchers.delete(watcher);
      signal.addEventListener('abort', () => {
        end();
        resolve();
      });
      this.#watchers.add(watcher);
      changed();
    });
  }

  async version(): Promise<number> {
    this.#assertBus();
    return this.#version;
  }

  close(): void {
    this.loseBus('closed');
  }

  #assertBus(): void {
    if (this.#loss) throw this.#loss;
  }

  async #ask(job: JobKind, unit: string, { signal, deadlineMs, until }: JobOptions = {}): Promise<void> {
    this.#assertBus();
    if (signal?.aborted) throw new PhpZdError('aborted', {}, signal.reason);
    this.asked.push(`${job} ${unit}`);
    if (until === 'queued') {
      this.#assertFits(job, this.#load(unit));
      void this.#run(job, unit);
      return;
    }
    const bounds = { what: `the ${job} of ${unit}`, deadlineMs, signal, facts: { unit } };
    const result = await within(bounds, Promise.race([this.#run(job, unit), this.#lost()]));
    if (result !== 'done') throw new PhpZdError('job-failed', { unit, job, result });
  }

  #lost(): Promise<never> {
    return new Promise((_, reject) => this.#waiting.add(reject));
  }

  async #run(job: JobKind, unit: string): Promise<string> {
    const known = this.#load(unit);
    this.#assertFits(job, known);
    if (known.current?.job === job) return known.current.result;
    const { activeState } = known.state;
    if (job === 'start' && activeState === 'active') return 'done';
    if (job === 'stop' && (activeState === 'inactive' || activeState === 'failed')) return 'done';
    if (job === 'reload' && activeState !== 'active') return 'invalid';
    known.current?.cancel();
    let cancel = () => {};
    const canceled = new Promise<string>(resolve => {
      cancel = () => resolve('canceled');
    });
    const isCurrent = () => known.current === current;
    // Later than this turn, so that the hook finds the job in place.
    const result = Promise.race([Promise.resolve().then(() => this.#carryOut(job, known, isCurrent)), canceled]);
    const current = { job, result, cancel };
    known.current = current;
    try {
      return await result;
    } finally {
      if (isCurrent()) known.current = undefined;
    }
  }

  #assertFits(job: JobKind, { state: { unit, loadState } }: FakeUnit): void {
    const refuse = (name: string) => new PhpZdError('systemd-refused', { unit, name, text: name });
    if (!/^[^\s/]+\.[a-z]+$/.test(unit)) throw refuse('org.freedesktop.DBus.Error.InvalidArgs');
    if (loadState === 'not-found') throw new PhpZdError('unit-unknown', { unit });
    if (loadState === 'masked' && job !== 'stop') throw new PhpZdError('unit-masked', { unit });
    if (job === 'reload' && !this.#optionsOf(unit)?.onReload)
      throw refuse('org.freedesktop.systemd1.JobTypeNotApplicable');
  }

  /** Carries a job out. `isCurrent` is false once another job has taken its place: then the unit is left to that one. */
  async #carryOut(job: JobKind, known: FakeUnit, isCurrent: () => boolean): Promise<string> {
    const { unit, activeState } = known.state;
    const options = this.#optionsOf(unit) ?? {};
    const set = (change: Partial<UnitState>) => {
      if (isCurrent()) this.set(unit, change);
    };
    if (job === 'reload') {
      this.#noteChange(unit);
      const outcome = await outcomeOf(options.onReload, unit);
      this.reloads.set(unit, outcome === 'done' ? 'success' : 'exit-code');
      return outcome;
    }
    if (job !== 'start' && activeState !== 'inactive' && activeState !== 'failed') {
      set({ activeState: 'deactivating', subState: 'stop-sigterm' });
      const result = await outcomeOf(options.onStop, unit);
      // Failed already by what the hook did to it.
      if (known.state.activeState !== 'failed') set({ ...STOPPED, result: result === 'done' ? 'success' : result });
    }
    if (job === 'stop') return 'done';
    const invocationId = (++this.#lastInvocation).toString(16).padStart(32, '0');
    set({ activeState: 'activating', subState: 'start', statusText: '', restarts: 0, mainStatus: 0, invocationId });
    const outcome = await outcomeOf(options.onStart, unit);
    const [, status = '1'] = /^exit (\d+)$/.exec(outcome) ?? [];
    const result = outcome.startsWith('exit ') ? 'failed' : outcome;
    if (result !== 'done')
      set({ ...STOPPED, activeState: 'failed', subState: 'failed', result: 'exit-code', mainStatus: Number(status) });
    else if (options.isOneshot) set({ ...STOPPED, result: 'success' });
    else set({ ...RUNNING, mainPid: ++this.#lastPid, activeSince: Date.now(), result: 'success' });
    return result;
  }

  #optionsOf(unit: string): FakeUnitOptions | undefined {
    return this.#files.get(unit) ?? this.#files.get(templateOf(unit));
  }

  #load(unit: string): FakeUnit {
    const known = this.#units.get(unit);
    if (known) return known;
    const options = this.#optionsOf(unit);
    const loadState = options ? (options.isMasked ? 'masked' : 'loaded') : 'not-found';
    const file = this.#files.has(unit) ? unit : templateOf(unit);
    const fragmentPath = options ? `/run/systemd/system/${file}` : '';
    const loaded: FakeUnit = { state: { ...NEVER_RUN, unit, loadState, fragmentPath }, current: undefined };
    if (options) this.#units.set(unit, loaded);
    return loaded;
  }
}

const STOPPED = {
  activeState: 'inactive',
  subState: 'dead',
  mainPid: 0,
  controlPid: 0,
  activeSince: undefined,
} as const;
/** What SIGKILL and SIGTERM leave of a unit that does not come back. Other signals are the process's to understand. */
const ENDS: ReadonlyMap<number, Partial<UnitState>> = new Map([
  [9, { ...STOPPED, activeState: 'failed', subState: 'failed', result: 'signal', mainStatus: 9 }],
  [15, { ...STOPPED, result: 'success' }],
]);
const RUNNING = { activeState: 'active', subState: 'running' } as const;
const NEVER_RUN = {
  ...STOPPED,
  result: 'success',
  mainStatus: 0,
  invocationId: '',
  statusText: '',
  needDaemonReload: false,
  restarts: 0,
  memoryBytes: undefined,
  cpuMs: undefined,
} as const;

const outcomeOf = async (hook: FakeJob | undefined, unit: string): Promise<string> => {
  const result = await hook?.(unit);
  return typeof result === 'string' ? result : 'done';
};

const templateOf = (unit: string): string => unit.replace(/@[^@]*\./, '@.');
