import { type Goal, mustServe } from './goal.ts';
import { isServing, type ObservedSlot } from './observed.ts';
import { isFree, numbers, remove, retire, withdraw } from './parts.ts';
import type { Step } from './step.ts';

// How a plan grows step by step: what planRoll and planSettle have in common.

/**
 * What a plan has come to: its steps, and the slots by what they are after these steps. A slot stands for the replica in it.
 */
export interface Progress {
  readonly steps: Step[];
  /** Replicas that are what the goal wants. */
  readonly fresh: number[];
  /** Replicas that are what the goal wants, are proven, and do not serve yet. */
  readonly ready: number[];
  /** Replicas that serve and are to be replaced. */
  readonly old: number[];
  /** Replicas at their last requests, in the order in which they were drained. */
  readonly drained: number[];
  /** Replicas that run, serve nobody and are of no use: an earlier roll did not finish them. */
  readonly leftovers: number[];
  /** Standbys that the goal has no use for. They are stopped last: until then a failed roll can go back to them. */
  readonly formerStandbys: number[];
  readonly free: number[];
  /**
   * Free slots whose replica fails again and again, or left its gate open in a crash: a replica started there would serve at
   * once.
   */
  readonly crashed: readonly number[];
}

/** The beginning of a plan, from the slots that the goal has no use for as they are. */
export const beginPlan = (goal: Goal, slots: readonly ObservedSlot[]): Progress => {
  const old = slots.filter(isServing);
  const idle = slots.filter(slot => !isFree(slot) && !isServing(slot));
  const free = slots.filter(isFree);
  return {
    steps: [],
    fresh: [],
    ready: [],
    // Replicas in slots that the site no longer has are the first to be replaced.
    old: [...numbers(old)].sort((a, b) => Number(goal.slots.includes(a)) - Number(goal.slots.includes(b))),
    drained: [],
    leftovers: [...numbers(idle.filter(({ hold }) => hold !== 'standby'))],
    formerStandbys: [...numbers(idle.filter(({ hold }) => hold === 'standby'))],
    free: numbers(free).filter(slot => goal.slots.includes(slot)),
    crashed: numbers(free.filter(({ unit, isGateOpen }) => unit !== 'inactive' || isGateOpen)),
  };
};

/** The steps that bring a new replica into a slot that the plan has taken. */
export type Prepare = (slot: number) => readonly Step[];

/** How new replicas come to serve. */
export interface Raise {
  readonly prepare: Prepare;
  readonly serve: Prepare;
  /** So many are prepared before the first of them serves, where memory allows it: what stands together can go side by side. */
  readonly sideBySide: number;
}

/**
 * New and old replicas serve side by side: a new one starts, an old one drains, and so on. False when a slot is needed and none
 * can be had.
 */
export const replaceEach = (goal: Goal, progress: Progress, raise: Raise): boolean => {
  while (progress.fresh.length < goal.replicas || progress.old.length > 0) {
    if (mayServe(goal, progress)) serveOne(progress, raise);
    else if (prepareSome(goal, progress, raise)) continue;
    else if (mayDrain(goal, progress)) drainOne(goal, progress);
    else if (!freeOne(goal, progress)) return false;
  }
  return true;
};

/** All new replicas come up beside the old ones, which go on serving. False when a slot is needed and none can be had. */
export const prepareAll = (goal: Goal, progress: Progress, prepare: Prepare): boolean => {
  while (progress.fresh.length < goal.replicas) {
    const slot = isRoomInMemory(goal, progress) ? progress.free.shift() : undefined;
    if (slot !== undefined) begin(progress, slot, [...takeSlot(progress, slot), ...prepare(slot)]);
    else if (!freeOne(goal, progress)) {
      // The new replicas do not serve yet, so only a replica that serves beyond the wanted number can make room.
      if (progress.old.length <= mustServe(goal)) return false;
      drainOne(goal, progress);
    }
  }
  return true;
};

/** Whether one more replica may serve. With surge, so many may beyond the wanted number, and as many again be at their last requests. */
const isRoomToServe = ({ replicas, surge }: Goal, { fresh, old }: Progress): boolean =>
  fresh.length + old.length < replicas + surge;

const mayServe = (goal: Goal, progress: Progress): boolean =>
  progress.ready.length > 0 && isRoomToServe(goal, progress);

const serveOne = ({ steps, fresh, ready }: Progress, { serve }: Raise): void => {
  const slot = ready.shift();
  if (slot === undefined) return;
  steps.push(...serve(slot));
  fresh.push(slot);
};

/** Prepares the next replicas, of which the first may serve at once. False when none may be, or no slot is free. */
const prepareSome = (goal: Goal, progress: Progress, { prepare, sideBySide }: Raise): boolean => {
  const { steps, fresh, ready, free } = progress;
  if (ready.length > 0 || !isRoomToServe(goal, progress)) return false;
  const isWanted = () => ready.length < sideBySide && fresh.length + ready.length < goal.replicas;
  while (isWanted() && isRoomInMemory(goal, progress)) {
    const slot = free.shift();
    if (slot === undefined) break;
    steps.push(...takeSlot(progress, slot), ...prepare(slot));
    ready.push(slot);
  }
  return ready.length > 0;
};

/** Without surge the number of slots is the bound. */
const isRoomInMemory = ({ replicas, surge }: Goal, { fresh, ready, old, drained, leftovers }: Progress): boolean =>
  surge === 0 || [fresh, ready, old, drained, leftovers].flat().length < replicas + 2 * surge;

const mayDrain = (goal: Goal, { fresh, old }: Progress): boolean =>
  old.length > 0 && fresh.length + old.length > mustServe(goal);

/** The plan takes a free slot: from here on the slot's unit puts no replica into the balancer. */
const takeSlot = ({ crashed }: Progress, slot: number): readonly Step[] =>
  crashed.includes(slot) ? withdraw(slot, 0) : [{ kind: 'hold', slot }];

export const begin = ({ steps, fresh }: Progress, slot: number, raising: readonly Step[]): void => {
  steps.push(...raising);
  fresh.push(slot);
};

const drainOne = (goal: Goal, { steps, old, drained }: Progress): void => {
  const slot = old.shift();
  if (slot === undefined) return;
  steps.push(...withdraw(slot, mustServe(goal)));
  drained.push(slot);
};

/**
 * Stops a replica whose slot or memory is needed, first one that a failed roll could not go back to. False when there is none.
 */
const freeOne = (goal: Goal, progress: Progress): boolean => {
  const { steps, drained, leftovers, formerStandbys, free } = progress;
  const isDrained = leftovers.length === 0 && drained.length > 0;
  const slot = leftovers.shift() ?? drained.shift() ?? formerStandbys.shift();
  if (slot === undefined) return false;
  steps.push(...(isDrained ? [retire(slot)] : remove(slot)));
  if (goal.slots.includes(slot)) free.push(slot);
  return true;
};

/** The end of a plan: drained replicas are stopped, but for the one that becomes the standby; then those that are of no use. */
export const clearUp = (progress: Progress, standBy?: number): readonly Step[] => {
  const { fresh, drained, leftovers, formerStandbys, crashed } = progress;
  return [
    ...drained.filter(slot => slot !== standBy).map(retire),
    ...[...leftovers, ...crashed.filter(slot => !fresh.includes(slot)), ...formerStandbys].flatMap(remove),
  ];
};
