import { isError, PhpZdError } from '../base/errors.ts';
import { replicaUnit } from '../base/paths.ts';
import type { Step, StepKind, StepOf } from '../plan/step.ts';
import { awaitIdle } from './await-idle.ts';
import { admit, servingSlots, withdraw } from './gate.ts';
import { poll } from './poll.ts';
import { prove } from './prove.ts';
import type { SiteRun } from './site-run.ts';

/** One executor a step kind, complete by its type. Each may be repeated. */
type Executors = { readonly [Kind in StepKind]: (run: SiteRun, step: StepOf<Kind>) => Promise<void> };

/** How long others may take to serve again before one more may be drained: a check's interval and some. */
const OTHERS_DEADLINE_MS = 5_000;

const executors: Executors = {
  hold: ({ paths, ports }, { slot }) => ports.files.write(paths.hold(slot), ''),
  drain: async (run, { slot, mustServe }) => {
    await awaitOthers(run, slot, mustServe);
    await withdraw(run, slot);
  },
  'await-idle': (run, { slot }) => awaitIdle(run, slot, run.site.drain.timeoutMs),
  pin: ({ paths, ports }, { slot, release }) => ports.files.link(paths.pin(slot), release),
  restart: ({ site, ports }, { slot }) => ports.systemd.restart(replicaUnit(site.name, slot)),
  stop: ({ site, ports }, { slot }) => ports.systemd.stop(replicaUnit(site.name, slot)),
  prove: (run, { slot, release }) => prove(run, slot, release),
  serve: (run, { slot }) => admit(run, slot),
  promote: async ({ paths, ports }, { release }) => {
    const former = await ports.files.readLink(paths.promoted);
    if (former !== undefined && former !== release) await ports.files.link(paths.previous, former);
    await ports.files.link(paths.promoted, release);
  },
};

export const execute = <Kind extends StepKind>(
  run: SiteRun,
  step: StepOf<Kind> & { readonly kind: Kind },
): Promise<void> => {
  const executor: (run: SiteRun, step: StepOf<Kind>) => Promise<void> = executors[step.kind];
  return executor(run, step);
};

/** Promise P2: a replica is drained only while enough others take requests in HAProxy's own eyes (facts.md H6). */
const awaitOthers = async (run: SiteRun, slot: number, mustServe: number): Promise<void> => {
  const others = async () => (await servingSlots(run)).filter(other => other !== slot);
  try {
    await poll(
      run.ports.clock,
      { intervalMs: 50, deadlineMs: OTHERS_DEADLINE_MS, what: 'the other replicas' },
      async () => ((await others()).length >= mustServe ? true : undefined),
    );
  } catch (error) {
    if (!isError(error, 'deadline')) throw error;
    throw new PhpZdError('nobody-else-serves', { replica: slot, serving: (await others()).length, mustServe }, error);
  }
};

/** Runs one step and tells of it. What is no error of ours is a bug, and passes. */
export const runStep = async (run: SiteRun, step: Step, index: number, total: number): Promise<void> => {
  const { emit, ports } = run;
  const startedAt = ports.clock.now();
  emit({ kind: 'step-started', step, index, total });
  try {
    await execute(run, step);
  } catch (error) {
    if (isError(error)) emit({ kind: 'step-failed', step, index, total, error });
    throw error;
  }
  emit({ kind: 'step-done', step, index, total, ms: ports.clock.now() - startedAt });
};
