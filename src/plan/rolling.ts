import { type Goal, mustServe } from './goal.ts';
import { isServing, type ObservedSlot } from './observed.ts';
import { isFree, numbers, remove, retire, withdraw } from './parts.ts';
import type { Step } from './step.ts';

// How a plan goes on from step to step: what the roll and the settle have in common.

/** What a plan has come to. */
export interface Progress {
  readonly steps: Step[];
  /** They are what the goal wants. */
  readonly fresh: number[];
  /** They serve, and are to be replaced. */
  readonly old: number[];
  /** At their last requests, the one that waits longest first. */
  readonly drained: number[];
  /** They run and are of no use: nobody finished them. */
  readonly leftovers: number[];
  /** Of no use either, and the last that go: until the end they are what one would go back to. */
  readonly formerStandbys: number[];
  readonly free: number[];
  /** Starting and failing, or with the gate that a crashed replica left open: what starts there would serve at once. */
  readonly crashed: readonly number[];
}

/** Of slots that the goal has no use for as they are. */
export const beginPlan = (goal: Goal, slots: readonly ObservedSlot[]): Progress => {
  const old = slots.filter(isServing);
  const idle = slots.filter(slot => !isFree(slot) && !isServing(slot));
  const free = slots.filter(isFree);
  return {
    steps: [],
    fresh: [],
    // Those in slots that the site no longer has go first.
    old: [...numbers(old)].sort((a, b) => Number(goal.slots.includes(a)) - Number(goal.slots.includes(b))),
    drained: [],
    leftovers: [...numbers(idle.filter(({ hold }) => hold !== 'standby'))],
    formerStandbys: [...numbers(idle.filter(({ hold }) => hold === 'standby'))],
    free: numbers(free).filter(slot => goal.slots.includes(slot)),
    crashed: numbers(free.filter(({ unit, isGateOpen }) => unit !== 'inactive' || isGateOpen)),
  };
};

/** How a replica comes to a slot that was taken. */
export type Raise = (slot: number) => readonly Step[];

/**
 * New and old serve side by side: one more starts, one old one drains, and so on. False when it came to where a slot is needed and
 * none can be had.
 */
export const replaceEach = (goal: Goal, progress: Progress, raise: Raise): boolean => {
  while (progress.fresh.length < goal.replicas || progress.old.length > 0) {
    const slot = mayStart(goal, progress) ? progress.free.shift() : undefined;
    if (slot !== undefined) begin(progress, slot, [...takeSlot(progress, slot), ...raise(slot)]);
    else if (mayDrain(goal, progress)) drainOne(goal, progress);
    else if (!freeOne(goal, progress)) return false;
  }
  return true;
};

/** All new ones beside the old ones, which go on serving. False as above. */
export const prepareAll = (goal: Goal, progress: Progress, raise: Raise): boolean => {
  while (progress.fresh.length < goal.replicas) {
    const slot = isRoomInMemory(goal, progress) ? progress.free.shift() : undefined;
    if (slot !== undefined) begin(progress, slot, [...takeSlot(progress, slot), ...raise(slot)]);
    else if (!freeOne(goal, progress)) {
      // What is prepared does not serve yet, so that only what serves beyond the wanted number can make room.
      if (progress.old.length <= mustServe(goal)) return false;
      drainOne(goal, progress);
    }
  }
  return true;
};

/** With surge, as many may start beyond the wanted number as it says, and as many again be at their last requests. */
const mayStart = (goal: Goal, progress: Progress): boolean => {
  const { fresh, old } = progress;
  const isWanted = fresh.length < goal.replicas && fresh.length + old.length < goal.replicas + goal.surge;
  return isWanted && isRoomInMemory(goal, progress);
};

/** Without surge the slots are the bound. */
const isRoomInMemory = ({ replicas, surge }: Goal, { fresh, old, drained, leftovers }: Progress): boolean =>
  surge === 0 || fresh.length + old.length + drained.length + leftovers.length < replicas + 2 * surge;

const mayDrain = (goal: Goal, { fresh, old }: Progress): boolean =>
  old.length > 0 && fresh.length + old.length > mustServe(goal);

/** From here on a free slot is ours. */
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

/** Stops a replica whose slot, or memory, is needed: at first what nobody could go back to. */
const freeOne = (goal: Goal, progress: Progress): boolean => {
  const { steps, drained, leftovers, formerStandbys, free } = progress;
  const isDrained = leftovers.length === 0 && drained.length > 0;
  const slot = leftovers.shift() ?? drained.shift() ?? formerStandbys.shift();
  if (slot === undefined) return false;
  steps.push(...(isDrained ? [retire(slot)] : remove(slot)));
  if (goal.slots.includes(slot)) free.push(slot);
  return true;
};

/** What is drained is stopped, but for one that stands by; then what is of no use. */
export const clearUp = (progress: Progress, standBy?: number): readonly Step[] => {
  const { fresh, drained, leftovers, formerStandbys, crashed } = progress;
  return [
    ...drained.filter(slot => slot !== standBy).map(retire),
    ...[...leftovers, ...crashed.filter(slot => !fresh.includes(slot)), ...formerStandbys].flatMap(remove),
  ];
};
