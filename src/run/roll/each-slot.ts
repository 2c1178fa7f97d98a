import { isError, type PhpZdError } from '../../base/errors.ts';
import type { Step } from '../../plan/step.ts';
import type { StepRun } from '../generation/step-run.ts';
import type { SlotFailure } from '../site/events.ts';
import { execute, runStep } from '../step/execute.ts';

/** What becomes of replicas that do not pass their proof. */
export interface Proofs {
  /** The run with the time that the step's proof may take. */
  readonly bound: (run: StepRun, step: Step) => StepRun;
  /** Whether the replica goes on to its next step although this one failed. */
  readonly bears: (step: Step, error: PhpZdError) => boolean;
}

/** A replica serves when it is proven, and its proof takes the time that the site file gives it. */
export const provenFirst: Proofs = { bound: run => run, bears: () => false };

/**
 * Runs a plan slot by slot: the steps of one slot end with its first failure, and the others go on. A step for the whole site
 * is taken only when at least one replica came to serve, if any was to.
 */
export const runEachSlot = async (
  run: StepRun,
  steps: readonly Step[],
  proofs: Proofs,
): Promise<readonly SlotFailure[]> => {
  const failures = new Map<number, PhpZdError>();
  const raised = steps.flatMap(step => (step.kind === 'serve' ? [step.slot] : step.kind === 'switch' ? step.to : []));
  const isLost = (step: Step): boolean => {
    if ('slot' in step) return failures.has(step.slot);
    if (step.kind === 'switch') return step.to.some(slot => failures.has(slot));
    return raised.length > 0 && raised.every(slot => failures.has(slot));
  };
  for (const [index, step] of steps.entries()) {
    if (isLost(step)) continue;
    try {
      await runStep(proofs.bound(run, step), step, { index: index + 1, total: steps.length });
    } catch (error) {
      if (!isError(error)) throw error;
      if (proofs.bears(step, error)) continue;
      for (const slot of slotsIn(step, error)) failures.set(slot, error);
      if (error.code === 'drain-timeout' || error.code === 'nobody-else-serves') await returnToService(run, step);
    }
  }
  return [...failures].map(([slot, error]) => ({ slot, error }));
};

/** The slots that a failed step counts against. A promotion that fails is the host's failure, and ends the settle. */
const slotsIn = (step: Step, error: PhpZdError): readonly number[] => {
  if ('slot' in step) return [step.slot];
  if (step.kind === 'switch') return step.to;
  throw error;
};

/** Gives a replica that could not be drained its requests back: it is as good as it was. */
const returnToService = async (run: StepRun, step: Step): Promise<void> => {
  if (!('slot' in step)) return;
  try {
    await execute(run, { kind: 'serve', slot: step.slot });
  } catch (error) {
    // A replica that does not serve again is part of the report that follows.
    if (!isError(error)) throw error;
  }
};
