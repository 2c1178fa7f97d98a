import type { EventOf } from '../../../run/site/events.ts';
import { capital } from '../capital.ts';
import { countWords } from '../count.ts';
import { describeError } from '../errors.ts';
import { receiptLines, receiptWords } from '../receipt.ts';
import { spanWords } from '../span.ts';
import { journalOf, rollFailureWords, slotWords, unsettledWords } from './failures.ts';
import type { EventTable } from './table.ts';

/** Of the end of a roll, of its settle, and of a site that starts or stops. */
export const eventsOfEnd: EventTable<
  | 'hook-failed'
  | 'roll-done'
  | 'receipt'
  | 'roll-failed'
  | 'roll-killed'
  | 'rolled-back'
  | 'settle-started'
  | 'settled'
  | 'unsettled'
  | 'started'
  | 'start-failed'
  | 'stopped'
> = {
  'hook-failed': {
    id: '7c1d6cf0a5f94a0c8d1e6b1f4c52a9d3',
    words: (_, { error }) => ({
      priority: 4,
      text: `${capital(describeError(error))}. That changes nothing of the roll.`,
    }),
  },
  'roll-done': {
    id: '46aa4e5e061f4adfa1942909c0c5a887',
    words: (site, { release, receipt }) => ({
      priority: 5,
      text: `Rolled ${site} to ${release} in ${spanWords(receipt.ms)}: ${receiptWords(receipt)}.`,
    }),
    told: 'all',
    isStatus: true,
  },
  receipt: {
    id: '8fc51c100c5c4411b4d6873e68e38bb1',
    words: (site, { outcome, receipt }) => ({
      priority: receipt.lost > 0 ? 4 : 5,
      text: [`Receipt of the roll of ${site} (${outcome.replace('-', ' ')}):`, ...receiptLines(receipt)].join('\n'),
    }),
    told: 'all',
  },
  'roll-failed': {
    id: '09372e19ef054cc588454673bbe1e589',
    words: (site, { failure }) => ({ priority: 3, text: rollFailureWords(site, failure) }),
    told: 'line',
    isStatus: true,
  },
  'roll-killed': {
    id: '321180426bf341c78f1059fa900e2f47',
    words: (site, { release }) => ({
      priority: 4,
      text: `The roll of ${site} to ${release} was killed; putting right what it left.`,
    }),
    told: 'all',
  },
  'rolled-back': {
    id: '276e55c81f31427483a0874f1a7533c8',
    words: (site, { failed, release }) => ({
      priority: 4,
      text: `The roll of ${site}${failed === undefined || failed === release ? '' : ` to ${failed}`} failed; every replica serves ${release}, as before.`,
    }),
    isStatus: true,
  },
  'settle-started': {
    id: 'e936e63fcbab4f92a42e5418fafb4bac',
    words: (_, { steps }) => ({
      priority: 5,
      text: `Putting right what is not right, in ${countWords(steps, 'step')}.`,
    }),
    told: 'line',
  },
  settled: {
    id: 'b4a2dc48a95f4da283da65b9c1c848cd',
    words: (site, { release, ms }) => ({
      priority: 5,
      text: `Every replica of ${site} serves ${release} (after ${spanWords(ms)}).`,
    }),
    told: 'line',
    isStatus: true,
  },
  unsettled: {
    id: 'c7d58483224442b9ad09656131e7e6e5',
    words: (site, { failures, serving }) => ({ priority: 3, text: unsettledWords(site, failures, serving) }),
    told: 'all',
    isStatus: true,
  },
  started: {
    id: 'e338676491e249e8a0e70f8740ee85d1',
    words: (site, started) => ({
      priority: isWell(started) ? 5 : 3,
      text: startedWords(site, started),
    }),
    told: 'all',
    isStatus: true,
  },
  'start-failed': {
    id: '955bfbb8701240308949b043bd1ad255',
    words: (site, { failures }) => ({
      priority: 3,
      text: `No replica of ${site} serves: ${slotWords(failures)}.\nSee ${journalOf(site, failures)}. It is tried again until "php-zd stop ${site}".`,
    }),
    told: 'all',
    isStatus: true,
  },
  stopped: {
    id: 'b3acab2d1de24764ad1440ce875b77ad',
    words: (site, { replicas }) => ({ priority: 5, text: `Stopped ${site}: ${countWords(replicas, 'replica')}.` }),
    told: 'all',
    isStatus: true,
  },
};

const isWell = ({ serving, replicas, unproven, frontGone }: EventOf<'started'>): boolean =>
  serving >= replicas && unproven === undefined && frontGone === undefined;

const startedWords = (site: string, event: EventOf<'started'>): string =>
  [...frontGoneWords(site, event), replicasWords(site, event)].join('\n');

/** First, since STATUS= has one line. A start ends no requests of other sites by itself. */
const frontGoneWords = (site: string, { frontGone }: EventOf<'started'>): readonly string[] =>
  frontGone === undefined
    ? []
    : [
        `Nobody comes to ${site}: ${frontGone}, where HAProxy listens, was removed. "systemctl restart php-zd-haproxy" makes it anew, and ends the requests of all sites that are under way.`,
      ];

const replicasWords = (site: string, { release, serving, replicas, unproven }: EventOf<'started'>): string => {
  const started = `Started ${site} on ${release}`;
  if (serving < replicas) {
    return `${started}, but only ${serving} of ${replicas} replicas serve. See "php-zd status ${site}".`;
  }
  const which = replicas === 1 ? '1 replica serves' : `${replicas} replicas serve`;
  if (unproven === undefined) return `${started}: ${which}.`;
  return `${started}: ${which} as they were promoted, and are not well yet: ${describeError(unproven)}.\nSee "php-zd doctor ${site}".`;
};
