import { isError } from '../../base/errors.ts';
import type { StepHook } from '../../plan/step.ts';
import type { StepRun } from '../generation/step-run.ts';
import type { HistoryEntry } from '../record/history.ts';
import { readLastRoll } from '../record/last-roll.ts';
import { runHook, type Variables } from './hook.ts';

/** Runs a hook that is a step of the roll, with the roll's record in its environment. */
export const runStepHook = async (run: StepRun, hook: StepHook): Promise<void> => {
  const roll = await readLastRoll(run);
  const release = run.generation.release;
  await runHook(run, hook, { ...(roll && variablesOf(run, hook, roll)), PHP_ZD_RELEASE: release });
};

/**
 * Runs the hook for how the roll ended, with `more` in its environment. A failure of that hook is emitted, and changes nothing.
 */
export const runLastHook = async (run: StepRun, entry: HistoryEntry, more: Variables): Promise<void> => {
  const hook = entry.outcome === 'rolled' ? 'after_roll' : 'on_failure';
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
