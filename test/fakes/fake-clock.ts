import { PhpZdError } from '../../src/base/errors.ts';
import type { Clock } from '../../src/ports/clock.ts';

/** Time that passes only when somebody sleeps, and then at once. */
export class FakeClock implements Clock {
  #now: number;
  /** Runs in every sleep, when its time is over: the world goes on meanwhile. */
  onSleep: (now: number) => void | Promise<void> = () => {};

  constructor(now = 0) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) throw new PhpZdError('aborted', {}, signal.reason);
    this.#now += ms;
    await this.onSleep(this.#now);
    if (signal?.aborted) throw new PhpZdError('aborted', {}, signal.reason);
  }

  /** Time passes without a sleeper. */
  advance(ms: number): void {
    this.#now += ms;
  }
}
