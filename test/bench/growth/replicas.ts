import { setTimeout } from 'node:timers/promises';
import type { Machine } from '../../lab/machine.ts';
import { setUpSite } from '../../lab/site.ts';
import { memoryOfPhp } from '../measure.ts';
import type { Grow } from './measured.ts';
import { processorOf, timed } from './timed.ts';

/** Between two looks at the memory. */
const LOOK_MS = 200;

/** One site of so many replicas, each of two children, is rolled while nobody asks for anything. */
export const growReplicas: Grow = async (machine, replicas) => {
  const site = await setUpSite(machine, { ini: `replicas = ${replicas}\n[pool]\npm = static\npm.max_children = 2\n` });
  return async note => {
    await site.flip(await site.release());
    const processor = await processorOf(machine);
    const looking = new AbortController();
    const peak = watchMemory(machine, looking.signal);
    const { wallMs } = await timed(machine, `systemctl reload php-zd@${site.name}`);
    looking.abort();
    await note('a roll', 'ms', wallMs);
    await note('processor time of a roll', 'ms', (await processorOf(machine)) - processor);
    await note('most memory of PHP in it', 'KiB', await peak);
  };
};

const watchMemory = async (machine: Machine, signal: AbortSignal): Promise<number> => {
  let most = 0;
  while (!signal.aborted) {
    most = Math.max(most, await memoryOfPhp(machine));
    await setTimeout(LOOK_MS);
  }
  return most;
};
