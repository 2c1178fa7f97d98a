import { isError, type RecordedError, recallError } from '../../base/errors.ts';
import { blockerWords } from '../words/blocker.ts';
import { unprovenReasonWords, warmUpReasonWords, worseReasonWords } from '../words/errors/reasons.ts';

/** For programs, as php-zd always printed it: its reason and its blockers in words. One of another version as it was kept. */
export const errorJson = (recorded: RecordedError): RecordedError => {
  const error = recallError(recorded);
  const worded = error === undefined ? undefined : wordsIn(error);
  return { code: recorded.code, facts: { ...recorded.facts, ...worded } };
};

const wordsIn = (error: unknown): RecordedError['facts'] => {
  if (isError(error, 'replica-unproven')) return { reason: unprovenReasonWords(error.facts.reason) };
  if (isError(error, 'warmup-failed')) return { reason: warmUpReasonWords(error.facts.reason) };
  if (isError(error, 'replica-worse')) return { reason: worseReasonWords(error.facts.reason) };
  if (isError(error, 'drain-timeout')) return { blockers: error.facts.blockers.map(blockerWords) };
  if (isError(error, 'slots-parked')) return { slots: error.facts.slots.map(String) };
  if (isError(error, 'not-serving')) return { state: error.facts.state ?? 'unknown to HAProxy' };
  return {};
};
