import type { Log } from '../../src/ports/journal.ts';

/** A log that is always there to be read. */
export class FakeLog implements Log {
  onSync: () => void = () => undefined;

  async sync(): Promise<void> {
    this.onSync();
  }
}
