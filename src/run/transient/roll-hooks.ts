import { isError, type PhpZdError } from '../../base/errors.ts';
import type { StepHook } from '../../plan/step.ts';
import type { StepRun } from '../generation/step-run.ts';
import { receiptVariables } from '../receipt/receipt-variables.ts';
import type { HistoryEntry } from '../record/history.ts';
import { errorOf, readLastRoll } from '../record/last-roll.ts';
import { runHook, type Variables } from './hook.ts';

/** A hook that is a step of the roll whose record was begun. */
export const runStepHook = async (run: StepRun, hook: StepHook): Promise<void> => {
  const roll = await readLastRoll(run);
  const release = run.generation.release;
  await runHook(run, hook, { ...(roll && variablesOf(run, hook, roll)), PHP_ZD_RELEASE: release });
};

/** In the words of report/. */
export type Explain = (error: PhpZdError) => string;

/** The hook for how a roll ended; its failure is told, and changes nothing. */
export const runLastHook = async (run: StepRun, entry: HistoryEntry, explain: Explain): Promise<void> => {
  const hook = entry.outcome === 'rolled' ? 'after_roll' : 'on_failure';
  const more = entry.outcome === 'rolled' ? costsOf(entry) : reasonsOf(entry, explain);
  try {
    await runHook(run, hook, { ...variablesOf(run, hook, entry), ...more });
  } catch (error) {
    if (!isError(error)) throw error;
    run.emit({ kind: 'hook-failed', error });
  }
};

const variablesOf = (
  { site }: StepRun,
  hook: string,
  { id, from, release }: Pick<HistoryEntry, 'id' | 'from' | 'release'>,
): Variables => ({
  PHP_ZD_HOOK: hook,
  PHP_ZD_SITE: site.name,
  PHP_ZD_ROLL: id,
  ...(from !== undefined && { PHP_ZD_FROM: from }),
  ...(release !== undefined && { PHP_ZD_RELEASE: release }),
});

const costsOf = ({ receipt }: HistoryEntry): Variables => (receipt === undefined ? {} : receiptVariables(receipt));

const reasonsOf = (entry: HistoryEntry, explain: Explain): Variables => {
  const error = errorOf(entry);
  return {
    PHP_ZD_OUTCOME: entry.outcome,
    ...(error !== undefined && { PHP_ZD_ERROR: error.code, PHP_ZD_REASON: explain(error) }),
  };
};
