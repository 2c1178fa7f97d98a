import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ServerAnswers } from '../../../src/ports/balancer.ts';
import { findWorse, isEnough } from '../../../src/run/proof/compare.ts';

/** So many answers, of which so many failed, each after so many milliseconds. */
const answered = (answers: number, failed = 0, ms = 20): ServerAnswers => ({
  ...{ answers, failed },
  ms: answers * ms,
  squares: answers * ms * ms,
});

const NEITHER = { errors: undefined, latency: undefined };
const ERRORS = { errors: 2, latency: undefined };
const LATENCY = { errors: undefined, latency: 2 };

describe('errors', () => {
  test.each<readonly [string, ServerAnswers, ServerAnswers, boolean]>([
    ['one of three', answered(3, 1), answered(100), false],
    ['three of three', answered(3, 3), answered(100), false],
    ['four of four hundred', answered(400, 4), answered(400), false],
    ['a third', answered(60, 20), answered(60), true],
    ['all', answered(12, 12), answered(100), true],
    ['a hundredth, where there were none', answered(1_000, 20), answered(1_000), true],
    ['as many as the old ones', answered(1_000, 300), answered(1_000, 300), false],
    ['twice as many as the old ones', answered(1_000, 200), answered(1_000, 100), false],
    ['four times as many as the old ones', answered(1_000, 400), answered(1_000, 100), true],
    ['all, and nobody to compare with', answered(100, 100), answered(0), false],
    ['all, beside two of the old ones', answered(100, 100), answered(2), false],
  ])('%s', (_, fresh, old, isWorse) => {
    const { answers, failed } = fresh;
    const reason = { kind: 'errors', answers, failed, oldAnswers: old.answers, oldFailed: old.failed, most: 2 };
    expect(findWorse(fresh, old, ERRORS)).toEqual(isWorse ? reason : undefined);
  });
});

/** Answers that took these times. */
const took = (...times: readonly number[]): ServerAnswers => ({
  ...{ answers: times.length, failed: 0 },
  ms: times.reduce((sum, ms) => sum + ms, 0),
  squares: times.reduce((sum, ms) => sum + ms * ms, 0),
});
const each = (count: number, ...times: readonly number[]) =>
  Array.from({ length: count }, (_, index) => times[index % times.length] ?? 0);

describe('latency', () => {
  test.each<readonly [string, ServerAnswers, ServerAnswers, boolean]>([
    ['ten times as long', took(...each(20, 90, 110)), took(...each(20, 8, 12)), true],
    ['a little less than twice as long', took(...each(100, 36, 38)), took(...each(100, 19, 21)), false],
    ['one that takes a minute among ten', took(...each(10, 20), 60_000), took(...each(100, 20)), false],
    ['three times as long, of a millisecond', took(...each(100, 3)), took(...each(100, 1)), false],
    ['ten times as long, nine times', took(...each(9, 100)), took(...each(100, 10)), false],
    ['ten times as long, beside nobody', took(...each(100, 100)), took(), false],
  ])('%s', (_, fresh, old, isWorse) => {
    expect(findWorse(fresh, old, LATENCY)?.kind).toBe(isWorse ? 'slow' : undefined);
  });

  test('both averages are told, in whole milliseconds', () => {
    expect(findWorse(took(...each(20, 90, 110)), took(...each(30, 10)), LATENCY)).toEqual({
      ...{ kind: 'slow', ms: 100, answers: 20, oldMs: 10, oldAnswers: 30, most: 2 },
    });
  });
});

const anyAnswers = fc
  .array(fc.record({ ms: fc.nat(60_000), isFailed: fc.boolean() }), { maxLength: 60 })
  .map(list => ({ ...took(...list.map(({ ms }) => ms)), failed: list.filter(({ isFailed }) => isFailed).length }));
const anyRatio = fc.option(fc.double({ min: 1, max: 1_000, noNaN: true }), { nil: undefined });

test('a release is never worse than itself, and nothing is worse than nothing, whatever the limits', () => {
  fc.assert(
    fc.property(anyAnswers, anyRatio, anyRatio, (some, errors, latency) => {
      expect(findWorse(some, some, { errors, latency })).toBeUndefined();
      expect(findWorse(some, answered(0), { errors, latency })).toBeUndefined();
      expect(findWorse(answered(0), some, { errors, latency })).toBeUndefined();
      expect(findWorse(some, answered(1_000), NEITHER)).toBeUndefined();
    }),
  );
});

/** Of so many answers about this share fails. */
const many = (most: number) =>
  fc
    .record({ answers: fc.integer({ min: 10, max: 1_000 }), share: fc.double({ min: 0, max: most, noNaN: true }) })
    .map(({ answers, share }) => answered(answers, Math.floor(answers * share)));

test('who is worse is beyond the limit, and stays worse with more failures and with a lower limit', () => {
  fc.assert(
    fc.property(many(0.9), many(0.1), fc.double({ min: 1, max: 5, noNaN: true }), (fresh, old, errors) => {
      const reason = findWorse(fresh, old, { errors, latency: undefined });
      fc.pre(reason !== undefined);
      expect(isEnough(fresh, old)).toBe(true);
      expect(fresh.failed / fresh.answers).toBeGreaterThan((errors * old.failed) / old.answers);
      expect(findWorse(fresh, old, { errors: 1 + (errors - 1) / 2, latency: undefined })).toBeDefined();
      const more = { ...fresh, failed: Math.min(fresh.answers, fresh.failed + 1) };
      expect(findWorse(more, old, { errors, latency: undefined })).toBeDefined();
    }),
  );
});

/** A generator of chance that is the same each time (mulberry32). */
const chance = (seed: number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

test('of a thousand rolls to as good a release, each looked at a hundred times, chance ends none', () => {
  const random = chance(7);
  const more = (to: ServerAnswers): ServerAnswers => {
    const ms = Math.round(10 - 20 * Math.log(1 - random()));
    const failed = to.failed + (random() < 0.05 ? 1 : 0);
    return { answers: to.answers + 1, failed, ms: to.ms + ms, squares: to.squares + ms * ms };
  };
  const isEnded = () => {
    let [fresh, old] = [answered(0), answered(0)];
    for (let look = 0; look < 100; look += 1) {
      for (let request = 0; request < 3; request += 1) [fresh, old] = [more(fresh), more(old)];
      if (findWorse(fresh, old, { errors: 2, latency: 2 }) !== undefined) return true;
    }
    return false;
  };
  expect(Array.from({ length: 1_000 }, isEnded).filter(Boolean)).toEqual([]);
});
