import { isServing, type ObservedSite, type ObservedSlot } from './observed.ts';
import type { Step } from './step.ts';

export interface Goal {
  /** Slots 1..replicas run this release. */
  readonly release: string;
  readonly replicas: number;
}

/**
 * A roll: every replica starts anew on the release, one after the other in its place. What does not serve comes first, so that
 * capacity rises before it falls. Never fewer than `replicas - 1` serve, never none (P2).
 */
export const planRoll = (goal: Goal, observed: ObservedSite): readonly Step[] => {
  const mustServe = Math.max(1, goal.replicas - 1);
  return [
    ...wantedSlots(goal, observed).flatMap(slot => replaceSlot(slot, goal.release, mustServe)),
    ...stopSurplus(goal, observed),
    { kind: 'promote', release: goal.release },
  ];
};

/**
 * Puts right what a killed or failed roll, a crash or a boot left: every replica that is not proven and serving on the release.
 * One other replica that serves is enough to mend this one.
 */
export const planSettle = (goal: Goal, observed: ObservedSite): readonly Step[] => [
  ...wantedSlots(goal, observed).flatMap(slot => mendSlot(slot, goal.release)),
  ...stopSurplus(goal, observed),
  ...(observed.promoted === goal.release ? [] : [{ kind: 'promote', release: goal.release } as const]),
];

const wantedSlots = (goal: Goal, observed: ObservedSite): readonly ObservedSlot[] => {
  const wanted = Array.from(
    { length: goal.replicas },
    (_, index) => observed.slots.find(({ slot }) => slot === index + 1) ?? emptySlot(index + 1),
  );
  return [...wanted.filter(slot => !isServing(slot)), ...wanted.filter(isServing)];
};

const emptySlot = (slot: number): ObservedSlot => ({
  slot,
  unit: 'inactive',
  pin: undefined,
  isRunningPin: false,
  isHeld: false,
  isGateOpen: false,
  isUp: false,
  balancer: undefined,
});

/** A replica that ran may have requests even when its gate is closed: it is drained all the same. */
const replaceSlot = ({ slot, unit }: ObservedSlot, release: string, mustServe: number): readonly Step[] => [
  { kind: 'hold', slot },
  ...(unit === 'active'
    ? ([
        { kind: 'drain', slot, mustServe },
        { kind: 'await-idle', slot },
      ] as const)
    : []),
  { kind: 'pin', slot, release },
  { kind: 'restart', slot },
  { kind: 'prove', slot, release },
  { kind: 'serve', slot },
];

const mendSlot = (observed: ObservedSlot, release: string): readonly Step[] => {
  const { slot, unit, pin, isRunningPin, isHeld } = observed;
  const isRight = unit === 'active' && pin === release && isRunningPin;
  if (!isRight) return replaceSlot(observed, release, 1);
  if (isServing(observed) && !isHeld) return [];
  return [
    { kind: 'prove', slot, release },
    { kind: 'serve', slot },
  ];
};

/** Replicas beyond the wanted number. */
const stopSurplus = (goal: Goal, observed: ObservedSite): readonly Step[] =>
  observed.slots
    .filter(({ slot, unit }) => slot > goal.replicas && unit !== 'inactive')
    .flatMap(({ slot }) => [
      { kind: 'hold', slot },
      { kind: 'drain', slot, mustServe: 1 },
      { kind: 'await-idle', slot },
      { kind: 'stop', slot },
    ]);
