/**
 * systemd's manager, over D-Bus: org.freedesktop.systemd1(5).
 *
 * Every method may reject with
 * - `bus-unavailable` (facts: address, reason): the bus cannot be reached, or it went away, or systemd is not on it;
 * - `bus-broken` (facts: who, reason): what systemd or the bus said cannot be read;
 * - `bus-denied` (facts: unit, name): polkit or the bus refused;
 * - `systemd-refused` (facts: unit, name, text): any other refusal, for example of a unit name that is none;
 * - `deadline` (facts: what, ms): systemd did not answer.
 *
 * A `systemctl daemon-reload` or `daemon-reexec` meanwhile is borne by all of them.
 */
export interface Systemd {
  /**
   * Resolves when the job is done: a `Type=notify` unit said READY, a oneshot has run. At once when the unit is active already.
   * Rejects with `job-failed` (facts: unit, job, result: `failed`, `timeout`, `dependency`, `canceled` (another job came),
   * `skipped`, `lost` (its end fell into a reexec, and the unit is not as it should be)), `unit-unknown`, `unit-masked`,
   * `deadline`, `aborted`. With the last two systemd goes on with the job.
   */
  start(unit: string, options?: JobOptions): Promise<void>;

  /** Resolves when the unit is stopped, however its processes ended; at once when it is stopped already. Rejects as `start`. */
  stop(unit: string, options?: JobOptions): Promise<void>;

  /** Stops the unit if it runs, and starts it. Resolves and rejects as `start`. */
  restart(unit: string, options?: JobOptions): Promise<void>;

  /**
   * Resolves when ExecReload= is through. `job-failed` with the result `failed` when that failed, `invalid` when the unit is
   * not active; `systemd-refused` when it has none. Else as `start`.
   */
  reload(unit: string, options?: JobOptions): Promise<void>;

  /** Resolves when systemd has read all unit files anew. */
  daemonReload(): Promise<void>;

  /**
   * The unit's main process gets the signal, by number (signal(7)); twice if a `daemon-reexec` falls into the call. Resolves
   * when the signal was sent, not when it took effect, which `watch` and `stop` tell. Also resolves when no process runs, and
   * for a unit that does not exist.
   */
  kill(unit: string, signal: number): Promise<void>;

  /** Afterwards the unit is not failed, and its start limit counts from zero. Also resolves for a unit that does not exist. */
  resetFailed(unit: string): Promise<void>;

  /**
   * The unit's state. systemd loads a unit that is not in memory. A unit that does not exist has the load state `not-found`: no
   * error.
   */
  unit(unit: string): Promise<UnitState>;

  /**
   * What `systemctl is-enabled` says of the unit, or of its template: `enabled`, `disabled`, `static`, `masked`, `masked-runtime`, ...
   * Loads nothing; an unknown unit is `not-found`.
   */
  fileState(unit: string): Promise<string>;

  /**
   * systemd's word for the state of the unit, at a fraction of what `unit` costs. Loads nothing: a unit that is not in memory is
   * inactive.
   */
  activeState(unit: string): Promise<string>;

  /**
   * The units that match one of the patterns and are not inactive, sorted by name, by one question and one more for each
   * service that has a process. A unit that is not among them is inactive.
   */
  glance(patterns: readonly string[]): Promise<readonly UnitGlance[]>;

  /**
   * The units in memory that match one of the patterns and whose files changed since systemd read them, sorted by name: by one question
   * and one more for each, for which systemd looks into all directories that units have files in (facts.md N102). A unit's files are
   * read when it is loaded.
   */
  stale(patterns: readonly string[]): Promise<readonly string[]>;

  /** Which start of a service runs. Of one that does not run only `invocationId` means something. Rejects as `unit`. */
  lastStart(unit: string): Promise<UnitStart>;

  /** What a service took since it was started. Of a service that does not run only `restarts` and `result` mean something. */
  usage(unit: string): Promise<UnitUsage>;

  /** systemd's word for how the last reload of a service ended: `success` before the first one too, and of a unit that is not loaded. */
  lastReload(unit: string): Promise<string>;

  /**
   * When the unit's state changed last, in microseconds of the monotonic clock; 0 before the first change. A reload begins with a change,
   * and there is none until it ends, also when systemd reads its files meanwhile.
   */
  changedAt(unit: string): Promise<number>;

  /**
   * The paths of a unit's drop-ins as systemd read them, in the order in which they hold; none of a unit that does not exist.
   */
  dropIns(unit: string): Promise<readonly string[]>;

  /** The names of the units that match a shell pattern (`php-zd-fpm-shop@*.service`) and are not inactive, sorted. */
  units(pattern: string): Promise<readonly string[]>;

  /**
   * Calls the listener with the state as it is, and again after changes, never two calls for the same change, possibly one
   * for several. Memory, CPU time and NeedDaemonReload have no events of their own: they are as of the last change.
   * Resolves when `signal` is aborted. Rejects when the bus goes away, and with what the listener throws.
   */
  watch(unit: string, listener: (state: UnitState) => void, signal: AbortSignal): Promise<void>;

  /** For example 252. */
  version(): Promise<number>;

  /** Ends the connection. Calls that still wait reject with `bus-unavailable`. */
  close(): void;
}

export interface JobOptions {
  readonly signal?: AbortSignal | undefined;
  /** Without it there is no deadline but the unit's own (TimeoutStartSec=), which systemd keeps. */
  readonly deadlineMs?: number | undefined;
  /** `queued`: resolves as soon as systemd has the job, however the job will end. */
  readonly until?: 'queued' | 'done' | undefined;
  /** Of a stop: units that are part of this one (PartOf= of systemd.unit(5)) are left as they are. */
  readonly isAlone?: boolean | undefined;
}

/** What systemd tells of many units at little cost. */
export type UnitGlance = Pick<UnitState, 'unit' | 'loadState' | 'activeState' | 'mainPid'>;

export type UnitStart = Pick<UnitState, 'mainPid' | 'invocationId' | 'activeSince'>;

export type UnitUsage = Pick<UnitState, 'result' | 'activeSince' | 'restarts' | 'memoryBytes' | 'cpuMs'>;

/** A unit at one instant, in systemd's own words: systemctl(1), org.freedesktop.systemd1(5). */
export interface UnitState {
  readonly unit: string;
  /** `loaded`, `not-found`, `masked`, `bad-setting`, `error`. */
  readonly loadState: string;
  /** `active`, `reloading`, `inactive`, `failed`, `activating`, `deactivating`. */
  readonly activeState: string;
  /** `running`, `exited`, `dead`, `start-post`, ... */
  readonly subState: string;
  /** How a service's last run ended: `success`, `exit-code`, `signal`, `timeout`, `oom-kill`, ... Empty for other units. */
  readonly result: string;
  /** The main process; 0 when none runs. */
  readonly mainPid: number;
  /** The process of ExecReload= and the like; 0 when none runs. */
  readonly controlPid: number;
  /**
   * How the last main process ended: its exit status or the signal's number, `result` tells which; 0 before the first one
   * ended.
   */
  readonly mainStatus: number;
  /**
   * The unit's last start, as the journal names it in _SYSTEMD_INVOCATION_ID=: 32 hexadecimal digits; empty before the first
   * start.
   */
  readonly invocationId: string;
  /** Milliseconds since 1970; undefined while the unit is not active. */
  readonly activeSince: number | undefined;
  /** The service's last STATUS=; empty when there was none. */
  readonly statusText: string;
  /** Whether the unit's files changed since systemd read them. */
  readonly needDaemonReload: boolean;
  /** How often Restart= brought the service back since it was last started by a job. */
  readonly restarts: number;
  readonly memoryBytes: number | undefined;
  /**
   * CPU time of the unit's processes since the unit was started, ended ones included; undefined when systemd does not count it.
   */
  readonly cpuMs: number | undefined;
  /** The path of the unit file; empty when there is none. */
  readonly fragmentPath: string;
}
