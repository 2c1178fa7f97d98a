import type { Goal, Standby } from '../../plan/goal.ts';
import { slotsOf } from '../../site/site.ts';
import { type Generation, isReplaced, linkedGeneration, readMeta } from '../generation/generation.ts';
import type { Hosted, HostedSite } from '../site/site-run.ts';

const STEP_HOOKS = ['before_roll', 'before_serve'] as const;

/** What a plan is to make of the site: this generation, in the numbers and by the strategy of the site file. */
export const goalOf = async (hosted: HostedSite, generation: Generation): Promise<Goal> => {
  const { site } = hosted;
  const { replicas, surge, strategy, bakeMs } = site;
  return {
    generation: generation.id,
    release: generation.release,
    ...{ replicas, surge, strategy, bakeMs },
    ...((site.bakeErrors !== undefined || site.bakeLatency !== undefined) && { isCompared: true }),
    slots: slotsOf(site),
    hooks: STEP_HOOKS.filter(name => site.hooks[name] !== undefined),
    standby: site.standby ? await findStandby(hosted, generation) : undefined,
  };
};

/**
 * The generation of the standby: that of the release which was promoted before this one. Undefined when that release or its PHP was
 * removed, or another directory is in its place: no replica of this generation starts any more.
 */
const findStandby = async (hosted: Hosted, { release }: Generation): Promise<Standby | undefined> => {
  for (const link of [hosted.paths.promoted, hosted.paths.previous]) {
    const standby = await describe(hosted, link);
    if (standby !== undefined && standby.release !== release) return standby;
  }
  return undefined;
};

const describe = async (hosted: Hosted, link: string): Promise<Standby | undefined> => {
  const generation = await linkedGeneration(hosted, link);
  const meta = generation === undefined ? undefined : await readMeta(hosted, generation);
  if (generation === undefined || meta === undefined || !hosted.ports.host.isDirectory(meta.release)) return undefined;
  const { release, php } = meta;
  if (php !== undefined && !hosted.ports.host.isExecutable(php)) return undefined;
  return (await isReplaced(hosted, generation, release)) ? undefined : { generation, release };
};
