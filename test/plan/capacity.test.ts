import { expect, test } from 'vitest';
import { forecastCapacity, type ServingReplica } from '../../src/plan/capacity.ts';
import type { Goal } from '../../src/plan/goal.ts';
import { planRoll } from '../../src/plan/roll.ts';
import { goal, parked, serving, site } from './sites.ts';

const CHILDREN = 8;
/** Replicas on the slots from 1, with so many children busy each. */
const busy = (...counts: readonly (number | undefined)[]): readonly ServingReplica[] =>
  counts.map((count, index) => ({ slot: index + 1, children: CHILDREN, busy: count }));

const forecast = (to: Goal, replicas: readonly ServingReplica[], { queued = 0, newChildren = CHILDREN } = {}) => {
  const observed = site(...replicas.map(({ slot }) => serving(slot)));
  return forecastCapacity(planRoll(to, observed), { replicas, queued }, newChildren);
};

const noSurge = goal({ surge: 0 });

test('with surge never fewer serve than now', () => {
  expect(forecast(goal(), busy(5, 6))).toEqual({
    ...{ children: 16, busy: 11, queued: 0, silent: [] },
    ...{ least: 16, leastAt: undefined, away: [], isShort: false },
  });
});

test('without surge one is away, from its drain on', () => {
  expect(forecast(noSurge, busy(5, 6))).toEqual({
    ...{ children: 16, busy: 11, queued: 0, silent: [] },
    ...{ least: 8, leastAt: 3, away: [1], isShort: true },
  });
});

test.each([
  ['as many busy as remain are carried', busy(4, 4), 0, false],
  ['one more is not', busy(4, 5), 0, true],
  ['what waits in HAProxy wants a child too', busy(4, 4), 1, true],
  ['a replica that does not say is taken to be busy', busy(undefined, 1), 0, true],
])('without surge %s', (_, replicas, queued, isShort) => {
  expect(forecast(noSurge, replicas, { queued })).toMatchObject({ isShort });
});

test('a replica that does not say is named', () => {
  expect(forecast(goal(), busy(1, undefined))).toMatchObject({ busy: 9, silent: [2] });
});

test('with surge requests that wait already are too many too', () => {
  expect(forecast(goal(), busy(8, 8), { queued: 3 })).toMatchObject({ least: 16, away: [], isShort: true });
});

test('fewer children of the new replicas count from the first drain on', () => {
  const later = forecast(goal(), busy(5, 5), { newChildren: 2 });
  expect(later).toMatchObject({ least: 4, away: [1, 2], isShort: true });
});

test('a switch of all requests at one moment leaves the new ones', () => {
  const found = forecast(goal({ strategy: 'blue-green' }), busy(5, 5), { newChildren: 6 });
  expect(found).toMatchObject({ least: 12, away: [1, 2], isShort: false });
});

test('a parked replica is none of those that serve', () => {
  const observed = site(serving(1), serving(2), parked(3));
  const replicas = busy(1, 1);
  expect(forecastCapacity(planRoll(goal(), observed), { replicas, queued: 0 }, CHILDREN)).toMatchObject({ least: 16 });
});

test('a site that does not serve has nothing to carry', () => {
  expect(forecastCapacity([], { replicas: [], queued: 0 }, CHILDREN)).toMatchObject({ children: 0, isShort: false });
});
