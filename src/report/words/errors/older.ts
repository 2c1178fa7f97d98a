import type { RecordedError } from '../../../base/errors.ts';
import { ownValue } from '../../../base/own.ts';
import { overdueWords, unprovenWords, warmUpWords } from './replica.ts';
import { slotsParkedWords } from './roll.ts';

type Facts = RecordedError['facts'];

/** What records of php-zd 0.1 hold: there reasons and blockers were words. Undefined when these are others still. */
const words: { readonly [Code in string]?: (facts: Facts) => string | undefined } = {
  'replica-unproven': ({ replica, reason, ms, php }) =>
    isNumber(replica) && isText(reason)
      ? unprovenWords({ replica, ms: isNumber(ms) ? ms : undefined, php: isText(php) ? php : undefined }, reason)
      : undefined,
  'replica-worse': ({ replica, reason }) =>
    isNumber(replica) && isText(reason) ? `replica ${replica} ${reason}` : undefined,
  'warmup-failed': ({ replica, reason, failures }) =>
    isNumber(replica) && isText(reason)
      ? warmUpWords({ replica, failures: isNumber(failures) ? failures : undefined }, reason)
      : undefined,
  'drain-timeout': ({ replica, ms, sessions, waiting, blockers }) =>
    isNumber(replica) && isNumber(ms) && isNumber(sessions) && isNumber(waiting) && isTexts(blockers)
      ? overdueWords({ replica, ms, sessions, waiting }, blockers)
      : undefined,
  'slots-parked': ({ slots }) => (isTexts(slots) ? slotsParkedWords(slots) : undefined),
};

export const olderErrorWords = ({ code, facts }: RecordedError): string | undefined => ownValue(words, code)?.(facts);

const isNumber = (fact: unknown): fact is number => typeof fact === 'number';
const isText = (fact: unknown): fact is string => typeof fact === 'string';
const isTexts = (fact: unknown): fact is readonly string[] => Array.isArray(fact) && fact.every(isText);
