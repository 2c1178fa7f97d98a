import fc from 'fast-check';
import type { Goal } from '../../src/plan/goal.ts';
import type { ObservedSite, ObservedSlot } from '../../src/plan/observed.ts';
import { goal, releaseOf } from './sites.ts';

// Every state that a site can be found in, and whatever it may be meant to be.

const anySlot = (slot: number): fc.Arbitrary<ObservedSlot> =>
  fc
    .record({
      unit: fc.constantFrom<ObservedSlot['unit']>('active', 'active', 'active', 'inactive', 'failed', 'changing'),
      pin: fc.constantFrom(undefined, '0', '1', '1', '2'),
      isRunningPin: fc.boolean(),
      hold: fc.constantFrom<ObservedSlot['hold'][]>(undefined, undefined, 'roll', 'standby', 'parked'),
      isGateOpen: fc.boolean(),
      isUp: fc.boolean(),
    })
    .map(state => possible({ slot, ...state, release: state.pin && releaseOf(state.pin), balancer: undefined }));

/** Only what runs can run its pin, and who parks a replica has closed its gate. */
const possible = (slot: ObservedSlot): ObservedSlot => ({
  ...slot,
  isRunningPin: slot.isRunningPin && slot.pin !== undefined && (slot.unit === 'active' || slot.unit === 'changing'),
  ...(slot.hold === 'parked' && { isGateOpen: false, isUp: false }),
});

export const anySite: fc.Arbitrary<ObservedSite> = fc.record({
  slots: fc
    .integer({ min: 1, max: 6 })
    .chain(count => fc.tuple(...Array.from({ length: count }, (_, index) => anySlot(index + 1)))),
  promoted: fc.constantFrom(undefined, '1', '2'),
  previous: fc.constant(undefined),
});

type Size = Pick<Goal, 'replicas' | 'surge' | 'strategy'>;

const blueGreen: fc.Arbitrary<Size> = fc
  .integer({ min: 1, max: 4 })
  .map(replicas => ({ replicas, surge: replicas, strategy: 'blue-green' }));

/** One replica alone cannot be replaced in its place. */
const rolling: fc.Arbitrary<Size> = fc
  .integer({ min: 1, max: 4 })
  .chain(replicas =>
    fc
      .integer({ min: replicas === 1 ? 1 : 0, max: replicas })
      .map(surge => ({ replicas, surge, strategy: 'rolling' as const })),
  );

/** The same site on its old generation and on its new one. */
export interface Goals {
  readonly old: Goal;
  readonly new: Goal;
}

const goalsOf = (anySize: fc.Arbitrary<Size>): fc.Arbitrary<Goals> =>
  fc
    .record({ size: anySize, hasStandby: fc.boolean(), bakeMs: fc.constantFrom(0, 1_000) })
    .map(({ size, hasStandby, bakeMs }) => ({
      old: goal({ ...size, bakeMs, generation: '1', ...(hasStandby && { standbyOf: '0' }) }),
      new: goal({ ...size, bakeMs, generation: '2', ...(hasStandby && { standbyOf: '1' }) }),
    }));

const oneOf = (goals: fc.Arbitrary<Goals>): fc.Arbitrary<Goal> =>
  fc.tuple(goals, fc.boolean()).map(([{ old, new: next }, isNew]) => (isNew ? next : old));

export const anyGoals = goalsOf(fc.oneof(rolling, blueGreen));
export const anyGoal = oneOf(anyGoals);
export const anyBlueGreenGoal = oneOf(goalsOf(blueGreen));
