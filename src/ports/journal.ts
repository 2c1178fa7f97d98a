/** An entry's fields, by the names of systemd.journal-fields(7): MESSAGE, PRIORITY, MESSAGE_ID, and our own PHP_ZD_*. */
export type JournalFields = Readonly<Record<string, string>>;

/** The system's journal. Writing never fails: what cannot be journalled must not stop a roll. */
export interface Journal {
  write(fields: JournalFields): void;
}

/** The service manager that started us (sd_notify(3)). Does nothing when nobody did. */
export interface Notifier {
  /** One line, shown by `systemctl status`. */
  status(text: string): void;
}
