import type { Clock } from '../../ports/clock.ts';
import type { RollLog } from '../../run/record/roll-log.ts';
import type { Emit } from '../../run/site/events.ts';
import { describeEvent } from '../words/events.ts';

/** How a process of php-zd's units speaks to whoever follows. */
export const reportToFollowers =
  (log: RollLog, clock: Clock, about: { readonly site: string; readonly roll?: string }): Emit =>
  event => {
    const { site, roll } = about;
    log.add({
      ...{ time: clock.now(), site, ...(roll !== undefined && { roll }), event },
      ...describeEvent(site, event),
    });
  };
