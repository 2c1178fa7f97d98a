import type { SiteStatus } from '../../run/observe/status.ts';
import { countWords } from '../words/count.ts';
import { instantWords, timeWords } from '../words/time.ts';

/** What becomes of all of the site's requests, whatever its replicas do: a hold, a maintenance, no place for more of them. */
export const frontFindings = ({ site, held, maintenance, balancer }: SiteStatus): readonly string[] => [
  ...(maintenance === undefined
    ? []
    : [`in maintenance since ${instantWords(maintenance.since)}: php-zd maintenance ${site} off`]),
  ...(held === undefined
    ? []
    : [`held until ${timeWords(held.until)}, ${waitingWords(held.waiting)}: php-zd release-hold ${site}`]),
  ...(balancer === undefined || balancer.mostConnections === 0 || balancer.connections < balancer.mostConnections
    ? []
    : [
        `all ${balancer.mostConnections} connections that HAProxy takes for it are in use, and more visitors wait: ` +
          `what keeps them may be found by php-zd doctor ${site}`,
      ]),
];

const waitingWords = (waiting: number | undefined): string =>
  waiting === undefined ? 'HAProxy does not say how many wait' : `${countWords(waiting, 'request')} waiting`;
