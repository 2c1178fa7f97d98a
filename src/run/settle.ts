import { isError, PhpZdError } from '../base/errors.ts';
import { isServing, type ObservedSite } from '../plan/observed.ts';
import { type Goal, planSettle } from '../plan/roll.ts';
import type { Step } from '../plan/step.ts';
import type { SlotFailure } from './events.ts';
import { execute, runStep } from './execute.ts';
import { type LastRoll, type RollOutcome, readLastRoll, writeLastRoll } from './last-roll.ts';
import { observeSite } from './observe.ts';
import type { SiteRun } from './site-run.ts';

/**
 * Runs after every roll, whether it ended well, failed or was killed: every replica is proven and serves the promoted release,
 * or it is said which is not. Gives the outcome of the roll.
 */
export const settleSite = async (run: SiteRun): Promise<RollOutcome> => {
  const roll = await readLastRoll(run);
  const isKilled = roll?.state === 'running' && roll.outcome === undefined;
  if (isKilled) run.emit({ kind: 'roll-killed', release: roll.release ?? '', from: roll.from });
  const promoted = await run.ports.files.readLink(run.paths.promoted);
  if (promoted === undefined) throw new PhpZdError('release-missing', { path: run.paths.promoted });
  const failures = await mend(run, { release: promoted, replicas: run.site.replicas });
  const outcome = failures.length > 0 ? 'unsettled' : outcomeOf(roll, promoted);
  if (roll !== undefined && roll.outcome === undefined) await writeLastRoll(run, { ...roll, outcome });
  if (outcome === 'rolled-back') run.emit({ kind: 'rolled-back', failed: roll?.release, release: promoted });
  return outcome;
};

/**
 * A roll that has its outcome is an older one: the one before us did not come so far as to begin. One that was killed after it
 * promoted its release is through.
 */
const outcomeOf = (roll: LastRoll | undefined, promoted: string): RollOutcome => {
  if (roll === undefined || roll.outcome !== undefined || roll.state === 'refused') return 'refused';
  const isThrough = roll.state === 'done' || (roll.release === promoted && roll.from !== roll.release);
  return isThrough ? 'rolled' : 'rolled-back';
};

/** Brings every replica to the goal that is not there. One that cannot be mended does not keep the others from it. */
export const mend = async (run: SiteRun, goal: Goal): Promise<readonly SlotFailure[]> => {
  const startedAt = run.ports.clock.now();
  const steps = planSettle(goal, await observeSite(run));
  if (steps.length === 0) return [];
  run.emit({ kind: 'settle-started', steps: steps.length });
  const failures = await runEachSlot(run, steps);
  if (failures.length === 0) {
    run.emit({ kind: 'settled', release: goal.release, ms: run.ports.clock.now() - startedAt });
  } else {
    run.emit({ kind: 'unsettled', failures, serving: servingIn(await observeSite(run)) });
  }
  return failures;
};

/** The steps of a slot end with its first failure; a promotion needs at least one replica to have come through. */
const runEachSlot = async (run: SiteRun, steps: readonly Step[]): Promise<readonly SlotFailure[]> => {
  const failures = new Map<number, PhpZdError>();
  const slots = new Set(steps.flatMap(step => ('slot' in step ? [step.slot] : [])));
  for (const [index, step] of steps.entries()) {
    const isLost = 'slot' in step ? failures.has(step.slot) : slots.size > 0 && failures.size === slots.size;
    if (isLost) continue;
    try {
      await runStep(run, step, index + 1, steps.length);
    } catch (error) {
      if (!isError(error) || !('slot' in step)) throw error;
      failures.set(step.slot, error);
      if (error.code === 'drain-timeout' || error.code === 'nobody-else-serves') await backToWork(run, step.slot);
    }
  }
  return [...failures].map(([slot, error]) => ({ slot, error }));
};

/** A replica that could not be drained is as good as it was. */
const backToWork = async (run: SiteRun, slot: number): Promise<void> => {
  try {
    await execute(run, { kind: 'serve', slot });
  } catch (error) {
    // That it does not serve is part of the report that follows.
    if (!isError(error)) throw error;
  }
};

export const servingIn = (observed: ObservedSite): readonly number[] =>
  observed.slots.filter(isServing).map(({ slot }) => slot);
