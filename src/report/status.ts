import { formatTimeSpan } from '../base/time-span.ts';
import { errorOf, type LastRoll } from '../run/record/last-roll.ts';
import { isFullyServing, type ReplicaStatus, type SiteStatus } from '../run/status.ts';
import { describeError } from './error-words.ts';
import { findingsOf } from './findings.ts';
import { receiptWords } from './receipt-words.ts';
import { renderTable } from './table.ts';

/** One line a site. */
export const renderStatusTable = (statuses: readonly SiteStatus[]): string =>
  renderTable([
    ['SITE', 'UNIT', 'SERVING', 'RELEASE', 'STATE'],
    ...statuses.map(status => [
      status.site,
      status.unit,
      `${status.serving}/${status.wanted}`,
      status.promoted ?? '-',
      isFullyServing(status) ? 'ok' : (findingsOf(status)[0] ?? 'not fully serving'),
    ]),
  ]);

/** A page for one site: its replicas, and in words what is not right and what to do. */
export const renderStatusPage = (status: SiteStatus, now: number): string => {
  const findings = findingsOf(status);
  return [
    `${status.site}: ${status.serving} of ${status.wanted} replicas serve ${status.promoted ?? 'no release'}\n`,
    ...(status.previous === undefined ? [] : [`Previous: ${status.previous} (php-zd rollback ${status.site})\n`]),
    ...(status.lastRoll === undefined ? [] : [`Last roll: ${lastRollWords(status, status.lastRoll, now)}\n`]),
    '\n',
    renderTable([
      ['REPLICA', 'UNIT', 'BALANCER', 'SINCE', 'BUSY', 'IDLE', 'MEMORY', 'RELEASE'],
      ...status.replicas.map(replica => replicaRow(replica, now)),
    ]),
    ...(findings.length > 0 ? ['\n', ...findings.map(finding => `! ${finding}\n`)] : []),
  ].join('');
};

const replicaRow = (replica: ReplicaStatus, now: number): readonly string[] => [
  String(replica.slot),
  replica.unit,
  balancerWord(replica),
  replica.since === undefined ? '-' : ago(replica.since, now),
  String(replica.busy ?? '-'),
  String(replica.idle ?? '-'),
  replica.memoryBytes === undefined ? '-' : `${Math.round(replica.memoryBytes / 1_048_576)} MiB`,
  replica.release ?? '-',
];

/** HAProxy's own word, but for what is meant to get nothing from it: DOWN would look like a fault. */
const balancerWord = ({ hold, isServing, balancer }: ReplicaStatus): string =>
  !isServing && (hold === 'standby' || hold === 'parked') ? hold : (balancer ?? '-');

const lastRollWords = ({ lastReceipt }: SiteStatus, roll: LastRoll, now: number): string => {
  const error = errorOf(roll);
  const state = roll.state === 'running' && roll.outcome === undefined ? 'running' : (roll.outcome ?? roll.state);
  return [
    `${ago(roll.endedAt ?? roll.startedAt, now)} ago, `,
    state === 'rolled' ? 'rolled' : state.replace('-', ' '),
    roll.release === undefined ? '' : ` (to ${roll.release})`,
    lastReceipt === undefined ? '' : `, ${receiptWords(lastReceipt)}`,
    error === undefined ? '' : `: ${describeError(error)}`,
  ].join('');
};

/** The two largest units are enough. */
const ago = (then: number, now: number): string =>
  formatTimeSpan(Math.max(0, Math.round((now - then) / 1000)) * 1000)
    .split(' ')
    .slice(0, 2)
    .join(' ');
