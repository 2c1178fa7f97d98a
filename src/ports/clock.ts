export interface Clock {
  /**
   * The wall clock: milliseconds since 1970. For times that are shown, or compared with those of other processes. It may be set at
   * any moment, forward and back, so that a difference of two readings says nothing of how long something took.
   */
  now(): number;
  /**
   * Milliseconds since some instant, the same for all processes of the host until it boots. Never goes back, and passes as time
   * does however the wall clock is set (CLOCK_MONOTONIC, clock_gettime(2)): only differences mean something. For deadlines and
   * durations.
   */
  monotonicMs(): number;
  /**
   * Milliseconds since the host booted, suspended time too (CLOCK_BOOTTIME), as `/proc/uptime` has them: never set, and the same for
   * every program that reads that file. For deadlines that HAProxy's Lua keeps, which has no other such clock.
   */
  uptimeMs(): number;
  /** Resolves after so many milliseconds by `monotonicMs`; with 0 as soon as all else that waits has had its turn. Rejects with `aborted` as soon as the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * The work's outcome; rejects with `deadline` (facts: what, ms) when there is none after so many milliseconds by `monotonicMs`.
   * Nothing ends the work then, and its outcome is nobody's.
   */
  within<Outcome>(what: string, ms: number, work: Promise<Outcome>): Promise<Outcome>;
}
