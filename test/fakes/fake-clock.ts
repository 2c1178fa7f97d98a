import { PhpZdError } from '../../src/base/errors.ts';
import type { Clock } from '../../src/ports/clock.ts';

/** A clock whose time passes only when a caller sleeps, and then at once. */
export class FakeClock implements Clock {
  /** Far from the wall clock, so that code which takes one reading for the other is found out. */
  #monotonicMs = 5_000;
  #wallOffset: number;
  /** Called in every sleep, when its time is over: lets the world go on meanwhile. */
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

  /** Sets the wall clock forward, or back by a negative number. No time passes. */
  moveWallClock(ms: number): void {
    this.#wallOffset += ms;
  }
}
