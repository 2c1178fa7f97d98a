export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Rejects with `aborted` when the signal says so. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
