import { PhpZdError } from '../../src/base/errors.ts';
import type { Clock } from '../../src/ports/clock.ts';

/** A clock whose time passes only when a caller sleeps, and then at once. */
export class FakeClock implements Clock {
  /** Far from the wall clock, so that code which takes one reading for the other is found out. */
  #monotonicMs = 5_000;
  #wallOffset: number;
  /** What is to happen when an instant has come. */
  readonly #alarms = new Set<{ readonly at: number; ring(): void }>();
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

  /** The host was suspended for a while. */
  uptimeMs(): number {
    return this.#monotonicMs + 70_000;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) throw new PhpZdError('aborted', {}, signal.reason);
    this.advance(ms);
    await this.onSleep(this.now());
    if (signal?.aborted) throw new PhpZdError('aborted', {}, signal.reason);
  }

  /** Time passes without a sleeper. */
  advance(ms: number): void {
    this.#monotonicMs += ms;
    for (const { at, ring } of this.#alarms) if (at <= this.#monotonicMs) ring();
  }

  async within<Outcome>(what: string, ms: number, work: Promise<Outcome>): Promise<Outcome> {
    const late = new PhpZdError('deadline', { what, ms });
    const alarm = { at: this.#monotonicMs + ms, ring: () => {} };
    const cut = new Promise<never>((_, reject) => {
      alarm.ring = () => reject(late);
    });
    this.#alarms.add(alarm);
    try {
      return await Promise.race([work, cut]);
    } finally {
      this.#alarms.delete(alarm);
    }
  }

  /** Sets the wall clock forward, or back by a negative number. No time passes. */
  moveWallClock(ms: number): void {
    this.#wallOffset += ms;
  }
}
