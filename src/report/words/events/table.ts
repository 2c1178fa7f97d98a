import type { EventKind, EventOf } from '../../../run/site/events.ts';

/** syslog(3)'s levels, as the journal's PRIORITY= has them. */
export type Priority = 3 | 4 | 5 | 6 | 7;

export interface Words {
  readonly priority: Priority;
  readonly text: string;
}

/** All that report/ knows of a kind of event. What "journalctl -x" explains of it stands in units/php-zd.catalog. */
export interface EventReport<Kind extends EventKind> {
  /** The MESSAGE_ID= (sd-id128(3)): fixed for ever, so that programs can wait for one. */
  readonly id: string;
  readonly words: (site: string, event: EventOf<Kind>) => Words;
  /** How much of the text is told to who follows a roll line by line. Without it the event is for the journal alone. */
  readonly told?: 'line' | 'all';
  /** `systemctl status` shows the first line of the text, until the next of these. */
  readonly isStatus?: true;
}

export type EventTable<Kind extends EventKind> = { readonly [Each in Kind]: EventReport<Each> };
