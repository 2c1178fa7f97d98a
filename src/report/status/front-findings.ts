import type { Connections } from '../../ports/balancer.ts';
import type { SiteStatus } from '../../run/observe/status.ts';
import { countWords } from '../words/count.ts';
import { phpZd, say } from '../words/said.ts';
import { instantWords, timeWords } from '../words/time.ts';
import { type Finding, found } from './finding.ts';

const sinceWords = ({ since }: { readonly since: number | undefined }): string =>
  since === undefined ? '' : ` since ${instantWords(since)}`;

/** What becomes of all of the site's requests, whatever its replicas do: a hold, a maintenance, no place for more of them. */
export const frontFindings = ({ site, held, maintenance, balancer }: SiteStatus): readonly Finding[] => [
  ...(maintenance === undefined
    ? []
    : [found('maintenance', say`in maintenance${sinceWords(maintenance)}`, say`${phpZd('maintenance', site, 'off')}`)]),
  ...(held === undefined
    ? []
    : [
        found(
          'held',
          say`held until ${timeWords(held.until)}, ${waitingWords(held.waiting)}`,
          say`${phpZd('release-hold', site)}`,
        ),
      ]),
  ...(balancer?.silent ?? []).map(socket =>
    found(
      'haproxy-silent',
      say`the HAProxy at ${socket} does not answer, or knows nothing of ${site}`,
      say`${phpZd('check', site)}`,
    ),
  ),
  ...(isFull(balancer) ? [found('full', say`${fullWords('it', balancer)}`, say`${phpZd('doctor', site)}`)] : []),
  ...(isFull(balancer?.ofAllSites)
    ? [found('all-full', say`${fullWords('all sites', balancer.ofAllSites)}`, say`${phpZd('doctor')}`)]
    : []),
];

const isFull = (counted: Connections | undefined): counted is Connections =>
  counted !== undefined && counted.mostConnections > 0 && counted.connections >= counted.mostConnections;

const fullWords = (whose: string, { mostConnections }: Connections): string =>
  `all ${mostConnections} connections that HAProxy takes for ${whose} are in use, and more visitors wait: what to do`;

const waitingWords = (waiting: number | undefined): string =>
  waiting === undefined ? 'HAProxy does not say how many wait' : `${countWords(waiting, 'request')} waiting`;
