import { isError, valueUnless } from '../../base/errors.ts';
import { admitUnit, replicaUnit } from '../../base/paths.ts';
import { isServing, type ObservedSite } from '../../plan/observed.ts';
import { planSettle } from '../../plan/settle.ts';
import type { Clock } from '../../ports/clock.ts';
import { park } from '../drain/park.ts';
import { rightFront } from '../front/end-hold.ts';
import { showStaticFiles } from '../front/static-files.ts';
import { restIdle } from '../gate/rest.ts';
import { linkedGeneration, pruneGenerations } from '../generation/generation.ts';
import { keepPrevious } from '../generation/promote.ts';
import { heldSlots } from '../generation/slot-numbers.ts';
import type { StepRun } from '../generation/step-run.ts';
import { observeSite, observeToPlan } from '../observe/site.ts';
import type { RollOutcome } from '../receipt/outcome.ts';
import { appendHistory, entryOf, type HistoryEntry } from '../record/history.ts';
import { isThrough, type LastRoll, readLastRoll, writeLastRoll } from '../record/last-roll.ts';
import { Meter } from '../record/meter.ts';
import { readTotals } from '../record/read-totals.ts';
import { unlessFull } from '../record/unless-full.ts';
import { whoAsked } from '../record/who-asked.ts';
import type { SlotFailure } from '../site/events.ts';
import { apply } from '../slots/apply.ts';
import { bringHttp } from '../slots/bring-http.ts';
import { readSlotHold } from '../slots/hold.ts';
import { releaseIdleSlots } from '../slots/release-idle-slots.ts';
import { type Proofs, provenFirst, runEachSlot } from './each-slot.ts';
import { goalOf } from './goal.ts';

/**
 * Runs after every roll, whether that ended well, failed or was killed. Afterwards every replica is proven and serves the
 * promoted generation, or the events say which does not. `reload` is the reload that the settle is part of.
 */
export const settleSite = async (run: StepRun, reload: number): Promise<Settled> => {
  const startedAt = run.ports.clock.monotonicMs();
  const roll = await readLastRoll(run);
  const isOurs = roll !== undefined && roll.outcome === undefined;
  if (isOurs && roll.state === 'running')
    run.emit({ kind: 'roll-killed', release: roll.release ?? '', from: roll.from });
  if (isOurs && roll.generation === run.generation.id) await keepPrevious(run, roll.fromGeneration);
  // The journal is read while the rest goes on.
  const by = isOurs ? whoAsked(run, roll) : undefined;
  by?.catch(() => undefined);
  await apply(run, run.generation);
  const meter = isOurs ? Meter.of(roll) : new Meter(undefined);
  const { failures, hasChanged } = await mend({ ...patient(run), emit: meter.listen(run.emit) });
  // Once more, since the files that only replicas of another configuration needed can go now. After a good roll there are none.
  if (hasChanged) await apply(run, run.generation);
  await pruneGenerations(run);
  await removeLeftovers(run);
  await watchParked(run);
  await rightFront(run);
  await bringHttp(run, run.generation);
  await restIdle(run.ports);
  const outcome = failures.length > 0 ? 'unsettled' : outcomeOf(roll, run.generation.id, reload);
  return {
    outcome,
    concluded: isOurs ? await conclude(run, { roll, by: await by, outcome, startedAt, meter }) : undefined,
  };
};

export interface Settled {
  readonly outcome: RollOutcome;
  /** The roll that came to its end, as it is in the history; undefined when there was none, and then no hook is due. */
  readonly concluded: HistoryEntry | undefined;
}

/** What writes of processes that were killed have left where php-zd writes in every roll. */
const removeLeftovers = async ({ paths, ports }: StepRun): Promise<void> => {
  for (const directory of [paths.pins, paths.slotHolds, paths.gates, paths.offers, paths.state, paths.run]) {
    await ports.files.removeLeftovers(directory);
  }
};

/**
 * Parks the parked replicas again: one whose timer was not started, because the roll was killed between mark and timer, would
 * stay for ever.
 */
const watchParked = async (run: StepRun): Promise<void> => {
  const { ports, site } = run;
  for (const slot of await heldSlots(run)) {
    if ((await readSlotHold(run, slot)) !== 'parked') continue;
    const activeState = await ports.systemd.activeState(replicaUnit(site.name, slot));
    if (activeState === 'active') await park(run, slot, run.site.drain.parkTimeoutMs);
  }
};

/**
 * A replica that must not serve any more does not go back to work for the sake of its last request: where there is another slot
 * for its successor it is parked, whatever on_timeout says.
 */
const patient = (run: StepRun): StepRun => {
  const { drain, surge } = run.site;
  if (drain.onTimeout !== 'abort' || surge === 0) return run;
  return { ...run, site: { ...run.site, drain: { ...drain, onTimeout: 'park' } } };
};

/**
 * The outcome of the roll that this settle follows. A record of another reload that has an outcome is an older roll's: the roll before
 * this settle ended before its own record. One of this reload was settled by its own process, which was killed then. A roll that was
 * killed after it had promoted its release is through.
 */
const outcomeOf = (roll: LastRoll | undefined, promoted: string, reload: number): RollOutcome => {
  if (roll === undefined || roll.state === 'refused') return 'refused';
  if (roll.outcome !== undefined && roll.reload !== reload) return 'refused';
  return isThrough(roll, promoted) ? 'rolled' : 'rolled-back';
};

/** How long the roll took, until now. By the wall clock, which may have been set meanwhile, only where the host was booted since. */
const tookMs = (clock: Clock, { startedAt, startedMonotonicMs = Number.POSITIVE_INFINITY }: LastRoll): number => {
  const ms = clock.monotonicMs() - startedMonotonicMs;
  return ms >= 0 ? ms : clock.now() - startedAt;
};

interface Conclusion {
  readonly roll: LastRoll;
  readonly by: string | undefined;
  readonly outcome: RollOutcome;
  /** When the settle began, by the monotonic clock. */
  readonly startedAt: number;
  readonly meter: Meter;
}

/** Ends a roll: writes the receipt and the history, and emits the last words. */
const conclude = async (
  run: StepRun,
  { roll, by, outcome, startedAt: settledFrom, meter }: Conclusion,
): Promise<HistoryEntry> => {
  const { generation, site, ports, emit } = run;
  const endedAt = ports.clock.now();
  meter.add('settle', ports.clock.monotonicMs() - settledFrom, await readTotals(run));
  const receipt = {
    ...meter.receipt(tookMs(ports.clock, roll)),
    ...(outcome === 'rolled' && roll.php && { php: roll.php }),
  };
  const { from, release } = roll;
  const hasBegun = roll.state !== 'refused';
  const entry = entryOf(roll, { endedAt, outcome, by, receipt: hasBegun ? receipt : undefined });
  const isUnkept = !(await unlessFull(appendHistory(run, entry)));
  await writeLastRoll(run, { ...roll, ...meter.record(), outcome, endedAt, ...(isUnkept && { isUnkept }) });
  if (outcome === 'rolled') {
    emit({ kind: 'roll-done', from, release: generation.release, replicas: site.replicas, receipt });
  }
  if (outcome === 'rolled-back') emit({ kind: 'rolled-back', failed: release, release: generation.release });
  if (hasBegun) emit({ kind: 'receipt', outcome, receipt });
  return entry;
};

/**
 * Brings every replica that needs it to the generation. A replica that cannot be mended does not keep the others from being
 * mended.
 */
const mend = async (run: StepRun): Promise<Mended> => {
  const mended = await mendSlots(run, provenFirst);
  const { failures } = mended;
  if (failures.length > 0) run.emit({ kind: 'unsettled', failures, serving: servingIn(await observeSite(run)) });
  return mended;
};

/** What a mending came to. */
interface Mended {
  /** Whether a step was taken, or a slot released. */
  readonly hasChanged: boolean;
  readonly failures: readonly SlotFailure[];
}

/** As `mend`, and says nothing of what failed. */
export const mendSlots = async (run: StepRun, proofs: Proofs): Promise<Mended> => {
  const startedAt = run.ports.clock.monotonicMs();
  await showStaticFiles(run, run.generation);
  const steps = planSettle(await goalOf(run, run.generation), await observeToPlan(run));
  if (steps.length > 0) run.emit({ kind: 'settle-started', steps: steps.length });
  const failures = await runEachSlot(run, steps, proofs);
  for (const { slot } of failures.filter(hasEnded)) await leaveToSystemd(run, slot);
  const released = await releaseIdleSlots(run, numbersOf(failures));
  if (steps.length > 0 && failures.length === 0) {
    run.emit({ kind: 'settled', release: run.generation.release, ms: run.ports.clock.monotonicMs() - startedAt });
  }
  return { hasChanged: steps.length > 0 || released.length > 0, failures };
};

/** The replica ended while it was started, or before its proof. Nothing is known against what it runs. */
const hasEnded = ({ error }: SlotFailure): boolean =>
  isError(error, 'job-failed') || (isError(error, 'replica-unproven') && error.facts.reason.kind === 'other-release');

/**
 * systemd starts the replica again, and it serves then as after any other crash: a mark that stayed would hold it until a person comes. One
 * that came up while it was marked is put into the balancer as its own unit would have.
 */
const leaveToSystemd = async (run: StepRun, slot: number): Promise<void> => {
  const { paths, ports, site } = run;
  if ((await linkedGeneration(run, paths.pin(slot))) !== run.generation.id) return;
  if ((await readSlotHold(run, slot)) !== 'roll') return;
  await ports.files.remove(paths.slotHold(slot));
  if ((await ports.systemd.activeState(replicaUnit(site.name, slot))) !== 'active') return;
  await valueUnless(() => ports.systemd.start(admitUnit(site.name, slot)));
};

const numbersOf = (failures: readonly SlotFailure[]): readonly number[] => failures.map(({ slot }) => slot);

export const servingIn = (observed: ObservedSite): readonly number[] =>
  observed.slots.filter(isServing).map(({ slot }) => slot);
