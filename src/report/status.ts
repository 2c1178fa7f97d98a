import { formatTimeSpan } from '../base/time-span.ts';
import { errorOf, type LastRoll } from '../run/last-roll.ts';
import { isFullyServing, type ReplicaStatus, type SiteStatus } from '../run/status.ts';
import { describeError } from './error-words.ts';
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
    ...(status.lastRoll ? [`Last roll: ${lastRollWords(status.lastRoll, now)}\n`] : []),
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
  replica.balancer ?? '-',
  replica.since === undefined ? '-' : ago(replica.since, now),
  String(replica.busy ?? '-'),
  String(replica.idle ?? '-'),
  replica.memoryBytes === undefined ? '-' : `${Math.round(replica.memoryBytes / 1_048_576)} MiB`,
  replica.pin ?? '-',
];

/** What is not right, each with what to do about it. */
const findingsOf = (status: SiteStatus): readonly string[] => {
  const { site, unit, linked, promoted, replicas, wanted } = status;
  if (unit === 'inactive' && status.serving === 0) return [`not started: systemctl start php-zd@${site}`];
  const findings = replicas.flatMap(replica => replicaFindings(site, replica, promoted, wanted));
  if (linked === undefined) findings.push('the link of the release names no directory: a reload would be refused');
  else if (promoted !== undefined && linked !== promoted) {
    findings.push(`the link names ${linked}, not the promoted release: roll to it with "php-zd reload ${site}"`);
  }
  if (unit === 'failed') findings.push(`php-zd@${site} is failed: systemctl start php-zd@${site}`);
  return findings;
};

const replicaFindings = (
  site: string,
  { slot, unit, pin, isRunningPin, isServing, balancer }: ReplicaStatus,
  promoted: string | undefined,
  wanted: number,
): string[] => {
  const mend = `put it right with "php-zd reload ${site}"`;
  if (slot > wanted) return unit === 'inactive' ? [] : [`replica ${slot} is one too many: ${mend}`];
  if (unit === 'inactive') return [`replica ${slot} is stopped: php-zd start ${site} --replica ${slot}`];
  if (unit !== 'active') return [`replica ${slot} is ${unit}: journalctl -eu php-zd-fpm-${site}@${slot}`];
  if (!isServing)
    return [`replica ${slot} runs but takes no requests (${balancer ?? 'HAProxy does not know it'}): ${mend}`];
  if (!isRunningPin)
    return [`replica ${slot} no longer sees its release: it, or the mount point, was removed while it runs: ${mend}`];
  if (pin !== promoted) return [`replica ${slot} serves ${pin}, not the promoted release: ${mend}`];
  return [];
};

const lastRollWords = (roll: LastRoll, now: number): string => {
  const error = errorOf(roll);
  const state = roll.state === 'running' && roll.outcome === undefined ? 'running' : (roll.outcome ?? roll.state);
  return [
    `${ago(roll.endedAt ?? roll.startedAt, now)} ago, `,
    state === 'rolled' ? 'rolled' : state.replace('-', ' '),
    roll.release === undefined ? '' : ` (to ${roll.release})`,
    error === undefined ? '' : `: ${describeError(error)}`,
  ].join('');
};

/** The two largest units are enough. */
const ago = (then: number, now: number): string =>
  formatTimeSpan(Math.max(0, Math.round((now - then) / 1000)) * 1000)
    .split(' ')
    .slice(0, 2)
    .join(' ');
