import type { AcceptQueue } from '../../src/ports/accept-queue.ts';

/** Accept queues in memory: as many wait as the test says, and somebody listens where it says so. */
export class FakeAcceptQueue implements AcceptQueue {
  readonly listening = new Set<string>();
  readonly #waiting = new Map<string, number>();

  async waiting(socket: string): Promise<number> {
    return this.#waiting.get(socket) ?? 0;
  }

  async isListening(socket: string): Promise<boolean> {
    return this.listening.has(socket);
  }

  set(socket: string, waiting: number): void {
    this.#waiting.set(socket, waiting);
  }
}
