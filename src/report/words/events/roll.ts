import type { ServerAnswers } from '../../../ports/balancer.ts';
import { capital } from '../capital.ts';
import { countWords, digits } from '../count.ts';
import { describeError } from '../errors.ts';
import { spanWords } from '../span.ts';
import { stepWords } from '../steps.ts';
import { listOf, longWords } from './blockers.ts';
import type { EventTable } from './table.ts';

/** Of a roll that goes on, and of replicas that leave. */
export const eventsOfRoll: EventTable<
  | 'roll-started'
  | 'step-started'
  | 'step-done'
  | 'step-failed'
  | 'draining'
  | 'warmup-failed'
  | 'proof-redirected'
  | 'compared'
  | 'warmed'
  | 'parked'
  | 'unparked'
  | 'killed'
  | 'cut-off'
> = {
  'roll-started': {
    id: '4eac1bfc400e4781a47d09157963b408',
    words: (site, { from, release, steps }) => ({
      priority: 5,
      text: `Rolling ${site} to ${release}${from && from !== release ? ` (from ${from})` : ''} in ${countWords(steps, 'step')}.`,
    }),
    told: 'line',
    isStatus: true,
  },
  'step-started': {
    id: '394306d281b3480882e9c05a4e619086',
    words: (_, { step, index, total }) => ({
      priority: 7,
      text: `Step ${index} of ${total}: ${stepWords(step).doing}.`,
    }),
    told: 'line',
  },
  'step-done': {
    id: '8b4d0ba002ed4acfb14d7808c9fd3fcd',
    words: (_, { step, index, total, ms }) => ({
      priority: 6,
      text: `Step ${index} of ${total} done in ${spanWords(ms)}: ${stepWords(step).doing}.`,
    }),
  },
  'step-failed': {
    id: '3c3a35f75f014673a2974afef485e92b',
    words: (_, { step, index, total, error }) => ({
      priority: 4,
      text: `Step ${index} of ${total} failed, ${stepWords(step).doing}: ${describeError(error)}.`,
    }),
  },
  draining: {
    id: 'f0d526a116de4c81985a28e760dc4b6b',
    words: (_, { slot, busy, ...holders }) => ({
      priority: 7,
      text: `Draining replica ${slot}: ${countWords(busy, 'request')} left${longWords(holders)}.`,
    }),
    told: 'line',
    isStatus: true,
  },
  'warmup-failed': {
    id: 'c97e7cf6050b4564be18af49dd1fbcbf',
    words: (_, { error }) => ({
      priority: 4,
      text: `${capital(describeError(error))}. Going on all the same.`,
    }),
    told: 'all',
  },
  'proof-redirected': {
    id: 'df566573c6a2454fb1f59c029a8363bb',
    words: (_, { slot, path, status, location }) => ({
      priority: 4,
      text: `Replica ${slot} answered ${path} with ${status}, a redirect to ${location}, which proves little: write url = https://... in [site] if the site is there, or a path in [health].`,
    }),
    told: 'all',
  },
  compared: {
    id: 'e4875583a2764a4e89e5c8ee03668577',
    words: (_, { slots, against, fresh, old, isEnough }) => ({
      priority: 6,
      text: `${capital(replicaWords(slots))}: ${answeredWords(fresh)}; ${replicaWords(against)}: ${answeredWords(old)}.${isEnough ? '' : ' Too few to tell one worse than the other.'}`,
    }),
    told: 'all',
  },
  warmed: {
    id: '1fbd306c15b447ddb70b457c819b5157',
    words: (_, { slot, requests, scripts, ms }) => ({
      priority: 6,
      text: `Warmed replica ${slot} in ${spanWords(ms)}: ${countWords(requests, 'request')}, ${countWords(scripts, 'script')} compiled.`,
    }),
  },
  parked: {
    id: 'fc74a99c29474e2c8a923f9daf27048a',
    words: (site, { slot, ...holders }) => ({
      priority: 4,
      text: `Parked replica ${slot}: it gets no new request and is stopped when its last ones end: ${listOf(holders)}.\nSee "php-zd status ${site}".`,
    }),
    told: 'all',
    isStatus: true,
  },
  unparked: {
    id: '5d718949519f4dd5ac11671f9ec6a562',
    words: (_, { slot, isCut }) => ({
      priority: 5,
      text: `Stopped replica ${slot}, which was parked${isCut ? '' : ': its last requests ended'}.`,
    }),
    told: 'all',
  },
  'cut-off': {
    id: '94c9f64bcf534436b1fb47596f0bbb02',
    words: (_, { slot, ...holders }) => ({
      priority: 4,
      text: `Stopping replica ${slot}, which was parked for as long as [drain] park_timeout says. Cut off with it: ${listOf(holders)}.`,
    }),
    told: 'all',
  },
  killed: {
    id: '8299a571a7a340ba853ef7355e567e09',
    words: (_, { slot, ...holders }) => ({
      priority: 4,
      text: `Killing replica ${slot}, as [drain] on_timeout = kill says. Lost with it: ${listOf(holders)}.`,
    }),
    told: 'all',
    isStatus: true,
  },
};

const replicaWords = (slots: readonly number[]): string =>
  `${slots.length === 1 ? 'replica' : 'replicas'} ${slots.join(', ')}`;

const answeredWords = ({ answers, failed, ms }: ServerAnswers): string =>
  answers === 0
    ? 'no answers'
    : `${countWords(answers, 'answer')}, ${digits(failed)} with 5xx, after ${digits(Math.round(ms / answers))} ms on average`;
