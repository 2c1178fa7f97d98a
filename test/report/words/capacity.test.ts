import { expect, test } from 'vitest';
import type { Capacity } from '../../../src/plan/capacity.ts';
import { capacityLine, memoryWarning } from '../../../src/report/words/capacity.ts';

const calm: Capacity = {
  ...{ children: 16, busy: 3, queued: 0, silent: [] },
  ...{ least: 16, leastAt: undefined, away: [], isShort: false },
};
const MIB = 1_048_576;

test.each<[Partial<Capacity>, string]>([
  [{}, 'Capacity: now 3 of 16 children busy; never fewer than 16 serve: enough.'],
  [
    { busy: 11, least: 8, leastAt: 2, away: [1], isShort: true },
    'Capacity: now 11 of 16 children busy; with replica 1 away 8 remain (step 2): requests will queue.',
  ],
  [
    { busy: 16, queued: 1, isShort: true },
    'Capacity: now 16 of 16 children busy, 1 request waiting; never fewer than 16 serve: requests will queue.',
  ],
  [
    { busy: 9, silent: [2] },
    'Capacity: now 9 of 16 children busy, replica 2 does not say and counts as busy; never fewer than 16 serve: enough.',
  ],
  [{ children: 0, busy: 0, least: 0 }, 'Capacity: no replica serves now.'],
])('%o', (change, text) => {
  expect(capacityLine({ ...calm, ...change })).toBe(text);
});

test('too little memory is said with what to do', () => {
  const figures = { more: 2, replicaBytes: 55 * MIB, availableBytes: 60.4 * MIB };
  expect(memoryWarning({ ...figures, isShort: true })).toBe(
    'Memory: it runs up to 2 more replicas, 55 MiB each, and 60 MiB are available: free some first, or write surge = 0 in [site].',
  );
  expect(memoryWarning({ ...figures, isShort: false })).toBeUndefined();
});
