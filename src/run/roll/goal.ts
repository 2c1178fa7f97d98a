import type { Goal, Standby } from '../../plan/goal.ts';
import { slotsOf } from '../../site/site.ts';
import { linkedGeneration, readMeta } from '../generation/generation.ts';
import type { StepRun } from '../generation/step-run.ts';
import type { NamedRun } from '../site/site-run.ts';

const STEP_HOOKS = ['before_roll', 'before_serve'] as const;

/** What a site is to be when it is brought to this generation. */
export const goalOf = async (run: StepRun): Promise<Goal> => {
  const { generation, site } = run;
  const { replicas, surge, strategy, bakeMs } = site;
  return {
    generation: generation.id,
    release: generation.release,
    ...{ replicas, surge, strategy, bakeMs },
    slots: slotsOf(site),
    hooks: STEP_HOOKS.filter(name => site.hooks[name] !== undefined),
    standby: site.standby ? await findStandby(run) : undefined,
  };
};

/** Of the release that was promoted before this one; none when it was removed meanwhile. */
const findStandby = async (run: StepRun): Promise<Standby | undefined> => {
  for (const link of [run.paths.promoted, run.paths.previous]) {
    const standby = await describe(run, link);
    if (standby !== undefined && standby.release !== run.generation.release) return standby;
  }
  return undefined;
};

const describe = async (run: NamedRun, link: string): Promise<Standby | undefined> => {
  const generation = await linkedGeneration(run, link);
  const meta = generation === undefined ? undefined : await readMeta(run, generation);
  if (generation === undefined || meta === undefined || !run.ports.host.isDirectory(meta.release)) return undefined;
  return { generation, release: meta.release };
};
