import { PhpZdError } from '../../src/base/errors.ts';
import type { Clock } from '../../src/ports/clock.ts';

/** Time that passes only when somebody sleeps, and then at once. */
export class FakeClock implements Clock {
  /** Far from 1970, so that whoever takes one clock for the other is found out. */
  #monotonicMs = 5_000;
  #wallOffset: number;
  /** Runs in every sleep, when its time is over: the world goes on meanwhile. */
  onSleep: (now: number) => void | Promise<void> = () => {};

  constructor(now = 0) {
    this.#wallOffset = now - this.#monotonicMs;
  }

  now(): number {
    return this.#monotonicMs + this.#wallOffset;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) throw new PhpZdError('aborted', {}, signal.reason);
    this.#monotonicMs += ms;
    await this.onSleep(this.now());
    if (signal?.aborted) throw new PhpZdError('aborted', {}, signal.reason);
  }

  /** Time passes without a sleeper. */
  advance(ms: number): void {
    this.#monotonicMs += ms;
  }

  /** Somebody sets the wall clock forward, or back by a negative number; no time passes. */
  moveWallClock(ms: number): void {
    this.#wallOffset += ms;
  }
}
