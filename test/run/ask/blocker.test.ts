import { expect, test } from 'vitest';
import { blockersIn } from '../../../src/run/ask/blocker.ts';

const child = {
  ...{ pid: 1, state: 'Running', requestUri: '/', requestMethod: 'GET', script: '/i.php' },
  ...{ requestDurationUs: 1, startSince: 1 },
};

test("children that are idle hold nothing, and a query is nobody else's", () => {
  const found = blockersIn([
    { ...child, state: 'Idle' },
    { ...child, requestUri: '/a?token=1' },
  ]);
  expect(found).toEqual([{ ...child, requestUri: '/a' }]);
});

test('of very many children those are told that have been at it longest', () => {
  const found = blockersIn(Array.from({ length: 4_096 }, (_, pid) => ({ ...child, pid, requestDurationUs: pid })));
  expect(found.map(({ pid }) => pid)).toEqual(Array.from({ length: 20 }, (_, index) => 4_095 - index));
});

test('a text that no FPM would give is cut', () => {
  const long = 'x'.repeat(100_000);
  const found = blockersIn([{ ...child, state: long, requestUri: long, requestMethod: long, script: long }]);
  expect(JSON.stringify(found).length).toBeLessThan(1_500);
});
