import type { ErrorFacts } from '../../../base/error-facts.ts';
import { capacityWords } from '../capacity.ts';
import { journalOf, phpZd, say } from '../said.ts';
import { spanOf } from './span.ts';
import type { ErrorTable } from './table.ts';

export const rollErrors: ErrorTable<'nobody-else-serves' | 'slots-parked' | 'capacity-short' | 'hook-failed'> = {
  'nobody-else-serves': {
    what: ({ replica, serving, mustServe }) =>
      `replica ${replica} cannot be drained: ${serving} others serve, ${mustServe} must`,
  },
  'slots-parked': {
    what: ({ slots }) =>
      `it needs the slots of parked replicas (${slots.join(', ')}), which are at their last requests: try again when these have ended`,
  },
  'capacity-short': {
    // Nothing failed yet: what is left to do is a choice.
    what: ({ site, leastAt, ...figures }) =>
      say`a roll of '${site}' would make requests queue: ${capacityWords({ ...figures, leastAt })}; try again when fewer are busy, or see "${phpZd('plan', site)}"`,
  },
  'hook-failed': {
    what: ({ hook, unit, output, ...how }) =>
      say`the hook ${hook} ${howEnded(how)}${output === undefined ? '' : `: ${output}`} (${journalOf(unit)})`,
  },
};

/** systemd's word for the result of a service (systemd.service(5)). */
const howEnded = ({ result, status, ms }: Pick<ErrorFacts['hook-failed'], 'result' | 'status' | 'ms'>): string => {
  if (result === 'exit-code') return `failed with status ${status}`;
  if (result === 'timeout') return `did not end within ${spanOf(ms)} and was ended`;
  if (result === 'signal' || result === 'core-dump' || result === 'oom-kill') return `was ended by signal ${status}`;
  return `could not be run (${result})`;
};
