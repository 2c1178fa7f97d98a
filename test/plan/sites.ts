import type { Goal } from '../../src/plan/goal.ts';
import type { ObservedSite, ObservedSlot } from '../../src/plan/observed.ts';
import type { Step } from '../../src/plan/step.ts';
import { slotsOf } from '../../src/site/site.ts';

// Sites as they are found, and how a plan of them reads.

export const releaseOf = (generation: string): string => `/r/${generation}`;
const standbyOf = (generation: string) => ({ generation, release: releaseOf(generation) });

/** Two replicas on generation 2, one more while it rolls. */
export const goal = (changes: Partial<Goal> & { readonly standbyOf?: string } = {}): Goal => {
  const { standbyOf: former, ...rest } = changes;
  const size = { replicas: 2, surge: 1, ...rest };
  return {
    generation: '2',
    release: releaseOf(rest.generation ?? '2'),
    strategy: 'rolling',
    bakeMs: 0,
    hooks: [],
    slots: slotsOf({ ...size, standby: former !== undefined }),
    standby: former === undefined ? undefined : standbyOf(former),
    ...size,
  };
};

export const serving = (slot: number, pin = '1'): ObservedSlot => ({
  slot,
  unit: 'active',
  pin,
  release: releaseOf(pin),
  isRunningPin: true,
  hold: undefined,
  isGateOpen: true,
  isUp: true,
  balancer: 'UP',
});

const withdrawn = { isGateOpen: false, isUp: false, balancer: 'DRAIN' } as const;
export const drained = (slot: number, pin = '1'): ObservedSlot => ({
  ...serving(slot, pin),
  ...withdrawn,
  hold: 'roll',
});
export const standingBy = (slot: number, pin: string): ObservedSlot => ({ ...drained(slot, pin), hold: 'standby' });
export const parked = (slot: number, pin = '1'): ObservedSlot => ({ ...drained(slot, pin), hold: 'parked' });
export const failed = (slot: number, pin = '1'): ObservedSlot => ({
  ...drained(slot, pin),
  unit: 'failed',
  hold: undefined,
  isRunningPin: false,
});

export const site = (...slots: readonly ObservedSlot[]): ObservedSite => ({
  slots,
  promoted: '1',
  previous: undefined,
});

/** A plan in a few words: what a step says besides its slot comes up where it is the point. */
export const words = (steps: readonly Step[]): readonly string[] =>
  steps.map(step => {
    if (step.kind === 'switch') return `switch ${step.from.join(',')} -> ${step.to.join(',')}`;
    if (step.kind === 'hook') return step.hook;
    if (step.kind === 'write') return step.kind;
    if (step.kind === 'bake') return `bake ${step.slots.join(',')}`;
    return step.kind === 'promote' ? `promote ${step.generation}` : `${step.kind} ${step.slot}`;
  });

/** The same, with what always comes together taken together, and without what always comes first. */
export const summary = (steps: readonly Step[]): readonly string[] =>
  words(steps).filter(word => !/^(write|hold|pin|warm|prove)\b/.test(word));
