import { describe, expect, test } from 'vitest';
import { PhpZdError } from '../../../src/base/errors.ts';
import type { Step } from '../../../src/plan/step.ts';
import type { Event } from '../../../src/run/site/events.ts';
import { good } from '../receipts.ts';
import { entriesOf, rollStarted, START, viewOf } from './scene.ts';

const total = 19;
const began = (step: Step, deadlineMs?: number): Event => ({
  kind: 'step-started',
  ...{ step, index: 3, total },
  ...(deadlineMs !== undefined && { deadlineMs }),
});
const done = (step: Step): Event => ({ kind: 'step-done', step, index: 3, total, ms: 1 });
const of42 = { generation: 'g42', release: '/r/42' };
const blocked = new PhpZdError('drain-timeout', {
  ...{ site: 'shop', replica: 2, ms: 60_000 },
  ...{ sessions: 1, waiting: 0, active: 0, blockers: [] },
});

/** Slot, state and release of each slot after these events of a roll. */
const slotsAfter = (...events: readonly Event[]) =>
  viewOf(entriesOf([rollStarted, ...events].map(event => [10, event]))).slots.map(({ slot, state, release }) =>
    [slot, state, release?.slice(3) ?? '-'].join(' '),
  );

test('a roll begins with the slots as they were found', () => {
  expect(viewOf(entriesOf([[0, rollStarted]]))).toEqual({
    title: 'Rolling shop to /r/42 (from /r/41) in 19 steps.',
    slots: [1, 2].map(slot => ({ slot, state: 'serves', release: '/r/41', busy: undefined, deadline: undefined })),
    step: undefined,
    startedAt: START,
    endedAt: undefined,
  });
});

describe('a slot is', () => {
  test.each<readonly [string, readonly Event[], string]>([
    ['pinned', [began({ kind: 'pin', slot: 3, ...of42 })], '3 pinned 42'],
    ['starting', [began({ kind: 'start', slot: 3 })], '3 starting -'],
    ['started', [done({ kind: 'start', slot: 3 })], '3 started -'],
    ['warming', [began({ kind: 'warm', slot: 3 })], '3 warming -'],
    ['proving', [began({ kind: 'prove', slot: 3, ...of42 })], '3 proving -'],
    ['going up', [began({ kind: 'serve', slot: 3 })], '3 going up -'],
    ['serving', [done({ kind: 'serve', slot: 3 })], '3 serves -'],
    ['watched', [began({ kind: 'bake', slots: [3], ms: 1 })], '3 watched -'],
    ['left as it is by a hold', [began({ kind: 'hold', slot: 2 }), done({ kind: 'hold', slot: 2 })], '2 serves 41'],
    ['draining', [began({ kind: 'drain', slot: 2, mustServe: 2 })], '2 draining 41'],
    ['drained', [done({ kind: 'drain', slot: 2, mustServe: 2 })], '2 drained 41'],
    ['at its last requests', [began({ kind: 'retire', slot: 2 })], '2 last requests 41'],
    ['stopped', [done({ kind: 'retire', slot: 2 })], '2 stopped 41'],
    ['a standby', [done({ kind: 'stand-by', slot: 2 })], '2 standby 41'],
    ['parked', [{ kind: 'parked', slot: 2, blockers: [] }, done({ kind: 'retire', slot: 2 })], '2 parked 41'],
    ['killed', [{ kind: 'killed', slot: 2, blockers: [] }, done({ kind: 'retire', slot: 2 })], '2 killed 41'],
    [
      'failed',
      [{ kind: 'step-failed', step: { kind: 'retire', slot: 2 }, index: 3, total, error: blocked }],
      '2 failed 41',
    ],
    [
      'failed alone, of several that are watched',
      [{ kind: 'step-failed', step: { kind: 'bake', slots: [1, 2], ms: 1 }, index: 3, total, error: blocked }],
      '2 failed 41',
    ],
  ])('%s', (_, events, expected) => {
    expect(slotsAfter(...events).at(-1)).toBe(expected);
  });
});

test('a switch turns all slots round', () => {
  const step = { kind: 'switch', to: [3, 4], from: [1, 2] } as const;
  expect(slotsAfter(began(step))).toEqual(['1 draining 41', '2 draining 41', '3 going up -', '4 going up -']);
  expect(slotsAfter(began(step), done(step))).toEqual(['1 drained 41', '2 drained 41', '3 serves -', '4 serves -']);
});

test('a step has a deadline while it lasts, and a drained slot the requests that it still has', () => {
  const retire = { kind: 'retire', slot: 2 } as const;
  const events: readonly Event[] = [
    rollStarted,
    began(retire, 5_000),
    { kind: 'draining', slot: 2, busy: 7, blockers: [] },
  ];
  const during = viewOf(entriesOf(events.map(event => [10, event])));
  expect(during.slots.at(-1)).toMatchObject({ deadline: START + 20 + 5_000, busy: 7 });
  expect(during.step).toEqual({
    ...{ index: 3, total: 19, isDone: false },
    doing: 'waiting for the requests of replica 2, to stop it',
  });
  const after = viewOf(entriesOf([...events, done(retire)].map(event => [10, event])));
  expect(after.slots.at(-1)).toMatchObject({ deadline: undefined, busy: undefined });
  expect(after.step).toEqual({ index: 3, total: 19, doing: undefined, isDone: true });
});

test('what the settle mends has a title and steps of its own', () => {
  const view = viewOf(entriesOf([rollStarted, { kind: 'settle-started', steps: 4 } as const].map(event => [0, event])));
  expect(view).toMatchObject({
    title: 'Putting right what is not right, in 4 steps.',
    step: { index: 0, total: 4 },
    slots: [{ slot: 1 }, { slot: 2 }],
  });
});

test('a roll is over with its receipt, and not before', () => {
  const rollDone: Event = { kind: 'roll-done', from: '/r/41', release: '/r/42', replicas: 2, receipt: good };
  const entries = entriesOf([
    [0, rollStarted],
    [100, rollDone],
    [50, { kind: 'receipt', outcome: 'rolled', receipt: good }],
  ]);
  expect(viewOf(entries.slice(0, 2)).endedAt).toBeUndefined();
  expect(viewOf(entries).endedAt).toBe(START + 150);
});

test('a start of the site shows the slots that it comes to', () => {
  const view = viewOf(entriesOf([[0, began({ kind: 'pin', slot: 1, ...of42 })]]));
  expect(view.slots).toMatchObject([{ slot: 1, state: 'pinned', release: '/r/42' }]);
});
