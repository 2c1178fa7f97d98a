import { posix } from 'node:path';
import { formatTimeSpan } from '../../base/time-span.ts';
import type { ReplicaStatus, SiteStatus } from '../../run/observe/status.ts';
import { renderTable } from '../terminal/table.ts';
import { bytesWords } from '../words/bytes.ts';

/** An earlier look at the same site: CPU time is shown as what was used since then. */
export interface EarlierLook {
  readonly status: SiteStatus;
  /** How long ago the earlier look was. */
  readonly msAgo: number;
}

const HEAD = ['REPLICA', 'UNIT', 'BALANCER', 'SINCE', 'RESTARTS', 'BUSY', 'IDLE', 'QUEUE', 'CPU', 'MEMORY', 'RELEASE'];

/** The replicas as a table. */
export const renderReplicas = (replicas: readonly ReplicaStatus[], now: number, earlier?: EarlierLook): string =>
  renderTable([HEAD, ...replicas.map(replica => rowOf(replica, now, earlier))]);

const rowOf = (replica: ReplicaStatus, now: number, earlier: EarlierLook | undefined): readonly string[] => [
  String(replica.slot),
  replica.unit,
  balancerWord(replica),
  replica.since === undefined ? '-' : ago(replica.since, now),
  replica.unit === 'inactive' ? '-' : String(replica.restarts),
  String(replica.busy ?? '-'),
  String(replica.idle ?? '-'),
  String(replica.queued ?? '-'),
  cpuWord(replica, earlier),
  replica.memoryBytes === undefined ? '-' : bytesWords(replica.memoryBytes),
  replica.release === undefined ? '-' : shortRelease(replica.release),
];

/** HAProxy's own word for a replica, but for one that is meant to get no requests: DOWN would look like a fault. */
const balancerWord = ({ hold, isServing, balancer }: ReplicaStatus): string =>
  !isServing && hold !== undefined && hold !== 'roll' ? holdWords[hold] : (balancer ?? '-');

const holdWords = { standby: 'standby', parked: 'parked', hand: 'drained' } as const;

/**
 * The share of one core since the earlier look. Without an earlier look, or when the replica was started anew since, its CPU
 * time.
 */
const cpuWord = (replica: ReplicaStatus, earlier: EarlierLook | undefined): string => {
  const { cpuMs, since, slot } = replica;
  if (cpuMs === undefined || replica.unit === 'inactive') return '-';
  const before = earlier?.status.replicas.find(each => each.slot === slot && each.since === since)?.cpuMs;
  if (earlier === undefined || before === undefined || cpuMs < before || earlier.msAgo <= 0) return cpuTime(cpuMs);
  return `${Math.round(((cpuMs - before) / earlier.msAgo) * 100)} %`;
};

const cpuTime = (ms: number): string =>
  ms < 60_000 ? `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s` : largestUnit(ms);

/** A release's name. Where it lies stands above the table. */
export const shortRelease = (release: string): string => posix.basename(release);

/** How long ago an instant was, in the largest unit. */
export const ago = (then: number, now: number): string => largestUnit(Math.max(0, now - then));

const largestUnit = (ms: number): string => {
  const [largest = '0', next] = formatTimeSpan(Math.round(ms / 1000) * 1000).split(' ');
  return next === undefined && largest === '0' ? '0s' : largest;
};
