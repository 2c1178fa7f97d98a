import type { EventKind, EventOf } from '../../run/site/events.ts';
import { eventsBefore } from './events/before.ts';
import { eventsOfEnd } from './events/end.ts';
import { eventsOfReplicas } from './events/replica.ts';
import { eventsOfRoll } from './events/roll.ts';
import type { EventTable, Words } from './events/table.ts';

/** Every kind of event, in the order of the manual. */
export const eventReports: EventTable<EventKind> = {
  ...eventsBefore,
  ...eventsOfRoll,
  ...eventsOfEnd,
  ...eventsOfReplicas,
};

export const describeEvent = <Kind extends EventKind>(
  site: string,
  event: EventOf<Kind> & { readonly kind: Kind },
): Words => {
  const describe: (site: string, event: EventOf<Kind>) => Words = eventReports[event.kind].words;
  return describe(site, event);
};
