import type { Goal } from './goal.ts';
import type { Step, StepHook } from './step.ts';

/**
 * A plan with its hooks. before_roll is the first step, before anything is written. before_serve comes right before the first
 * step that visitors can feel, in every strategy: the drain of an old replica, or the step that lets a new one serve.
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

/**
 * The index of the first step that visitors can feel. For a drain that is the hold of the same slot, which stands before it.
 */
const firstFelt = (steps: readonly Step[]): number => {
  const index = steps.findIndex(isFelt);
  return steps[index]?.kind === 'drain' && steps[index - 1]?.kind === 'hold' ? index - 1 : index;
};

/** A drain with `mustServe` 0 is of a replica that gets no requests anyway. */
const isFelt = (step: Step): boolean =>
  step.kind === 'serve' || step.kind === 'switch' || (step.kind === 'drain' && step.mustServe > 0);
