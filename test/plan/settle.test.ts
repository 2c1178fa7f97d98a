import { describe, expect, test } from 'vitest';
import type { Goal } from '../../src/plan/goal.ts';
import type { ObservedSlot } from '../../src/plan/observed.ts';
import { planRoll } from '../../src/plan/roll.ts';
import { planSettle } from '../../src/plan/settle.ts';
import { afterSteps } from './simulation.ts';
import { drained, failed, goal, parked, serving, site, standingBy, words } from './sites.ts';

const back = (changes: Parameters<typeof goal>[0] = {}) => goal({ generation: '1', ...changes });
const settle = (to: Goal, ...slots: readonly ObservedSlot[]) => words(planSettle(to, site(...slots)));

const raised = (slot: number) => ['hold', 'pin', 'start', 'prove', 'serve'].map(kind => `${kind} ${slot}`);
/** Where one crashed the gate may be open still. */
const raisedAnew = (slot: number) => ['hold', 'drain', 'pin', 'start', 'prove', 'serve'].map(kind => `${kind} ${slot}`);
const removed = (slot: number) => ['hold', 'drain', 'retire'].map(kind => `${kind} ${slot}`);

describe('a settle of two replicas, of which the first', () => {
  test.each([
    ['serves as it should', {}, []],
    ['is held and serves, as after a roll killed before its drain', { hold: 'roll' }, ['serve 1']],
    ['is drained', drained(1), ['serve 1']],
    ['was drained behind its back', { isUp: false }, ['serve 1']],
    ['crashed', failed(1), raisedAnew(1)],
    ['is starting and starting again', { unit: 'changing' }, raisedAnew(1)],
    ['serves another release', { pin: '2' }, [...raised(3), ...removed(1)]],
    ['serves a release that was removed', { isRunningPin: false }, [...raised(3), ...removed(1)]],
    ['runs another release and does not serve', drained(1, '2'), [...raised(3), ...removed(1)]],
    ['is parked', parked(1), ['serve 1']],
    ['is parked with another release', parked(1, '2'), raised(3)],
  ] as const)('%s', (_, slot, steps) => {
    expect(settle(back(), { ...serving(1), ...slot }, serving(2))).toEqual(steps);
  });
});

describe('a settle', () => {
  test('brings up every replica where nothing runs', () => {
    expect(settle(back())).toEqual([...raised(1), ...raised(2)]);
  });

  test('promotes what was never promoted', () => {
    expect(words(planSettle(back(), { slots: [], promoted: undefined, previous: undefined })).at(-1)).toBe('promote 1');
  });

  test('proves what was never promoted before it serves, though it runs already', () => {
    const left = { slots: [drained(1), serving(2)], promoted: undefined, previous: undefined };
    expect(words(planSettle(back(), left))).toEqual(['prove 1', 'serve 1', 'promote 1']);
  });

  test('proves what was never promoted before all requests are switched to it', () => {
    const left = { slots: [drained(1), serving(3, '2'), serving(4, '2')], promoted: '2', previous: undefined };
    const steps = words(planSettle(back({ strategy: 'blue-green' }), left));
    expect(steps[0]).toBe('prove 1');
    expect(steps.findIndex(step => step.startsWith('switch'))).toBeGreaterThan(0);
  });

  test('without surge mends in place what does not serve first, and each while enough others serve', () => {
    const to = back({ surge: 0, replicas: 3 });
    const inPlace = (slot: number) => [...removed(slot), ...raised(slot)];
    const steps = planSettle(to, site(serving(1, '2'), serving(2, '2'), drained(3, '2')));
    expect(words(steps)).toEqual([...inPlace(3), ...inPlace(1), ...inPlace(2)]);
    expect(steps.filter(step => step.kind === 'drain').map(({ mustServe }) => mustServe)).toEqual([0, 2, 2]);
  });

  test('stops what is beyond the wanted number, also in slots that the site no longer has', () => {
    const steps = settle(back(), serving(1), serving(2), serving(3), serving(7));
    expect(steps).toEqual(['hold 7', 'drain 7', 'hold 3', 'drain 3', 'retire 7', 'retire 3']);
  });

  test.each(['changing', 'failed'] as const)('stops a %s replica in a slot that it does not need', unit => {
    const steps = settle(back(), serving(1), serving(2), { ...failed(4, '2'), unit });
    expect(steps).toEqual(removed(4));
  });

  test('puts drained replicas back to work before it takes out those of a release that failed', () => {
    const steps = settle(back(), drained(1), serving(2), serving(3, '2'));
    expect(steps).toEqual(['serve 1', ...removed(3)]);
  });

  test('switches back at once after a blue-green switch', () => {
    const to = back({ strategy: 'blue-green', surge: 2 });
    const steps = settle(to, drained(1), drained(2), serving(3, '2'), serving(4, '2'));
    expect(steps).toEqual(['switch 3,4 -> 1,2', ...removed(3), ...removed(4)]);
  });

  test('starts no more than a roll would have side by side', () => {
    const rolled = [9, 10, 11, 12, 13, 14, 15, 16].map(slot => serving(slot, '2'));
    const steps = settle(back({ replicas: 8 }), drained(7), drained(8), ...rolled).filter(word =>
      /^(start|ret)/.test(word),
    );
    expect(steps.slice(0, 4)).toEqual(['retire 9', 'start 1', 'retire 10', 'start 2']);
  });

  test('leaves what is wrong to serve when only parked slots are left, and asks for what cannot be', () => {
    const steps = planSettle(back({ replicas: 1 }), site(serving(1, '2'), parked(2, '0')));
    expect(steps.filter(step => step.kind === 'drain')).toEqual([{ kind: 'drain', slot: 1, mustServe: 1 }]);
    expect(words(steps)).toEqual(removed(1));
  });
});

describe('a settle after a roll that was killed', () => {
  const start = site(serving(1), serving(2));
  const roll = planRoll(goal(), start);
  const settled = (steps: number) => words(planSettle(back(), afterSteps(start, roll.slice(0, steps))));

  test.each([
    ['before it did anything', 0, []],
    ['when all was written', 1, []],
    ['when a slot was held', 2, []],
    ['when a slot was pinned', 3, []],
    ['when the first had started', 4, removed(3)],
    ['when the first was warm', 5, removed(3)],
    ['when the first was proven', 6, removed(3)],
    ['when the second had started', 9, [...removed(3), ...removed(4)]],
    ['when the first served', 12, ['hold 3', 'drain 3', 'retire 3', ...removed(4)]],
    ['when an old one was held', 13, ['serve 1', 'hold 3', 'drain 3', 'retire 3', ...removed(4)]],
    ['when an old one was drained', 14, ['serve 1', 'hold 3', 'drain 3', 'retire 3', ...removed(4)]],
    ['when the second served', 15, ['serve 1', 'hold 3', 'drain 3', 'hold 4', 'drain 4', 'retire 3', 'retire 4']],
    [
      'when both old ones were drained',
      17,
      ['serve 1', 'serve 2', 'hold 3', 'drain 3', 'hold 4', 'drain 4', 'retire 3', 'retire 4'],
    ],
    [
      'when one old one was stopped',
      18,
      ['serve 2', 'hold 3', 'drain 3', ...raised(1), 'hold 4', 'drain 4', 'retire 3', 'retire 4'],
    ],
    [
      'when both old ones were stopped',
      19,
      [...raised(1), 'hold 3', 'drain 3', ...raised(2), 'hold 4', 'drain 4', 'retire 3', 'retire 4'],
    ],
  ] as const)('%s', (_, steps, expected) => expect(settled(steps)).toEqual(expected));

  test('has nothing to do when it was through', () => {
    expect(planSettle(goal(), afterSteps(start, roll))).toEqual([]);
  });
});

describe('a settle of the standby', () => {
  const to = back({ standbyOf: '0' });
  const both = [serving(1), serving(2)];

  test.each([
    ['keeps one that stands by', [standingBy(5, '0')], []],
    ['proves one that is missing', [], ['hold 3', 'pin 3', 'start 3', 'prove 3', 'stand-by 3']],
    ['withdraws one that a killed rollback let serve', [serving(5, '0')], ['hold 5', 'drain 5', 'stand-by 5']],
    ['proves one that nobody finished', [drained(5, '0')], ['prove 5', 'stand-by 5']],
    ['has one of two stand by', [standingBy(3, '0'), standingBy(5, '0')], removed(5)],
    [
      'starts it where another had its place',
      [drained(3, '2'), drained(4, '2'), drained(5, '2')],
      [...removed(3), ...removed(4), ...removed(5), 'hold 3', 'pin 3', 'start 3', 'prove 3', 'stand-by 3'],
    ],
  ] as const)('%s', (_, others, steps) => expect(settle(to, ...both, ...others)).toEqual(steps));

  test('stops one that is no longer wanted', () => {
    expect(settle(back(), ...both, standingBy(4, '0'))).toEqual(removed(4));
  });
});
