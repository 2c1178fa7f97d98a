import { PhpZdError } from '../base/errors.ts';
import type { Goal } from './goal.ts';
import { withHooks } from './hooks.ts';
import type { ObservedSite, ObservedSlot } from './observed.ts';
import { allSlots, bake, isParked, isReserve, numbers, prepareWarm, promote, serve } from './parts.ts';
import { begin, beginPlan, clearUp, type Progress, prepareAll, replaceEach } from './rolling.ts';
import type { Step } from './step.ts';

/**
 * A roll: every replica starts anew on the goal's generation. What can fail comes before what it replaces is touched: a new
 * replica serves before an old one is drained, and what is drained is stopped as late as memory allows, so that it can go back
 * to work at once, and so that the last requests of all of them end side by side.
 * Throws `slots-parked` when parked replicas have the slots that it needs.
 */
export const planRoll = (goal: Goal, observed: ObservedSite): readonly Step[] => {
  const found = sortSlots(goal, observed);
  const progress = beginPlan(goal, found.rest);
  if (!bringAll(goal, progress, found.reserve)) {
    throw new PhpZdError('slots-parked', { slots: found.parked.map(String) });
  }
  const standBy = findStandBy(goal, found, progress);
  return withHooks(goal, [
    ...progress.steps,
    ...clearUp(progress, standBy),
    ...(standBy === undefined ? [] : [{ kind: 'stand-by', slot: standBy } as const]),
    promote(goal),
  ]);
};

/** The slots by what a roll does with them. */
interface SlotsToRoll {
  readonly parked: readonly number[];
  /** A standby that is what the roll is to bring: it was proven and has served. */
  readonly reserve: readonly number[];
  /** A standby that stays one. */
  readonly kept: readonly ObservedSlot[];
  readonly rest: readonly ObservedSlot[];
}

const sortSlots = (goal: Goal, observed: ObservedSite): SlotsToRoll => {
  const slots = allSlots(goal, observed);
  const usable = slots.filter(slot => !isParked(slot));
  const reserves = usable.filter(({ slot }) => goal.slots.includes(slot));
  const isOther = goal.generation !== observed.promoted;
  const reserve = reserves.filter(slot => isOther && isReserve(slot, goal.generation)).slice(0, goal.replicas);
  const kept = reserves.filter(slot => isReserve(slot, goal.standby?.generation)).slice(0, 1);
  return {
    parked: numbers(slots.filter(isParked)),
    reserve: numbers(reserve),
    kept,
    rest: usable.filter(slot => ![...reserve, ...kept].includes(slot)),
  };
};

/** False when there is no slot for all of them. */
const bringAll = (goal: Goal, progress: Progress, reserve: readonly number[]): boolean => {
  for (const slot of reserve) begin(progress, slot, serve(goal, slot));
  // A standby serves at once, whatever the strategy: it is there for the minute when nothing else matters.
  return goal.strategy === 'blue-green' && reserve.length === 0
    ? switchAll(goal, progress)
    : replaceEach(goal, progress, slot => [...prepareWarm(goal, slot), ...serve(goal, slot)]);
};

/** All requests from one moment to the next: no two releases answer at the same time. */
const switchAll = (goal: Goal, progress: Progress): boolean => {
  const { steps, fresh, old, drained } = progress;
  if (!prepareAll(goal, progress, slot => prepareWarm(goal, slot))) return false;
  if (old.length === 0) {
    steps.push(...fresh.flatMap(slot => serve(goal, slot)));
  } else {
    steps.push({ kind: 'switch', to: [...fresh], from: [...old] }, ...bake(goal, fresh));
    drained.push(...old.splice(0));
  }
  return true;
};

/** The last that was drained, when it runs what the standby should and none does yet. */
const findStandBy = (goal: Goal, { kept, rest }: SlotsToRoll, { drained }: Progress): number | undefined => {
  if (kept.length > 0) return undefined;
  const runsIt = rest
    .filter(({ slot }) => goal.slots.includes(slot))
    .filter(({ isRunningPin, pin }) => isRunningPin && pin === goal.standby?.generation);
  return drained.findLast(slot => numbers(runsIt).includes(slot));
};
