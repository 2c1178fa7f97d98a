import { isError, PhpZdError } from '../../base/errors.ts';
import { replicaUnit, webUnit } from '../../base/paths.ts';
import type { Step, StepKind, StepOf } from '../../plan/step.ts';
import { REPLACED_STATUS } from '../../render/replica-unit.ts';
import { poll } from '../ask/poll.ts';
import { servingSlots } from '../ask/serving.ts';
import { isStopped } from '../ask/unit-states.ts';
import { unpark } from '../drain/park.ts';
import { retire } from '../drain/retire.ts';
import { stopWeb } from '../drain/stop-replica.ts';
import { showStaticFiles } from '../front/static-files.ts';
import { admit, switchOver, withdraw } from '../gate/gate.ts';
import { linkedGeneration, writeGeneration } from '../generation/generation.ts';
import { promote } from '../generation/promote.ts';
import type { StepRun } from '../generation/step-run.ts';
import { notePhpIni } from '../observe/changed-php-ini.ts';
import { bake } from '../proof/bake.ts';
import { prove } from '../proof/prove.ts';
import { warm } from '../proof/warm-up.ts';
import { apply, applyToReplicas, hasStaleUnit } from '../slots/apply.ts';
import { bringHttp } from '../slots/bring-http.ts';
import { holdSlot, holdUnmet, isUnmet, readSlotHold } from '../slots/hold.ts';
import { letVisitorsGo } from '../slots/sides.ts';
import { pinSlot } from '../slots/slot-files.ts';
import { runStepHook } from '../transient/roll-hooks.ts';
import { stepDeadlineMs } from './deadline.ts';

/** One executor for each kind of step, complete by this type. Each may be repeated: twice leaves what once leaves. */
type Executors = { readonly [Kind in StepKind]: (run: StepRun, step: StepOf<Kind>) => Promise<void> };

/** How long other replicas may take to serve again before one more is drained: a check's interval and some. */
const OTHERS_DEADLINE_MS = 5_000;

const executors: Executors = {
  hook: (run, { hook }) => runStepHook(run, hook),
  write: async run => {
    await writeGeneration(run, run.generation, run.texts);
    await apply(run, run.generation);
    await bringHttp(run, run.generation);
  },
  hold: async (run, { slot }) => {
    if ((await readSlotHold(run, slot)) === 'parked') await takeFromPark(run, slot);
    if (!(await isUnmet(run, slot))) await holdSlot(run, slot, 'roll');
  },
  pin: async (run, { slot, generation }) => {
    const former = await linkedGeneration(run, run.paths.pin(slot));
    await pinSlot(run, slot, generation);
    // For an empty slot the shared files, which are written before any step of a slot, are what the run's generation wants.
    const isForeseen = former === undefined && generation === run.generation.id;
    if (!isForeseen || (await hasStaleUnit(run, [slot]))) await applyToReplicas(run, run.generation);
  },
  start: (run, { slot }) => startReplica(run, slot),
  warm: (run, { slot }) => warm(run, slot),
  prove: (run, { slot, ...what }) => prove(run, slot, what),
  serve: async (run, { slot }) => {
    if ((await readSlotHold(run, slot)) === 'parked') await unpark(run, slot);
    await showStaticFiles(run, run.generation);
    await admit(run, slot);
  },
  switch: async (run, { to, from }) => {
    await showStaticFiles(run, run.generation);
    await switchOver(run, to, from);
  },
  bake: (run, step) => bake(run, step, run.answers),
  drain: async (run, { slot, mustServe }) => {
    await awaitOthers(run, slot, mustServe);
    await letVisitorsGo(run, slot, mustServe);
    await withdraw(run, slot);
  },
  retire: (run, { slot }) => retire(run, slot),
  'stand-by': async (run, { slot }) => {
    await holdSlot(run, slot, 'standby');
    await withdraw(run, slot);
  },
  promote: async (run, { generation }) => {
    await promote(run, generation);
    await notePhpIni(run, run.site);
  },
};

/** Rejects as a job does, and with `release-unfit` when another directory lies at the mount point than was found fit. */
const startReplica = async (run: StepRun, slot: number): Promise<void> => {
  const {
    site,
    ports: { systemd },
    generation,
  } = run;
  const [unit, web] = [replicaUnit(site.name, slot), webUnit(site.name, slot)];
  const hasWeb = generation.site.web.server !== undefined;
  try {
    // One that runs already has the release that was there before.
    if (hasWeb) await stopWeb(run, slot);
    // A restart would restart the gate's unit too, which has nobody to drain.
    const activeState = await systemd.activeState(unit);
    await (isStopped(activeState) ? systemd.start(unit) : systemd.restart(unit));
    if (hasWeb) await systemd.start(web);
    // Without the mark its unit has opened its gate by itself.
    if ((await readSlotHold(run, slot)) === 'roll') await holdUnmet(run, slot);
  } catch (error) {
    if (!isError(error, 'job-failed')) throw error;
    const { mainStatus, result } = await systemd.unit(unit);
    if (result !== 'exit-code' || mainStatus !== REPLACED_STATUS) throw error;
    throw new PhpZdError('release-unfit', { path: generation.release, reason: { kind: 'replaced' } }, error);
  }
};

export const execute = <Kind extends StepKind>(
  run: StepRun,
  step: StepOf<Kind> & { readonly kind: Kind },
): Promise<void> => {
  const executor: (run: StepRun, step: StepOf<Kind>) => Promise<void> = executors[step.kind];
  return executor(run, step);
};

/**
 * Takes the slot of a replica that was parked and has ended. Rejects with `slots-parked` while it still runs: the plan meant to
 * stop that replica, and had to park it.
 */
const takeFromPark = async (run: StepRun, slot: number): Promise<void> => {
  const activeState = await run.ports.systemd.activeState(replicaUnit(run.site.name, slot));
  if (activeState === 'active') throw new PhpZdError('slots-parked', { slots: [slot] });
  await unpark(run, slot);
};

/**
 * Waits until enough other replicas take requests in HAProxy's own eyes (facts.md H6), and only then a replica may be drained
 * (P2). Rejects with `nobody-else-serves`.
 */
const awaitOthers = async (run: StepRun, slot: number, mustServe: number): Promise<void> => {
  if (mustServe === 0) return;
  let serving = 0;
  const atDeadline = () => {
    throw new PhpZdError('nobody-else-serves', { replica: slot, serving, mustServe });
  };
  await poll(run.ports.clock, { intervalMs: 50, deadlineMs: OTHERS_DEADLINE_MS, atDeadline }, async () => {
    serving = (await servingSlots(run)).filter(other => other !== slot).length;
    return serving >= mustServe || undefined;
  });
};

export interface Count {
  /** The number of the step, from 1. */
  readonly index: number;
  readonly total: number;
}

/** Runs one step and emits its begin and its end. An exception that is no PhpZdError is a bug, and passes. */
export const runStep = async (run: StepRun, step: Step, { index, total }: Count): Promise<void> => {
  const { emit, ports } = run;
  const startedAt = ports.clock.monotonicMs();
  const deadlineMs = stepDeadlineMs(run.site, step);
  emit({ kind: 'step-started', step, index, total, ...(deadlineMs !== undefined && { deadlineMs }) });
  try {
    await execute(run, step);
  } catch (error) {
    if (isError(error)) emit({ kind: 'step-failed', step, index, total, error });
    throw error;
  }
  emit({ kind: 'step-done', step, index, total, ms: ports.clock.monotonicMs() - startedAt });
};
