import type { WorseReason } from '../../base/error-reasons.ts';
import type { ServerAnswers } from '../../ports/balancer.ts';

/** How many times as bad a new release may be. Undefined: that is not compared. */
export interface Limits {
  readonly errors: number | undefined;
  readonly latency: number | undefined;
}

/** So many answers must have failed before they tell of a release. */
const LEAST_FAILED = 5;
/** So many answers of each make an average. */
const LEAST_ANSWERS = 10;
/** Times are whole milliseconds: of two averages that are closer than this neither is the longer one. */
const LEAST_MS = 5;
/**
 * What is beyond the limit must be so by three of its standard errors. Where two releases are as good as the limit allows, chance makes
 * that of one look in 740 (the normal distribution).
 */
const STANDARD_ERRORS = 3;

/** How the answers of new replicas are worse than those of old ones, by more than chance; undefined when they are not. */
export const findWorse = (fresh: ServerAnswers, old: ServerAnswers, limits: Limits): WorseReason | undefined =>
  findErrors(fresh, old, limits.errors) ?? findSlow(fresh, old, limits.latency);

/** Whether there is so much of both that a release can be told to be worse. */
export const isEnough = (fresh: ServerAnswers, old: ServerAnswers): boolean =>
  Math.min(fresh.answers, old.answers) >= LEAST_ANSWERS;

const findErrors = (fresh: ServerAnswers, old: ServerAnswers, most: number | undefined): WorseReason | undefined => {
  if (most === undefined || !isEnough(fresh, old) || fresh.failed < LEAST_FAILED) return undefined;
  // As if one more of the old ones' had failed: none of a hundred is not never.
  const [share, oldShare] = [fresh.failed / fresh.answers, (old.failed + 1) / (old.answers + 1)];
  const variance = (share * (1 - share)) / fresh.answers + (most ** 2 * oldShare * (1 - oldShare)) / old.answers;
  if (share - most * oldShare <= STANDARD_ERRORS * Math.sqrt(variance)) return undefined;
  const counts = { failed: fresh.failed, answers: fresh.answers, oldFailed: old.failed, oldAnswers: old.answers };
  return { kind: 'errors', ...counts, most };
};

const findSlow = (fresh: ServerAnswers, old: ServerAnswers, most: number | undefined): WorseReason | undefined => {
  if (most === undefined || !isEnough(fresh, old)) return undefined;
  const [mean, oldMean] = [meanMs(fresh), meanMs(old)];
  const variance = errorOfMean(fresh) + most ** 2 * errorOfMean(old);
  const isLonger = mean - oldMean >= LEAST_MS && mean - most * oldMean > STANDARD_ERRORS * Math.sqrt(variance);
  if (!isLonger) return undefined;
  const means = { ms: Math.round(mean), answers: fresh.answers, oldMs: Math.round(oldMean), oldAnswers: old.answers };
  return { kind: 'slow', ...means, most };
};

/** The average time until an answer begins; 0 where there is none. */
const meanMs = ({ ms, answers }: ServerAnswers): number => (answers === 0 ? 0 : ms / answers);

/** The square of the average's standard error, by Welch. */
const errorOfMean = (each: ServerAnswers): number =>
  Math.max(0, each.squares / each.answers - meanMs(each) ** 2) / (each.answers - 1);
