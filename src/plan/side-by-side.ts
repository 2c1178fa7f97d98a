import type { Step, StepKind } from './step.ts';

/** A step with its number in the plan, from 1. */
export interface NumberedStep {
  readonly step: Step;
  readonly index: number;
}

/** Steps that stand together in a plan: lanes go side by side, the steps of a lane one after the other. */
export interface Stretch {
  readonly lanes: readonly (readonly NumberedStep[])[];
  /** How many lanes go on at once. */
  readonly width: number;
}

/** What brings up a replica that serves nobody yet, or ends one that serves nobody any more, is nobody else's concern. */
const STRETCHES: readonly { readonly kinds: readonly StepKind[]; readonly width: number }[] = [
  // More at once would take the processors from visitors for longer.
  { kinds: ['hold', 'pin', 'start', 'warm', 'prove'], width: 2 },
  // Each waits for requests, most of the time.
  { kinds: ['retire'], width: 4 },
];

/** A plan as what goes on side by side and what does not: a lane for each replica, in the order of the plan. */
export const stretchesOf = (steps: readonly Step[]): readonly Stretch[] => {
  const stretches: { kinds: readonly StepKind[]; lanes: NumberedStep[][]; width: number }[] = [];
  for (const [at, step] of steps.entries()) {
    const numbered = { step, index: at + 1 };
    const last = stretches.at(-1);
    if (last?.kinds.includes(step.kind)) addTo(last.lanes, numbered);
    else stretches.push({ width: 1, kinds: [], ...kindOf(step), lanes: [[numbered]] });
  }
  return stretches.map(({ lanes, width }) => ({ lanes, width }));
};

const kindOf = ({ kind }: Step) => STRETCHES.find(({ kinds }) => kinds.includes(kind));

const addTo = (lanes: NumberedStep[][], numbered: NumberedStep): void => {
  const slotOf = (step: Step | undefined) => (step !== undefined && 'slot' in step ? step.slot : undefined);
  const own = lanes.find(([first]) => slotOf(first?.step) === slotOf(numbered.step));
  if (own === undefined) lanes.push([numbered]);
  else own.push(numbered);
};
