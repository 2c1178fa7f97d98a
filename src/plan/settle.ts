import { type Goal, mustServe, type Standby } from './goal.ts';
import { isServing, type ObservedSite, type ObservedSlot } from './observed.ts';
import { allSlots, isParked, isReserve, prepare, promote, prove, retire, start, withdraw } from './parts.ts';
import { begin, beginPlan, clearUp, type Progress, prepareAll, replaceEach } from './rolling.ts';
import type { Step } from './step.ts';

/**
 * Puts right what a killed or failed roll, a crash or a boot left: every replica that is not proven and serving on the goal's
 * generation. What runs it already and was only drained goes back to work first; nothing that serves is stopped before its
 * successor serves, and no more run side by side than in a roll.
 */
export const planSettle = (goal: Goal, observed: ObservedSite): readonly Step[] => {
  const found = sortSlots(goal, observed);
  const progress = beginPlan(goal, found.rest);
  raiseAll(goal, progress, found);
  return [
    ...progress.steps,
    ...progress.old.flatMap(slot => takeOut(goal, slot)),
    ...clearUp(progress),
    ...(observed.promoted === goal.generation ? [] : [promote(goal)]),
    ...standBy(goal, found, progress),
  ];
};

interface SlotsToSettle {
  /** They run the generation, as many of them as are wanted, those that serve first. */
  readonly right: readonly ObservedSlot[];
  /** It runs what the standby should. */
  readonly standby: ObservedSlot | undefined;
  readonly rest: readonly ObservedSlot[];
}

const sortSlots = (goal: Goal, observed: ObservedSite): SlotsToSettle => {
  const slots = allSlots(goal, observed);
  const runs = (slot: ObservedSlot, generation: string | undefined) =>
    slot.unit === 'active' && slot.isRunningPin && slot.pin === generation && goal.slots.includes(slot.slot);
  const right = slots
    .filter(slot => runs(slot, goal.generation))
    .sort((a, b) => readiness(b) - readiness(a) || a.slot - b.slot)
    .slice(0, goal.replicas);
  const others = slots.filter(slot => !right.includes(slot) && !isParked(slot));
  const candidates = others.filter(slot => runs(slot, goal.standby?.generation));
  const standby = candidates.find(slot => isReserve(slot, goal.standby?.generation)) ?? candidates[0];
  return { right, standby, rest: others.filter(slot => slot !== standby) };
};

/** One that was parked is the last to go back to work: it has some that does not end. */
const readiness = (slot: ObservedSlot): number => (isServing(slot) ? 2 : isParked(slot) ? 0 : 1);

const servingStandby = ({ standby }: SlotsToSettle): readonly number[] =>
  standby !== undefined && isServing(standby) ? [standby.slot] : [];

const raiseAll = (goal: Goal, progress: Progress, found: SlotsToSettle): void => {
  const isAtOnce = goal.strategy === 'blue-green' && progress.old.length + servingStandby(found).length > 0;
  if (isAtOnce) raiseAtOnce(goal, progress, found);
  else raiseEach(goal, progress, found);
};

/** Those that run go back to work, the missing ones start: each serves as soon as it can. */
const raiseEach = (goal: Goal, progress: Progress, { right }: SlotsToSettle): void => {
  for (const observed of right) begin(progress, observed.slot, serveAgain(observed));
  replaceEach(goal, progress, slot => [...prepare(goal, slot), { kind: 'serve', slot }]);
};

/**
 * Not proven once more: its release was, and one whose children are all at long requests, which may be why the roll failed, would
 * not answer. That it answers at all is HAProxy's to find out.
 */
const serveAgain = (observed: ObservedSlot): readonly Step[] =>
  isServing(observed) && observed.hold === undefined ? [] : [{ kind: 'serve', slot: observed.slot }];

/** The missing ones are proven, and then all requests are switched to all of them. */
const raiseAtOnce = (goal: Goal, progress: Progress, found: SlotsToSettle): void => {
  const { steps, fresh, old } = progress;
  for (const { slot } of found.right) begin(progress, slot, []);
  if (prepareAll(goal, progress, slot => prepare(goal, slot))) {
    // They stay old ones: each is taken out after this too, and only if the switch came about.
    steps.push({ kind: 'switch', to: [...fresh], from: [...old, ...servingStandby(found)] });
    return;
  }
  // Where there is no place beside what serves, there is no switch either.
  steps.push(...fresh.map(slot => ({ kind: 'serve', slot }) as const));
  replaceEach(goal, progress, slot => [...prepare(goal, slot), { kind: 'serve', slot }]);
};

/** Refused while too few others serve: what is wrong and serves is better than nothing. */
const takeOut = (goal: Goal, slot: number): readonly Step[] => [...withdraw(slot, mustServe(goal)), retire(slot)];

const standBy = (goal: Goal, { standby }: SlotsToSettle, progress: Progress): readonly Step[] => {
  if (goal.standby === undefined) return [];
  if (standby !== undefined) return standBySlot(goal, goal.standby, standby);
  const slot = freeAtTheEnd(goal, progress);
  if (slot === undefined) return [];
  return [{ kind: 'hold', slot }, ...start(goal.standby, slot), prove(goal.standby, slot), { kind: 'stand-by', slot }];
};

/** It has served, or is proven: a rollback asks it nothing. */
const standBySlot = (goal: Goal, to: Standby, observed: ObservedSlot): readonly Step[] => {
  const { slot, hold } = observed;
  if (isServing(observed)) return [...withdraw(slot, mustServe(goal)), { kind: 'stand-by', slot }];
  return hold === 'standby' ? [] : [prove(to, slot), { kind: 'stand-by', slot }];
};

/** Free from the beginning, or since what ran there was stopped. */
const freeAtTheEnd = (goal: Goal, { free, drained, leftovers, formerStandbys, old }: Progress): number | undefined =>
  [...free, ...leftovers, ...formerStandbys, ...drained, ...old].find(slot => goal.slots.includes(slot));
