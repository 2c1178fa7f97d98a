import { readPreset, refuse, type Source, valuesOf } from './read.ts';
import { schema } from './schema.ts';
import { type Limits, type Site, slotsOf } from './site.ts';

type Size = Pick<Site, 'replicas' | 'surge' | 'standby' | 'maxChildren'>;

/** A replica's processes besides its children: PHP-FPM's master, its pool for the status, and the shell of an ExecStart= line. */
const BESIDES = 4;

/**
 * The section [limits]. `size` lacks what is broken in other sections: then nothing is compared with it. Undefined when a key of
 * the section is broken, which is reported then.
 */
export const readLimits = (source: Source, size: Partial<Size>): Limits | undefined => {
  const { memory, tasks, shm } = schema.limits.keys;
  const givenTasks = readPreset(source, tasks);
  const values = valuesOf({ memory: readPreset(source, memory), tasks: givenTasks, shm: readPreset(source, shm) });
  const needed = neededTasks(size);
  if (values === undefined || givenTasks === 'broken' || needed === undefined) return values;
  // A share and `infinity` are no numbers, and no number is below what is not one.
  if (!(Number(values.tasks) < needed)) return values;
  refuse(
    source,
    givenTasks.at,
    `'tasks' is ${values.tasks}, and the replicas of a roll alone are ${needed} processes: write tasks = ${2 * needed} or more`,
  );
  return undefined;
};

/** How many processes the replicas in all slots can be. */
const neededTasks = ({ replicas, surge, standby, maxChildren }: Partial<Size>): number | undefined =>
  replicas === undefined || surge === undefined || standby === undefined || maxChildren === undefined
    ? undefined
    : slotsOf({ replicas, surge, standby }).length * (maxChildren + BESIDES);
