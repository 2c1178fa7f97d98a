import type { AcceptQueue } from '../../src/ports/accept-queue.ts';

/** Accept queues in memory: as many wait as the test says. */
export class FakeAcceptQueue implements AcceptQueue {
  readonly #waiting = new Map<string, number>();

  async waiting(socket: string): Promise<number> {
    return this.#waiting.get(socket) ?? 0;
  }

  set(socket: string, waiting: number): void {
    this.#waiting.set(socket, waiting);
  }
}
