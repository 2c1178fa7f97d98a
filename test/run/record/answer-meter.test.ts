import { expect, test } from 'vitest';
import type { ServerAnswers } from '../../../src/ports/balancer.ts';
import { AnswerMeter } from '../../../src/run/record/answer-meter.ts';

const answered = (answers: number): ServerAnswers => ({ answers, failed: answers, ms: answers, squares: answers });
const reading = (worker: number, ...counts: readonly number[]) => ({
  worker,
  answers: new Map(counts.map((count, index) => [String(index + 1), answered(count)])),
});

test('what slots have answered counts from the first reading of each, and together', () => {
  const meter = new AnswerMeter();
  meter.read(reading(1, 100));
  meter.read(reading(1, 103, 50));
  meter.read(reading(1, 110, 52));
  expect([meter.of([1]), meter.of([2]), meter.of([1, 2])]).toEqual([10, 2, 12].map(answered));
});

test('another worker of HAProxy counts from 0, whatever the former one had counted', () => {
  const meter = new AnswerMeter();
  meter.read(reading(1, 100));
  meter.read(reading(1, 104));
  meter.read(reading(2, 3));
  meter.read(reading(2, 200));
  expect(meter.of([1])).toEqual(answered(204));
});

test('a slot that nobody has read has answered nothing', () => {
  expect(new AnswerMeter().of([7])).toEqual(answered(0));
});
