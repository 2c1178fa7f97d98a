import { isError, type PhpZdError } from '../../base/errors.ts';
import { replicaUnit } from '../../base/paths.ts';
import { isServing, type ObservedSite } from '../../plan/observed.ts';
import { planSettle } from '../../plan/settle.ts';
import type { Step } from '../../plan/step.ts';
import { park } from '../drain/park.ts';
import { pruneGenerations } from '../generation/generation.ts';
import { keepPrevious } from '../generation/promote.ts';
import { heldSlots } from '../generation/slot-numbers.ts';
import type { StepRun } from '../generation/step-run.ts';
import { observeSite, observeToPlan } from '../observe/site.ts';
import type { RollOutcome } from '../receipt/outcome.ts';
import { appendHistory, type HistoryEntry } from '../record/history.ts';
import { isThrough, type LastRoll, readLastRoll, writeLastRoll } from '../record/last-roll.ts';
import { Meter } from '../record/meter.ts';
import { readTotals } from '../record/read-totals.ts';
import { whoAsked } from '../record/who-asked.ts';
import type { SlotFailure } from '../site/events.ts';
import { apply } from '../slots/apply.ts';
import { readSlotHold } from '../slots/hold.ts';
import { releaseIdleSlots } from '../slots/release-idle-slots.ts';
import { execute, runStep } from '../step/execute.ts';
import { goalOf } from './goal.ts';

/**
 * Runs after every roll, whether it ended well, failed or was killed: every replica is proven and serves the promoted generation,
 * or it is said which is not.
 */
export const settleSite = async (run: StepRun): Promise<Settled> => {
  const startedAt = run.ports.clock.monotonicMs();
  const roll = await readLastRoll(run);
  const isOurs = roll !== undefined && roll.outcome === undefined;
  if (isOurs && roll.state === 'running')
    run.emit({ kind: 'roll-killed', release: roll.release ?? '', from: roll.from });
  if (isOurs && roll.generation === run.generation.id) await keepPrevious(run, roll.fromGeneration);
  await apply(run, run.generation);
  const failures = await mend(patient(run));
  // What only the replicas of another configuration needed goes.
  await apply(run, run.generation);
  await pruneGenerations(run);
  await removeLeftovers(run);
  await watchParked(run);
  const outcome = failures.length > 0 ? 'unsettled' : outcomeOf(roll, run.generation.id);
  return { outcome, concluded: isOurs ? await conclude(run, { roll, outcome, startedAt }) : undefined };
};

export interface Settled {
  readonly outcome: RollOutcome;
  /** The roll that came to its end, as it is in the history; undefined when there was none, and then no hook is due. */
  readonly concluded: HistoryEntry | undefined;
}

/** What writes of processes that were killed have left where php-zd writes in every roll. */
const removeLeftovers = async ({ paths, ports }: StepRun): Promise<void> => {
  for (const directory of [paths.pins, paths.slotHolds, paths.gates, paths.state, paths.run]) {
    await ports.files.removeLeftovers(directory);
  }
};

/** A parked replica whose timer was killed with whoever parked it would stay for ever. */
const watchParked = async (run: StepRun): Promise<void> => {
  const { ports, site } = run;
  for (const slot of await heldSlots(run)) {
    if ((await readSlotHold(run, slot)) !== 'parked') continue;
    const { activeState } = await ports.systemd.unit(replicaUnit(site.name, slot));
    if (activeState === 'active') await park(run, slot);
  }
};

/** What must not serve any more is not let back to work for its last request: it is parked, where there is another slot. */
const patient = (run: StepRun): StepRun => {
  const { drain, surge } = run.site;
  if (drain.onTimeout !== 'abort' || surge === 0) return run;
  return { ...run, site: { ...run.site, drain: { ...drain, onTimeout: 'park' } } };
};

/**
 * A roll that has its outcome is an older one: the one before us did not come so far as to begin. One that was killed after it
 * promoted its release is through.
 */
const outcomeOf = (roll: LastRoll | undefined, promoted: string): RollOutcome => {
  if (roll === undefined || roll.outcome !== undefined || roll.state === 'refused') return 'refused';
  return isThrough(roll, promoted) ? 'rolled' : 'rolled-back';
};

interface Conclusion {
  readonly roll: LastRoll;
  readonly outcome: RollOutcome;
  /** When the settle began, by the monotonic clock. */
  readonly startedAt: number;
}

/** The receipt, the history and the last word. */
const conclude = async (run: StepRun, { roll, outcome, startedAt: settledFrom }: Conclusion): Promise<HistoryEntry> => {
  const { generation, site, ports, emit } = run;
  const endedAt = ports.clock.now();
  const meter = Meter.of(roll);
  meter.add('settle', ports.clock.monotonicMs() - settledFrom, await readTotals(run));
  const receipt = meter.receipt(endedAt - roll.startedAt);
  const { id, startedAt, from, release, error } = roll;
  const by = await whoAsked(run, roll);
  const hasBegun = roll.state !== 'refused';
  const entry: HistoryEntry = {
    ...{ id, startedAt, endedAt, outcome },
    ...(from !== undefined && { from }),
    ...(release !== undefined && { release }),
    ...(error !== undefined && { error }),
    ...(by !== undefined && { by }),
    ...(hasBegun && { receipt }),
  };
  await appendHistory(run, entry);
  await writeLastRoll(run, { ...roll, ...meter.record(), outcome, endedAt });
  if (outcome === 'rolled') {
    emit({ kind: 'roll-done', from, release: generation.release, replicas: site.replicas, receipt });
  }
  if (outcome === 'rolled-back') emit({ kind: 'rolled-back', failed: release, release: generation.release });
  if (hasBegun) emit({ kind: 'receipt', outcome, receipt });
  return entry;
};

/** Brings every replica to the generation that is not there. One that cannot be mended does not keep the others from it. */
export const mend = async (run: StepRun): Promise<readonly SlotFailure[]> => {
  const startedAt = run.ports.clock.monotonicMs();
  const steps = planSettle(await goalOf(run, run.generation), await observeToPlan(run));
  if (steps.length > 0) run.emit({ kind: 'settle-started', steps: steps.length });
  const failures = await runEachSlot(run, steps);
  await releaseIdleSlots(run, numbersOf(failures));
  if (steps.length === 0) return [];
  if (failures.length === 0) {
    run.emit({ kind: 'settled', release: run.generation.release, ms: run.ports.clock.monotonicMs() - startedAt });
  } else {
    run.emit({ kind: 'unsettled', failures, serving: servingIn(await observeSite(run)) });
  }
  return failures;
};

const numbersOf = (failures: readonly SlotFailure[]): readonly number[] => failures.map(({ slot }) => slot);

/** The steps of a slot end with its first failure; what is for all needs one that came so far as to serve. */
const runEachSlot = async (run: StepRun, steps: readonly Step[]): Promise<readonly SlotFailure[]> => {
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
      await runStep(run, step, { index: index + 1, total: steps.length });
    } catch (error) {
      if (!isError(error)) throw error;
      for (const slot of slotsIn(step, error)) failures.set(slot, error);
      if (error.code === 'drain-timeout' || error.code === 'nobody-else-serves') await returnToService(run, step);
    }
  }
  return [...failures].map(([slot, error]) => ({ slot, error }));
};

/** Whose failure it is. A promotion that fails is the host's. */
const slotsIn = (step: Step, error: PhpZdError): readonly number[] => {
  if ('slot' in step) return [step.slot];
  if (step.kind === 'switch') return step.to;
  throw error;
};

/** A replica that could not be drained is as good as it was. */
const returnToService = async (run: StepRun, step: Step): Promise<void> => {
  if (!('slot' in step)) return;
  try {
    await execute(run, { kind: 'serve', slot: step.slot });
  } catch (error) {
    // That it does not serve is part of the report that follows.
    if (!isError(error)) throw error;
  }
};

export const servingIn = (observed: ObservedSite): readonly number[] =>
  observed.slots.filter(isServing).map(({ slot }) => slot);
