import { FakeClock } from './fake-clock.ts';

/** A caller that sleeps until an instant. */
interface Sleeper {
  readonly at: number;
  wake(): void;
}

/**
 * A clock whose time passes only when every caller sleeps, and then to the instant when the first one wakes. Of two that sleep
 * side by side, such as a roll and a verb that follows it, neither takes the other's time.
 */
export class WaitingClock extends FakeClock {
  readonly #sleepers = new Set<Sleeper>();
  #isTurning = false;

  override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const at = this.monotonicMs() + ms;
    await this.#untilFirst(at, signal);
    await super.sleep(signal?.aborted ? 0 : Math.max(0, at - this.monotonicMs()), signal);
  }

  #untilFirst(at: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise(resolve => {
      const wake = () => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper: Sleeper = { at, wake };
      if (signal?.aborted) return resolve();
      signal?.addEventListener('abort', wake);
      this.#sleepers.add(sleeper);
      this.#turn();
    });
  }

  /** Callers that are awake go on in microtasks: when the event loop comes round, every caller sleeps. */
  #turn(): void {
    if (this.#isTurning) return;
    this.#isTurning = true;
    setImmediate(() => {
      this.#isTurning = false;
      const [first] = [...this.#sleepers].sort((one, other) => one.at - other.at);
      if (first === undefined) return;
      first.wake();
      this.#turn();
    });
  }
}
