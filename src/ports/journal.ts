/**
 * An entry's fields by name: those of systemd.journal-fields(7), such as MESSAGE, PRIORITY and MESSAGE_ID, and php-zd's
 * PHP_ZD_*.
 */
export type JournalFields = Readonly<Record<string, string>>;

/** The system's journal. Writing never fails: an entry that cannot be written must not stop a roll. */
export interface Journal {
  write(fields: JournalFields): void;
}

/** The service manager that started this process (sd_notify(3)). Does nothing when no service manager did. */
export interface Notifier {
  /** One line, shown by `systemctl status`. */
  status(text: string): void;
}

/** What others log, which journalctl(1) shows. */
export interface Log {
  /** Resolves once all that was logged before is there to be read. Rejects with `command-failed`. */
  sync(): Promise<void>;
}
