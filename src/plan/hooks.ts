import type { Goal } from './goal.ts';
import type { Step, StepHook } from './step.ts';

/**
 * A plan with its hooks. before_roll is the first step, before which nothing was written. before_serve comes right before the
 * first step by which a visitor could tell that there is a roll, in every strategy: an old one drains, or a new one serves.
 */
export const withHooks = ({ hooks }: Goal, steps: readonly Step[]): readonly Step[] => {
  const first = firstFelt(steps);
  return [
    ...hookIn(hooks, 'before_roll'),
    ...steps.slice(0, first),
    ...hookIn(hooks, 'before_serve'),
    ...steps.slice(first),
  ];
};

const hookIn = (hooks: readonly StepHook[], hook: StepHook): readonly Step[] =>
  hooks.includes(hook) ? [{ kind: 'hook', hook }] : [];

/** Its own hold goes with a drain. */
const firstFelt = (steps: readonly Step[]): number => {
  const index = steps.findIndex(isFelt);
  return steps[index]?.kind === 'drain' && steps[index - 1]?.kind === 'hold' ? index - 1 : index;
};

/** A drain without others that must serve is of one that nobody is given to. */
const isFelt = (step: Step): boolean =>
  step.kind === 'serve' || step.kind === 'switch' || (step.kind === 'drain' && step.mustServe > 0);
