import { PhpZdError } from '../../base/errors.ts';
import { replicaUnit, siteUnit } from '../../base/paths.ts';
import { type Capacity, forecastCapacity, type SiteWork } from '../../plan/capacity.ts';
import { forecastMemory, type Memory, type MemoryFigures } from '../../plan/memory.ts';
import { isServing, type ObservedSlot } from '../../plan/observed.ts';
import { planRoll } from '../../plan/roll.ts';
import type { Step } from '../../plan/step.ts';
import type { FpmStatus } from '../../ports/php-fpm.ts';
import { askFpm } from '../ask/fpm.ts';
import { describeGeneration, type Generation, readMeta } from '../generation/generation.ts';
import { hostMemory, replicaMemory } from '../observe/memory.ts';
import { observeSite } from '../observe/site.ts';
import { readTotals } from '../record/read-totals.ts';
import { findRelease } from '../site/fit-release.ts';
import type { LoadedSite } from '../site/load-site.ts';
import type { HostedSite } from '../site/site-run.ts';
import { changedFiles } from '../slots/apply.ts';
import { goalOf } from './goal.ts';
import { requireReadyHost } from './ready-host.ts';

/** What a reload would do now, and whether the host has what it takes. */
export interface ReloadPlan {
  readonly site: string;
  /** Whether a reload would be refused until the site is started. */
  readonly isStopped: boolean;
  readonly release: string;
  readonly steps: readonly Step[];
  readonly capacity: Capacity;
  readonly memory: Memory;
}

/** What a reload would do now. Changes nothing. Rejects with the reason for which a roll would be refused. */
export const planReload = async (hosted: HostedSite, loaded: LoadedSite): Promise<ReloadPlan> => {
  await requireReadyHost(hosted, loaded);
  return await planTo(hosted, await describeGeneration(hosted, hosted.site, await findRelease(hosted)));
};

const planTo = async (hosted: HostedSite, generation: Generation): Promise<ReloadPlan> => {
  const { site } = hosted;
  const { release } = generation;
  const files = (await changedFiles(hosted, generation)).map(({ path }) => path);
  const observed = await observeSite(hosted);
  const steps = planRoll(await goalOf(hosted, generation), observed, files);
  const running = await Promise.all(
    observed.slots.filter(({ unit }) => unit === 'active').map(slot => observeReplica(hosted, slot)),
  );
  return {
    site: site.name,
    isStopped: (await hosted.ports.systemd.activeState(siteUnit(site.name))) === 'inactive',
    ...{ release, steps },
    capacity: forecastCapacity(steps, await siteWork(hosted, running), site.maxChildren),
    memory: forecastMemory(
      steps,
      running.map(({ slot }) => slot.slot),
      await memoryFigures(hosted, running),
    ),
  };
};

/** Rejects with `capacity-short` when a roll to the generation would leave too few children for what there is to do now. */
export const requireCapacity = async (hosted: HostedSite, generation: Generation): Promise<void> => {
  const { site, capacity } = await planTo(hosted, generation);
  if (!capacity.isShort) return;
  const { children, busy, queued, silent, least, leastAt, away } = capacity;
  throw new PhpZdError('capacity-short', {
    ...{ site, children, busy, queued, least, leastAt },
    ...{ away, silent },
  });
};

interface RunningReplica {
  readonly slot: ObservedSlot;
  readonly fpm: FpmStatus | undefined;
  readonly memoryBytes: number | undefined;
}

const observeReplica = async (hosted: HostedSite, slot: ObservedSlot): Promise<RunningReplica> => {
  const [unit, fpm] = await Promise.all([
    hosted.ports.systemd.unit(replicaUnit(hosted.site.name, slot.slot)),
    askFpm(hosted, slot.slot),
  ]);
  const children = (fpm?.processes ?? []).map(({ pid }) => pid);
  return { slot, fpm, memoryBytes: await replicaMemory(hosted.ports, unit, children) };
};

const siteWork = async (hosted: HostedSite, running: readonly RunningReplica[]): Promise<SiteWork> => {
  const serving = running.filter(({ slot }) => isServing(slot));
  const replicas = serving.map(async ({ slot: { slot, pin }, fpm }) => {
    const meta = pin === undefined ? undefined : await readMeta(hosted, pin);
    return { slot, children: meta?.maxChildren ?? hosted.site.maxChildren, busy: fpm?.activeProcesses };
  });
  return { replicas: await Promise.all(replicas), queued: await queued(hosted) };
};

/** Requests in HAProxy's queue; 0 when HAProxy is away or does not know the site. */
const queued = async (hosted: HostedSite): Promise<number> => (await readTotals(hosted))?.queued ?? 0;

const memoryFigures = async ({ ports }: HostedSite, running: readonly RunningReplica[]): Promise<MemoryFigures> => {
  const known = running.flatMap(({ memoryBytes }) => memoryBytes ?? []);
  return {
    replicaBytes: known.length === 0 ? undefined : Math.max(...known),
    availableBytes: await hostMemory(ports, 'MemAvailable'),
  };
};
