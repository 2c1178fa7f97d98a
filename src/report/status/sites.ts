import { isFullyServing, type SiteStatus } from '../../run/observe/status.ts';
import { renderTable } from '../terminal/table.ts';
import { typed } from '../words/said.ts';
import type { Finding, FindingKind } from './finding.ts';
import { findingsOf, isStarted, startFor } from './findings.ts';
import { busyWords, isShort, rollWords } from './page.ts';
import { shortRelease } from './replicas.ts';

const HEAD = ['SITE', 'UNIT', 'SERVING', 'RELEASE', 'BUSY', 'QUEUE', 'LAST ROLL', 'STATE'];

/** What every site has where many are looked at: it is said once. */
const OF_ALL: FindingKind = 'no-room';

/** A table with a line for each site, and below it what is not right, each with what to do. */
export const renderStatusTable = (statuses: readonly SiteStatus[], now: number): string => {
  if (statuses.length === 0) return '';
  const findings = statuses
    .filter(isStarted)
    .flatMap(status => ownFindings(status).map(({ text }) => `! ${status.site}: ${text}\n`));
  const [ofAll] = statuses.flatMap(findingsOf).filter(({ kind }) => kind === OF_ALL);
  const notStarted = statuses.filter(status => !isStarted(status));
  return [
    renderTable([HEAD, ...statuses.map(status => rowOf(status, now))]),
    ...(findings.length + notStarted.length > 0 || ofAll !== undefined ? ['\n'] : []),
    ...(ofAll === undefined ? [] : [`! all sites: ${ofAll.text}\n`]),
    ...findings,
    ...notStartedLines(notStarted),
    ...(statuses.some(isShort) ? ['See what is in their way: php-zd doctor\n'] : []),
  ].join('');
};

const ownFindings = (status: SiteStatus): readonly Finding[] =>
  findingsOf(status).filter(({ kind }) => kind !== OF_ALL);

const rowOf = (status: SiteStatus, now: number): readonly string[] => [
  status.site,
  status.unit,
  `${status.serving}/${status.wanted}`,
  status.promoted === undefined ? '-' : shortRelease(status.promoted),
  status.serving === 0 ? '-' : busyWords(status),
  String(status.balancer?.queued ?? '-'),
  status.lastRoll === undefined ? '-' : rollWords(status, status.lastRoll, now),
  stateWord(status),
];

const stateWord = (status: SiteStatus): string => {
  if (!isStarted(status)) return 'not started';
  if (status.unit === 'reloading') return 'rolling';
  if (status.serving === 0) return 'not serving';
  if (!isFullyServing(status)) return 'degraded';
  return findingsOf(status).length === 0 ? 'ok' : 'ok, see below';
};

/** The sites that are not started: several of them have one line. */
const notStartedLines = (statuses: readonly SiteStatus[]): readonly string[] => {
  const [first, second] = statuses;
  if (first === undefined) return [];
  if (second === undefined) return ownFindings(first).map(({ text }) => `! ${first.site}: ${text}\n`);
  const isAtBoot = statuses.every(status => status.isAtBoot);
  return [`! ${statuses.length} sites are not started; each by: ${typed(startFor({ site: 'SITE', isAtBoot }))}\n`];
};
