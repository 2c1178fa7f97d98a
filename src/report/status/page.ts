import type { AnswerFigures } from '../../ports/balancer.ts';
import type { ReplicaStatus, SiteStatus } from '../../run/observe/status.ts';
import type { LastRoll } from '../../run/record/last-roll.ts';
import { countWords, digits } from '../words/count.ts';
import { describeRecorded } from '../words/errors.ts';
import { receiptWords } from '../words/receipt.ts';
import { spanWords } from '../words/span.ts';
import { findingsOf, isStarted } from './findings.ts';
import { ago, type EarlierLook, renderReplicas, shortRelease } from './replicas.ts';

/** The page of one site: its releases, its figures, its replicas, and in words what is not right and what to do. */
export const renderStatusPage = (status: SiteStatus, now: number, earlier?: EarlierLook): string => {
  const { site, serving, wanted, promoted } = status;
  const facts = factsOf(status, now);
  const width = Math.max(...facts.map(([name]) => name.length)) + 2;
  const findings = findingsOf(status);
  return [
    `${site}: ${serving} of ${wanted} replicas serve${promoted === undefined ? '' : ` ${promoted}`}\n`,
    ...facts.map(([name, words]) => `${`${name}:`.padEnd(width)}${words}\n`),
    ...(status.replicas.length > 0 ? ['\n', renderReplicas(status.replicas, now, earlier)] : []),
    ...(findings.length > 0 ? ['\n', ...findings.map(({ text }) => `! ${text}\n`)] : []),
    ...(isShort(status) ? [`See what is in its way: php-zd doctor ${site}\n`] : []),
  ].join('');
};

/** Whether a started site has fewer replicas than it should, which may have its reason on the host. */
export const isShort = (status: SiteStatus): boolean =>
  isStarted(status) && status.unit !== 'reloading' && status.serving < status.wanted;

type Fact = readonly [name: string, words: string];

const factsOf = (status: SiteStatus, now: number): readonly Fact[] => {
  const { site, promoted, previous, lastRoll, exposure } = status;
  return [
    ['Promoted', promoted ?? 'nothing yet'],
    ['Running', runningWords(status)],
    ['Link', linkWords(status)],
    ...(previous === undefined ? [] : [['Previous', `${previous} (php-zd rollback ${site})`] as const]),
    ['HAProxy', balancerWords(status)],
    ...(status.answers === undefined ? [] : [['Answers', answersWords(status.answers)] as const]),
    ...(status.serving > 0 ? [['PHP-FPM', childrenWords(status)] as const] : []),
    ...(exposure === undefined
      ? []
      : [['Sandbox', `${exposure.toFixed(1)} of 10 exposed, as systemd-analyze(1) has it`] as const]),
    ...(lastRoll === undefined ? [] : [['Last roll', lastRollWords(status, lastRoll, now)] as const]),
  ];
};

const runningWords = ({ running, promoted }: SiteStatus): string => {
  if (running.length === 0) return 'nothing serves';
  return running.map(release => (release === promoted ? release : `${release}, which is not promoted`)).join(', and ');
};

/** Where the site's link leads, in words when that is not the promoted release. */
const linkWords = ({ link, linked, promoted }: SiteStatus): string => {
  if (link === undefined) return 'unknown: the site file cannot be read';
  if (linked === undefined) return `${link}, which names no directory`;
  const leads = link === linked ? link : `${link} names ${linked}`;
  return promoted === undefined || linked === promoted ? leads : `${leads}, which is not promoted`;
};

const balancerWords = ({ balancer, balancerUnit, site }: SiteStatus): string => {
  if (balancer === undefined) {
    return balancerUnit === 'active' ? `knows nothing of ${site}` : `is ${balancerUnit}`;
  }
  const { requests, lost, queued, longestQueue } = balancer;
  return (
    `${countWords(requests, 'request')}, ${digits(lost)} lost since its process started; ` +
    `queue ${digits(queued)}, longest ${digits(longestQueue)}`
  );
};

/** The percentile is the least of some times that all but a hundredth of the answers began within. */
const answersWords = ({ statuses, slower, ratePerSecond }: AnswerFigures): string => {
  const total = Object.values(statuses).reduce((sum, count) => sum + count, 0);
  const within = slower.find(({ answers }) => answers * 100 <= total);
  const time = within === undefined ? `99% not even within ${slower.at(-1)?.ms ?? 0} ms` : `99% within ${within.ms} ms`;
  const share = ((100 * statuses.answered5xx) / total).toFixed(1);
  return `${digits(total)}, ${share}% 5xx; ${time}; ${digits(ratePerSecond)} in the last second`;
};

const childrenWords = (status: SiteStatus): string => {
  const reached = sumOf(status.replicas, ({ maxChildrenReached }) => maxChildrenReached);
  const limit = reached === 0 ? '' : `; the limit was reached ${reached === 1 ? 'once' : `${digits(reached)} times`}`;
  return `${busyWords(status).replace('/', ' of ')} children at work${limit}`;
};

/** Children at work and the children that there may be, over the replicas that serve. */
export const busyWords = ({ replicas, serving, maxChildren }: SiteStatus): string => {
  const busy = sumOf(
    replicas.filter(({ isServing }) => isServing),
    replica => replica.busy,
  );
  return `${busy}/${maxChildren === undefined ? '?' : serving * maxChildren}`;
};

const sumOf = (replicas: readonly ReplicaStatus[], figure: (replica: ReplicaStatus) => number | undefined): number =>
  replicas.reduce((sum, replica) => sum + (figure(replica) ?? 0), 0);

const lastRollWords = (status: SiteStatus, roll: LastRoll, now: number): string => {
  const { lastReceipt } = status;
  const { error } = roll;
  const took = roll.endedAt === undefined ? undefined : spanWords(roll.endedAt - roll.startedAt);
  return [
    rollWords(status, roll, now),
    roll.release === undefined ? '' : ` (to ${shortRelease(roll.release)})`,
    took === undefined ? '' : ` in ${took}`,
    lastReceipt === undefined ? '' : `, ${receiptWords(lastReceipt)}`,
    error === undefined ? '' : `: ${describeRecorded(error)}`,
  ].join('');
};

/** When the last roll was, and how it went. */
export const rollWords = ({ unit }: SiteStatus, roll: LastRoll, now: number): string => {
  const isOpen = roll.state === 'running' && roll.outcome === undefined;
  // A record that nobody has ended is that of a roll that was killed, unless one is under way.
  const state = isOpen ? (unit === 'reloading' ? 'running' : 'killed') : (roll.outcome ?? roll.state);
  return `${ago(roll.endedAt ?? roll.startedAt, now)} ago, ${state.replace('-', ' ')}`;
};
