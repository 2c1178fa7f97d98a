import { ownValue } from '../../base/own.ts';
import { withoutControls } from '../../base/printable.ts';
import type { RollEntry } from '../../run/record/roll-log.ts';
import type { EventKind } from '../../run/site/events.ts';
import type { EventReport } from '../words/events/table.ts';
import { eventReports } from '../words/events.ts';

/** What a picture of the roll shows anyway. */
const drawn: readonly EventKind[] = ['roll-started', 'step-started', 'draining', 'settle-started'];

/** Undefined: nothing is to be told of it. */
export const toldLine = (entry: RollEntry): string | undefined => {
  const how = reportOf(entry.event.kind)?.told;
  if (how === undefined) return undefined;
  return withoutControls(how === 'line' ? (entry.text.split('\n', 1)[0] ?? '') : entry.text);
};

/** The same beside a picture. */
export const toldBeside = (entry: RollEntry): string | undefined =>
  drawn.includes(entry.event.kind) ? undefined : toldLine(entry);

/** Undefined for a kind of another version of php-zd. */
const reportOf = (kind: EventKind): Pick<EventReport<EventKind>, 'told'> | undefined => ownValue(eventReports, kind);
