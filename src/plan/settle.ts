import { type Goal, mustServe, type Standby } from './goal.ts';
import { isServing, type ObservedSite, type ObservedSlot } from './observed.ts';
import { allSlots, isParked, isReserve, prepare, promote, prove, retire, start, withdraw } from './parts.ts';
import { begin, beginPlan, clearUp, type Progress, prepareAll, type Raise, replaceEach } from './rolling.ts';
import type { Step } from './step.ts';

/**
 * Puts a site right after a killed or failed roll, a crash or a boot: after these steps every replica is proven and serves the
 * goal's generation. Replicas that run that generation and were only drained go back to work first; no replica that serves is
 * stopped before its successor serves, and no more replicas run side by side than in a roll.
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
  /** The goal's generation was promoted once, so that it was proven. */
  readonly isProven: boolean;
  /** Replicas that run the goal's generation, at most as many as are wanted, those that serve first. */
  readonly right: readonly ObservedSlot[];
  /** A replica that runs the standby's generation. */
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
  const isProven = observed.promoted === goal.generation;
  return { isProven, right, standby, rest: others.filter(slot => slot !== standby) };
};

/** The order in which replicas go back to work. A parked one is the last: it has requests that do not end. */
const readiness = (slot: ObservedSlot): number => (isServing(slot) ? 2 : isParked(slot) ? 0 : 1);

const servingStandby = ({ standby }: SlotsToSettle): readonly number[] =>
  standby !== undefined && isServing(standby) ? [standby.slot] : [];

const raiseAll = (goal: Goal, progress: Progress, found: SlotsToSettle): void => {
  const isAtOnce = goal.strategy === 'blue-green' && progress.old.length + servingStandby(found).length > 0;
  if (isAtOnce) raiseAtOnce(goal, progress, found);
  else raiseEach(goal, progress, found);
};

/** The right replicas go back to work and the missing ones are started; each serves as soon as it can. */
const raiseEach = (goal: Goal, progress: Progress, { right, isProven }: SlotsToSettle): void => {
  for (const observed of right) {
    const proof = isProven ? [] : proveFirst(goal, observed);
    begin(progress, observed.slot, [...proof, ...serveAgain(observed)]);
  }
  replaceEach(goal, progress, oneByOne(goal));
};

const oneByOne = (goal: Goal): Raise => ({
  prepare: slot => prepare(goal, slot),
  serve: slot => [{ kind: 'serve', slot }],
  sideBySide: 1,
});

/**
 * A first start that failed, or was killed, left the replica without a proof, or with one that it did not pass. The one that serves
 * has passed it.
 */
const proveFirst = (goal: Goal, observed: ObservedSlot): readonly Step[] =>
  isServing(observed) ? [] : [prove(goal, observed.slot)];

/**
 * The replica of a promoted generation is not proven once more. Its release was proven before, and a replica whose children are all at long requests,
 * which may be why the roll failed, would not answer the proof. Whether the replica answers at all is found out by HAProxy's
 * check.
 */
const serveAgain = (observed: ObservedSlot): readonly Step[] =>
  isServing(observed) && observed.hold === undefined ? [] : [{ kind: 'serve', slot: observed.slot }];

/** The missing replicas are proven, and then one step switches all requests to them and the right ones. */
const raiseAtOnce = (goal: Goal, progress: Progress, found: SlotsToSettle): void => {
  const { steps, fresh, old } = progress;
  for (const observed of found.right) {
    begin(progress, observed.slot, found.isProven ? [] : proveFirst(goal, observed));
  }
  if (prepareAll(goal, progress, slot => prepare(goal, slot))) {
    // `old` stays as it is: each of these replicas is taken out after the switch, and only if the switch came about.
    steps.push({ kind: 'switch', to: [...fresh], from: [...old, ...servingStandby(found)] });
    return;
  }
  // Without room for all new replicas beside those that serve, they are replaced one by one.
  steps.push(...fresh.map(slot => ({ kind: 'serve', slot }) as const));
  replaceEach(goal, progress, oneByOne(goal));
};

/**
 * Stops a replica that serves another generation. The drain is refused while too few others serve: a replica of another
 * generation is better than none.
 */
const takeOut = (goal: Goal, slot: number): readonly Step[] => [...withdraw(slot, mustServe(goal)), retire(slot)];

const standBy = (goal: Goal, { standby }: SlotsToSettle, progress: Progress): readonly Step[] => {
  if (goal.standby === undefined) return [];
  if (standby !== undefined) return standBySlot(goal, goal.standby, standby);
  const slot = freeAtTheEnd(goal, progress);
  if (slot === undefined) return [];
  return [{ kind: 'hold', slot }, ...start(goal.standby, slot), prove(goal.standby, slot), { kind: 'stand-by', slot }];
};

/**
 * Makes a running replica the standby. Unless it serves now it is proven first, since a rollback lets a standby serve unproven.
 */
const standBySlot = (goal: Goal, to: Standby, observed: ObservedSlot): readonly Step[] => {
  const { slot, hold } = observed;
  if (isServing(observed)) return [...withdraw(slot, mustServe(goal)), { kind: 'stand-by', slot }];
  return hold === 'standby' ? [] : [prove(to, slot), { kind: 'stand-by', slot }];
};

/** A slot that is free after the plan's other steps: from the beginning, or because the replica in it was stopped. */
const freeAtTheEnd = (goal: Goal, { free, drained, leftovers, formerStandbys, old }: Progress): number | undefined =>
  [...free, ...leftovers, ...formerStandbys, ...drained, ...old].find(slot => goal.slots.includes(slot));
