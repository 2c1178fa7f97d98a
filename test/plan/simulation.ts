import { isServing, type ObservedSite, type ObservedSlot } from '../../src/plan/observed.ts';
import { emptySlot } from '../../src/plan/parts.ts';
import type { Step } from '../../src/plan/step.ts';

/** What a site is after steps that all went well. */
export const afterSteps = (site: ObservedSite, steps: readonly Step[]): ObservedSite => steps.reduce(after, site);

const after = (site: ObservedSite, step: Step): ObservedSite => {
  if (step.kind === 'promote') return { ...site, previous: site.promoted, promoted: step.generation };
  const seen = site.slots.map(({ slot }) => slot);
  const slots = [
    ...site.slots,
    ...slotsIn(step)
      .filter(slot => !seen.includes(slot))
      .map(emptySlot),
  ];
  return { ...site, slots: slots.map(slot => ({ ...slot, ...changeOf(step, slot.slot) })) };
};

const slotsIn = (step: Step): readonly number[] => ('slot' in step ? [step.slot] : []);

const takesRequests = { isUp: true, isGateOpen: true, hold: undefined, balancer: 'UP' } as const;
const takesNone = { isUp: false, isGateOpen: false, balancer: 'DRAIN' } as const;

const changeOf = (step: Step, slot: number): Partial<ObservedSlot> => {
  if (step.kind === 'switch') {
    if (step.to.includes(slot)) return takesRequests;
    return step.from.includes(slot) ? { ...takesNone, hold: 'roll' } : {};
  }
  if (!('slot' in step) || step.slot !== slot) return {};
  if (step.kind === 'pin') return { pin: step.generation, release: step.release, isRunningPin: false };
  return changes[step.kind];
};

type OfASlot = Exclude<Extract<Step, { slot: number }>['kind'], 'pin'>;

const changes: { readonly [Kind in OfASlot]: Partial<ObservedSlot> } = {
  hold: { hold: 'roll' },
  start: { unit: 'active', isRunningPin: true },
  warm: {},
  prove: {},
  serve: takesRequests,
  drain: takesNone,
  retire: { unit: 'inactive', pin: undefined, release: undefined, isRunningPin: false, hold: undefined },
  'stand-by': { ...takesNone, hold: 'standby' },
};

/** HAProxy's process is a new one, which knows nothing but its configuration: an open gate is a server that is up. */
export const afterBalancerRestart = (site: ObservedSite): ObservedSite => ({
  ...site,
  slots: site.slots.map(slot => ({ ...slot, isUp: slot.unit === 'active' && slot.isGateOpen })),
});

/** As the executor does: a drain is refused while too few others serve, and then the slot goes back to work and its plan ends. */
export const carryOut = (site: ObservedSite, steps: readonly Step[]): Course => {
  const states = [site];
  const done: Step[] = [];
  const refused = new Set<number>();
  for (const step of steps) {
    if ('slot' in step && refused.has(step.slot)) continue;
    const isRefused = step.kind === 'drain' && othersServing(lastOf(states), step.slot) < step.mustServe;
    if (isRefused) refused.add(step.slot);
    const taken: Step = isRefused ? { kind: 'serve', slot: step.slot } : step;
    done.push(taken);
    states.push(after(lastOf(states), taken));
  }
  return { states, done, refused };
};

/** `states[n]` is the site before `done[n]`; there is one more. */
export interface Course {
  readonly states: readonly ObservedSite[];
  readonly done: readonly Step[];
  readonly refused: ReadonlySet<number>;
}

const lastOf = (states: readonly ObservedSite[]): ObservedSite => {
  const last = states.at(-1);
  if (last === undefined) throw new Error('a course has at least the state that it began with');
  return last;
};
export const endOf = ({ states }: Course): ObservedSite => lastOf(states);

const othersServing = ({ slots }: ObservedSite, slot: number): number =>
  slots.filter(other => other.slot !== slot && isServing(other)).length;
