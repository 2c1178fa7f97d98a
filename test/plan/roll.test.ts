import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isServing, type ObservedSite, type ObservedSlot } from '../../src/plan/observed.ts';
import { planRoll, planSettle } from '../../src/plan/roll.ts';
import type { Step } from '../../src/plan/step.ts';

const serving = (slot: number, pin = '/r/1'): ObservedSlot => ({
  slot,
  unit: 'active',
  pin,
  isRunningPin: true,
  isHeld: false,
  isGateOpen: true,
  isUp: true,
  balancer: 'UP',
});
const site = (...slots: ObservedSlot[]): ObservedSite => ({ slots, promoted: '/r/1' });
const words = (steps: readonly Step[]) =>
  steps.map(step => ('slot' in step ? `${step.kind} ${step.slot}` : `${step.kind} ${step.release}`));
const replaced = (slot: number) =>
  ['hold', 'drain', 'await-idle', 'pin', 'restart', 'prove', 'serve'].map(kind => `${kind} ${slot}`);

describe('a roll', () => {
  test('replaces one replica after the other in its place, then promotes', () => {
    const steps = planRoll({ release: '/r/2', replicas: 2 }, site(serving(1), serving(2)));
    expect(words(steps)).toEqual([...replaced(1), ...replaced(2), 'promote /r/2']);
  });

  test('begins with what does not serve, so that capacity rises before it falls', () => {
    const steps = planRoll({ release: '/r/2', replicas: 2 }, site(serving(1), { ...serving(2), unit: 'failed' }));
    expect(words(steps).slice(0, 5)).toEqual(['hold 2', 'pin 2', 'restart 2', 'prove 2', 'serve 2']);
  });

  test('wants one replica less than all to serve while it drains, and never none', () => {
    const wanted = (replicas: number) =>
      planRoll({ release: '/r/2', replicas }, site(serving(1), serving(2))).find(step => step.kind === 'drain');
    expect(wanted(4)).toMatchObject({ mustServe: 3 });
    expect(wanted(1)).toMatchObject({ mustServe: 1 });
  });

  test('drains and stops replicas beyond the wanted number', () => {
    const steps = planRoll({ release: '/r/2', replicas: 2 }, site(serving(1), serving(2), serving(3)));
    expect(words(steps).slice(-5)).toEqual(['hold 3', 'drain 3', 'await-idle 3', 'stop 3', 'promote /r/2']);
  });
});

describe('a settle', () => {
  const settle = (slot: Partial<ObservedSlot>) =>
    words(planSettle({ release: '/r/1', replicas: 2 }, site({ ...serving(1), ...slot }, serving(2))));

  test.each([
    ['serves as it should', {}, []],
    ['is held, as after a roll killed before its drain', { isHeld: true }, ['prove 1', 'serve 1']],
    ['is drained', { isUp: false, isGateOpen: false, isHeld: true }, ['prove 1', 'serve 1']],
    ['was drained behind its back', { isUp: false }, ['prove 1', 'serve 1']],
    ['runs another release', { pin: '/r/2' }, replaced(1)],
    ['runs a release that was removed', { isRunningPin: false }, replaced(1)],
    ['crashed', { unit: 'failed' }, ['hold 1', 'pin 1', 'restart 1', 'prove 1', 'serve 1']],
    ['is starting and starting again', { unit: 'changing' }, ['hold 1', 'pin 1', 'restart 1', 'prove 1', 'serve 1']],
  ] as const)('of a replica that %s', (_, slot, steps) => expect(settle(slot)).toEqual(steps));
});

const anySlot = (slot: number): fc.Arbitrary<ObservedSlot> =>
  fc.record({
    slot: fc.constant(slot),
    unit: fc.constantFrom('active', 'inactive', 'failed', 'changing'),
    pin: fc.constantFrom(undefined, '/r/1', '/r/2'),
    isRunningPin: fc.boolean(),
    isHeld: fc.boolean(),
    isGateOpen: fc.boolean(),
    isUp: fc.boolean(),
    balancer: fc.constantFrom(undefined, 'UP', 'DOWN', 'DRAIN'),
  });
const anySite = fc.integer({ min: 1, max: 5 }).chain(count =>
  fc.record({
    slots: fc.tuple(...Array.from({ length: count }, (_, index) => anySlot(index + 1))),
    promoted: fc.constantFrom(undefined, '/r/1'),
  }),
);

/** What a site would be after a step that went well. */
const after = (slots: readonly ObservedSlot[], step: Step): readonly ObservedSlot[] => {
  if (!('slot' in step)) return slots;
  const changes: { readonly [Kind in Step['kind']]?: Partial<ObservedSlot> } = {
    hold: { isHeld: true },
    drain: { isUp: false, isGateOpen: false },
    pin: { ...(step.kind === 'pin' && { pin: step.release }), isRunningPin: false },
    restart: { unit: 'active', isRunningPin: true },
    stop: { unit: 'inactive' },
    serve: { isUp: true, isGateOpen: true, isHeld: false },
  };
  return slots.map(slot => (slot.slot === step.slot ? { ...slot, ...changes[step.kind] } : slot));
};

describe('from whatever state', () => {
  const goal = { release: '/r/2', replicas: 3 };
  const full = (slots: readonly ObservedSlot[]) =>
    [1, 2, 3].map(slot => slots.find(each => each.slot === slot) ?? { ...serving(slot), unit: 'inactive' as const });

  test('a roll ends with every replica serving the release and nothing else running', () => {
    fc.assert(
      fc.property(anySite, observed => {
        const surplus = observed.slots.filter(({ slot }) => slot > 3);
        const end = planRoll(goal, observed).reduce(after, [...full(observed.slots), ...surplus]);
        expect(end.filter(isServing).map(({ slot, pin }) => [slot, pin])).toEqual(
          [1, 2, 3].map(slot => [slot, '/r/2']),
        );
        expect(end.filter(({ slot, unit }) => slot > 3 && unit !== 'inactive')).toEqual([]);
      }),
    );
  });

  test('no replica is restarted while it takes requests, and none serves unproven', () => {
    fc.assert(
      fc.property(anySite, observed => {
        let slots: readonly ObservedSlot[] = full(observed.slots);
        const unproven = new Set<number>();
        for (const step of planRoll(goal, observed)) {
          if (step.kind === 'restart' || step.kind === 'stop') {
            const before = slots.find(({ slot }) => slot === step.slot);
            expect(before !== undefined && isServing(before)).toBe(false);
            unproven.add(step.slot);
          }
          if (step.kind === 'prove') unproven.delete(step.slot);
          if (step.kind === 'serve') expect(unproven).not.toContain(step.slot);
          slots = after(slots, step);
        }
      }),
    );
  });

  test('any prefix of a roll, followed by a settle to the old release, ends with every replica on the old one', () => {
    fc.assert(
      fc.property(fc.nat(25), done => {
        const start = site(serving(1), serving(2), serving(3));
        const killed = planRoll(goal, start).slice(0, done).reduce(after, start.slots);
        const old = { release: '/r/1', replicas: 3 };
        const end = planSettle(old, { slots: killed, promoted: '/r/1' }).reduce(after, killed);
        expect(end).toEqual([1, 2, 3].map(slot => ({ ...serving(slot) })));
      }),
    );
  });
});
