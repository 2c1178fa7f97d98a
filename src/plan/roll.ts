import { PhpZdError } from '../base/errors.ts';
import type { Goal } from './goal.ts';
import { withHooks } from './hooks.ts';
import type { ObservedSite, ObservedSlot } from './observed.ts';
import { allSlots, bake, isParked, isReserve, numbers, prepareWarm, promote, serve, write } from './parts.ts';
import { begin, beginPlan, clearUp, type Progress, prepareAll, replaceEach } from './rolling.ts';
import type { Step } from './step.ts';

/**
 * A roll: every replica starts anew on the goal's generation. What can fail comes first: a new replica serves before an old one
 * is drained. Drained replicas are stopped as late as memory allows, so that they can go back to work at once when the roll
 * fails, and so that their last requests end side by side. `files` are those that all replicas share and that have to change.
 * Throws `slots-parked` when parked replicas have the slots that the roll needs.
 */
export const planRoll = (goal: Goal, observed: ObservedSite, files: readonly string[] = []): readonly Step[] => {
  const found = sortSlots(goal, observed);
  const progress = beginPlan(goal, found.rest);
  if (!bringAll(goal, progress, found.reserve)) {
    throw new PhpZdError('slots-parked', { slots: found.parked });
  }
  const standBy = findStandBy(goal, found, progress);
  return withHooks(goal, [
    write(goal, files),
    ...progress.steps,
    ...clearUp(progress, standBy),
    ...(standBy === undefined ? [] : [{ kind: 'stand-by', slot: standBy } as const]),
    promote(goal),
  ]);
};

/** The slots by what a roll does with them. */
interface SlotsToRoll {
  readonly parked: readonly number[];
  /** Standbys that run the goal's generation already: they were proven, and have served. */
  readonly reserve: readonly number[];
  /** The standby that stays one. */
  readonly kept: readonly ObservedSlot[];
  readonly rest: readonly ObservedSlot[];
}

const sortSlots = (goal: Goal, observed: ObservedSite): SlotsToRoll => {
  const slots = allSlots(goal, observed);
  const usable = slots.filter(slot => !isParked(slot));
  const reserves = usable.filter(({ slot }) => goal.slots.includes(slot));
  const isOther = goal.generation !== observed.promoted;
  const reserve = reserves.filter(slot => isOther && isReserve(slot, goal.generation)).slice(0, goal.replicas);
  // One that is outdated ends, and the settle starts it anew.
  const kept = reserves.filter(slot => isReserve(slot, goal.standby?.generation) && !slot.isOutdated).slice(0, 1);
  return {
    parked: numbers(slots.filter(isParked)),
    reserve: numbers(reserve),
    kept,
    rest: usable.filter(slot => ![...reserve, ...kept].includes(slot)),
  };
};

/** Every new replica comes to serve, and every old one is drained. False when there are too few slots for that. */
const bringAll = (goal: Goal, progress: Progress, reserve: readonly number[]): boolean => {
  for (const slot of reserve) begin(progress, slot, serve(goal, slot, progress.old));
  // A standby serves at once, whatever the strategy: it is there for the minute when nothing else matters.
  return goal.strategy === 'blue-green' && reserve.length === 0
    ? switchAll(goal, progress)
    : replaceEach(goal, progress, {
        prepare: slot => prepareWarm(goal, slot),
        serve: slot => serve(goal, slot, progress.old),
        sideBySide: SIDE_BY_SIDE,
      });
};

/** While one is warmed and proven the other starts. More would take the processors from visitors for longer. */
const SIDE_BY_SIDE = 2;

/**
 * Blue-green: all new replicas are proven, then one step switches all requests, so that no two releases answer at the same
 * time. False when there are too few slots for that.
 */
const switchAll = (goal: Goal, progress: Progress): boolean => {
  const { steps, fresh, old, drained } = progress;
  if (!prepareAll(goal, progress, slot => prepareWarm(goal, slot))) return false;
  if (old.length === 0) {
    steps.push(...fresh.flatMap(slot => serve(goal, slot, old)));
  } else {
    steps.push({ kind: 'switch', to: [...fresh], from: [...old] }, ...bake(goal, fresh, old));
    drained.push(...old.splice(0));
  }
  return true;
};

/**
 * The drained replica that becomes the standby: the one drained last of those that run the standby's generation. Undefined when
 * there is none, or when a standby stays.
 */
const findStandBy = (goal: Goal, { kept, rest }: SlotsToRoll, { drained }: Progress): number | undefined => {
  if (kept.length > 0) return undefined;
  const runsIt = rest
    .filter(({ slot }) => goal.slots.includes(slot))
    .filter(({ isRunningPin, pin }) => isRunningPin && pin === goal.standby?.generation);
  return drained.findLast(slot => numbers(runsIt).includes(slot));
};
