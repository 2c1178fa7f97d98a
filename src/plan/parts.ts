import type { Goal, Standby } from './goal.ts';
import { isServing, type ObservedSite, type ObservedSlot } from './observed.ts';
import type { Step } from './step.ts';

// The parts that plans are made of.

/** Everything that the other steps rely on is on disk. `files`: those that all replicas share and that have to change. */
export const write = ({ generation, release }: Goal, files: readonly string[]): Step => ({
  kind: 'write',
  ...{ generation, release, files },
});

/** Brings a proven replica into a slot that the plan has taken. The replica serves nobody yet. */
export const prepare = (goal: Goal, slot: number): readonly Step[] => [...start(goal, slot), prove(goal, slot)];

/** As `prepare`, where no visitor waits for the replica: what its first requests would compile is compiled before the proof. */
export const prepareWarm = (goal: Goal, slot: number): readonly Step[] => [
  ...start(goal, slot),
  { kind: 'warm', slot },
  prove(goal, slot),
];

export const start = ({ generation, release }: Standby, slot: number): readonly Step[] => [
  { kind: 'pin', slot, generation, release },
  { kind: 'start', slot },
];

export const prove = ({ generation, release }: Standby, slot: number): Step => ({
  kind: 'prove',
  slot,
  generation,
  release,
});

/** `old`: the replicas that are to be replaced. */
export const serve = (goal: Goal, slot: number, old: readonly number[]): readonly Step[] => [
  { kind: 'serve', slot },
  ...bake(goal, [slot], old),
];

export const bake = (
  { bakeMs: ms, isCompared = false }: Goal,
  slots: readonly number[],
  old: readonly number[],
): readonly Step[] =>
  ms === 0 || slots.length === 0
    ? []
    : [{ kind: 'bake', slots, ms, ...(isCompared && old.length > 0 && { against: [...old] }) }];

export const withdraw = (slot: number, mustServe: number): readonly Step[] => [
  { kind: 'hold', slot },
  { kind: 'drain', slot, mustServe },
];

export const retire = (slot: number): Step => ({ kind: 'retire', slot });

/** Stops a replica that does not serve and is of no use. It is drained all the same, in case it still has requests. */
export const remove = (slot: number): readonly Step[] => [...withdraw(slot, 0), retire(slot)];

export const promote = ({ generation, release }: Goal): Step => ({ kind: 'promote', generation, release });

/** The replica is left to its last requests, and stopped when they end: a roll does not touch it. */
export const isParked = ({ unit, hold }: ObservedSlot): boolean => unit === 'active' && hold === 'parked';

/** The slot has a standby that runs this generation. */
export const isReserve = (slot: ObservedSlot, generation: string | undefined): boolean =>
  slot.unit === 'active' && slot.isRunningPin && slot.pin === generation && !isServing(slot) && slot.hold === 'standby';

/** A replica can be started in the slot: none runs there, or one that does not come up. */
export const isFree = ({ unit }: ObservedSlot): boolean => unit !== 'active';

export const numbers = (slots: readonly ObservedSlot[]): readonly number[] => slots.map(({ slot }) => slot);

/** Every slot that a replica may be started in, and every slot that was observed. One that was not observed is empty. */
export const allSlots = ({ slots }: Goal, observed: ObservedSite): readonly ObservedSlot[] => {
  const seen = new Set(observed.slots.map(({ slot }) => slot));
  const unseen = slots.filter(slot => !seen.has(slot)).map(emptySlot);
  return [...observed.slots, ...unseen].sort((a, b) => a.slot - b.slot);
};

export const emptySlot = (slot: number): ObservedSlot => ({
  slot,
  unit: 'inactive',
  pin: undefined,
  release: undefined,
  isRunningPin: false,
  hold: undefined,
  isGateOpen: false,
  isUp: false,
  balancer: undefined,
});
