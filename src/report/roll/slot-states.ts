import type { Step, StepKind } from '../../plan/step.ts';

/** The state of a slot in the picture of a roll, in a word or two. */
export type SlotState =
  | 'idle'
  | 'pinned'
  | 'starting'
  | 'started'
  | 'warming'
  | 'warm'
  | 'proving'
  | 'proven'
  | 'going up'
  | 'serves'
  | 'watched'
  | 'draining'
  | 'drained'
  | 'last requests'
  | 'stopped'
  | 'standby'
  | 'parked'
  | 'killed'
  | 'failed';

/** A slot's new state; undefined when the slot's state stays as it is. */
export type Change = readonly [slot: number, state: SlotState | undefined];

const during: { readonly [Kind in StepKind]?: SlotState } = {
  pin: 'pinned',
  start: 'starting',
  warm: 'warming',
  prove: 'proving',
  serve: 'going up',
  bake: 'watched',
  drain: 'draining',
  retire: 'last requests',
};

const after: { readonly [Kind in StepKind]?: SlotState } = {
  start: 'started',
  warm: 'warm',
  prove: 'proven',
  serve: 'serves',
  bake: 'serves',
  drain: 'drained',
  retire: 'stopped',
  'stand-by': 'standby',
};

export const changesDuring = (step: Step): readonly Change[] =>
  step.kind === 'switch'
    ? [...each(step.to, 'going up'), ...each(step.from, 'draining')]
    : each(slotsIn(step), during[step.kind]);

export const changesAfter = (step: Step): readonly Change[] =>
  step.kind === 'switch'
    ? [...each(step.to, 'serves'), ...each(step.from, 'drained')]
    : each(slotsIn(step), after[step.kind]);

/** A step of several replicas fails because of one of them. */
export const changesOfFailure = (step: Step, replica: number | undefined): readonly Change[] =>
  each(!('slot' in step) && replica !== undefined ? [replica] : slotsIn(step), 'failed');

const slotsIn = (step: Step): readonly number[] => {
  if ('slot' in step) return [step.slot];
  if (step.kind === 'bake') return step.slots;
  return step.kind === 'switch' ? step.to : [];
};

const each = (slots: readonly number[], state: SlotState | undefined): readonly Change[] =>
  slots.map(slot => [slot, state]);
