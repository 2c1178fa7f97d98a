import type { Journal, JournalFields, Notifier } from '../../src/ports/journal.ts';

/** Remembers what was written. */
export class FakeJournal implements Journal {
  readonly entries: JournalFields[] = [];

  write(fields: JournalFields): void {
    this.entries.push(fields);
  }
}

/** Remembers what was shown; the last one is what `systemctl status` would show. */
export class FakeNotifier implements Notifier {
  readonly shown: string[] = [];

  status(text: string): void {
    this.shown.push(text);
  }
}
