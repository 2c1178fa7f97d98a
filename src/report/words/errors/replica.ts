import type { ErrorFacts } from '../../../base/error-facts.ts';
import type { WorseReason } from '../../../base/error-reasons.ts';
import { DENIED_WORDS } from '../../../site/errno-words.ts';
import { blockerWords } from '../blocker.ts';
import { wordsBeside } from '../events/blockers.ts';
import { phpZd, say } from '../said.ts';
import { unprovenReasonWords, warmUpReasonWords, worseReasonWords } from './reasons.ts';
import { spanOf } from './span.ts';
import type { ErrorTable } from './table.ts';

export const replicaErrors: ErrorTable<
  | ('fastcgi-unreachable' | 'fastcgi-broken' | 'replica-unproven' | 'warmup-failed')
  | ('replica-worse' | 'not-serving' | 'drain-timeout')
> = {
  'fastcgi-unreachable': {
    what: ({ socket, errno }) =>
      errno === 'EACCES'
        ? `PHP-FPM's socket ${socket}: ${DENIED_WORDS}`
        : `PHP-FPM cannot be reached on ${socket} (${errno})`,
    next: ({ errno }) => (errno === 'EACCES' ? undefined : say`See "${phpZd('status')}".`),
  },
  'fastcgi-broken': {
    what: ({ socket, reason }) => `PHP-FPM on ${socket} broke its answer off: ${reason}`,
    next: () => say`See "${phpZd('status')}".`,
  },
  'replica-unproven': {
    what: ({ replica, reason, ms, php, links = [] }) =>
      `replica ${replica} ${unprovenReasonWords(reason)}${ms !== undefined && ms >= 1 ? ` for ${spanOf(ms)}` : ''}${php === undefined ? '' : `; PHP says: ${php}`}${strayWords(links)}`,
  },
  'warmup-failed': {
    what: ({ replica, reason, failures = 1 }) =>
      `replica ${replica} ${warmUpReasonWords(reason)} while it was warmed up${failures > 1 ? `, the first of ${failures} failures` : ''}`,
  },
  'replica-worse': {
    what: ({ replica, others = [], reason }) => `${replicasWords([replica, ...others])} ${worseReasonWords(reason)}`,
    next: ({ site, reason }) => (site === undefined ? undefined : worseAdvice(site, reason.kind)),
  },
  'not-serving': {
    what: ({ replica, state }) => `HAProxy does not take replica ${replica} back (${state ?? 'unknown to HAProxy'})`,
    next: () => say`See "${phpZd('status')}".`,
  },
  'drain-timeout': {
    what: ({ blockers, processes = [], ...facts }) =>
      overdueWords(facts, [...blockers.map(blockerWords), ...processes.map(wordsBeside(blockers))]) +
      (processes.length === 0 || blockers.length > 0 ? '' : ' (name what stays for good in [drain] daemons)'),
    next: ({ site, replica }) =>
      say`It stays drained: "${phpZd('drain', site, String(replica))}" waits again, "${phpZd('ready', site, String(replica))}" gives it requests again.`,
  },
};

const strayWords = (links: readonly string[]): string =>
  links.length === 0 ? '' : `; links of its release lead elsewhere or nowhere for it: ${links.join(', ')}`;

const replicasWords = (slots: readonly number[]): string =>
  `${slots.length === 1 ? 'replica' : 'replicas'} ${slots.join(', ')}`;

/** What is worse may be meant so. */
const worseAdvice = (site: string, kind: WorseReason['kind']) => {
  if (kind !== 'errors' && kind !== 'slow') return undefined;
  const key = kind === 'errors' ? 'bake_errors' : 'bake_latency';
  return say`What PHP says of it: "${phpZd('logs', site)}". If the release is to be as it is, write a larger ${key}, or none.`;
};

type Overdue = Pick<ErrorFacts['drain-timeout'], 'replica' | 'ms' | 'sessions' | 'waiting'>;

export const overdueWords = ({ replica, ms, sessions, waiting }: Overdue, blockers: readonly string[]): string =>
  `replica ${replica} still had work after ${spanOf(ms)}: ${
    blockers.length > 0
      ? blockers.join(', ')
      : sessions + waiting > 0
        ? `${sessions} connections in HAProxy, ${waiting} waiting, no busy child; does the web server keep connections open?`
        : 'none that HAProxy knows of, and PHP-FPM does not say what its children do'
  }`;
