import type { Connections } from '../../ports/balancer.ts';
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
  ...fullWords('it', balancer, `what to do: php-zd doctor ${site}`),
  ...fullWords('all sites', balancer?.ofAllSites, 'what to do: php-zd doctor'),
];

const fullWords = (whose: string, counted: Connections | undefined, next: string): readonly string[] =>
  counted === undefined || counted.mostConnections === 0 || counted.connections < counted.mostConnections
    ? []
    : [
        `all ${counted.mostConnections} connections that HAProxy takes for ${whose} are in use, and more visitors wait: ${next}`,
      ];

const waitingWords = (waiting: number | undefined): string =>
  waiting === undefined ? 'HAProxy does not say how many wait' : `${countWords(waiting, 'request')} waiting`;
