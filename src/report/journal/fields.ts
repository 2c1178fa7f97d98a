import { replicaIn } from '../../base/errors.ts';
import type { Journal, JournalFields, Notifier } from '../../ports/journal.ts';
import { receiptVariables } from '../../run/receipt/receipt-variables.ts';
import type { Emit, Event } from '../../run/site/events.ts';
import { describeEvent, eventReports } from '../words/events.ts';
import { stepWords } from '../words/steps.ts';

/** How a process of php-zd's units speaks: to the journal, and to `systemctl status` by STATUS=. */
export const reportToJournal =
  (journal: Journal, notifier: Notifier, about: { readonly site: string; readonly roll?: string }): Emit =>
  event => {
    journal.write(journalFields(event, about));
    const status = statusLine(about.site, event);
    if (status !== undefined) notifier.status(status);
  };

export const journalFields = (
  event: Event,
  { site, roll }: { readonly site: string; readonly roll?: string },
): JournalFields => {
  const { text, priority } = describeEvent(site, event);
  const replica = replicaOf(event);
  const about = event.kind === 'roll-failed' ? event.failure : event;
  return {
    MESSAGE: text,
    PRIORITY: String(priority),
    MESSAGE_ID: eventReports[event.kind].id,
    SYSLOG_IDENTIFIER: 'php-zd',
    PHP_ZD_SITE: site,
    PHP_ZD_EVENT: event.kind,
    ...(replica !== undefined && { PHP_ZD_REPLICA: String(replica) }),
    ...('step' in about && { PHP_ZD_STEP: about.step.kind }),
    ...(roll !== undefined && { PHP_ZD_ROLL: roll }),
    ...(event.kind === 'asked' && {
      PHP_ZD_JOB: event.job,
      ...(event.sudoUser !== undefined && { PHP_ZD_SUDO_USER: event.sudoUser }),
    }),
    ...('release' in about && { PHP_ZD_RELEASE: about.release }),
    ...('receipt' in event && receiptVariables(event.receipt)),
    ...('error' in about && { PHP_ZD_ERROR: about.error.code }),
  };
};

const replicaOf = (event: Event): number | undefined => {
  if ('slot' in event) return event.slot;
  const about = event.kind === 'roll-failed' ? event.failure : event;
  if ('step' in about && 'slot' in about.step) return about.step.slot;
  // A step of several replicas fails because of one of them, whose number is in the error.
  return 'error' in about ? replicaIn(about.error) : undefined;
};

/** The line for `systemctl status`; undefined for an event that leaves the line as it is. */
export const statusLine = (site: string, event: Event): string | undefined => {
  if (event.kind === 'step-started') return `Step ${event.index} of ${event.total}: ${stepWords(event.step).doing}`;
  return eventReports[event.kind].isStatus ? describeEvent(site, event).text.split('\n')[0] : undefined;
};
