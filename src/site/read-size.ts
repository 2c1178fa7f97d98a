import type { Position } from './problem.ts';
import { type Given, read, readPreset, refuse, type Source, valuesOf, whereOneIsWritten } from './read.ts';
import { type Bake, readBake } from './read-bake.ts';
import { schema } from './schema.ts';
import type { Site } from './site.ts';

type Size = Pick<Site, 'replicas' | 'surge' | 'strategy' | 'standby'> & Bake;

const { replicas, surge, strategy, standby } = schema.site.keys;

/**
 * How many replicas there are, and how a roll brings in the new ones. Undefined when one of these keys is broken, which is
 * reported then.
 */
export const readSize = (source: Source): Size | undefined => {
  const given = { replicas: readPreset(source, replicas), strategy: readPreset(source, strategy) };
  const bake = readBake(source);
  const numbers = valuesOf({
    ...given,
    surge: readSurge(source, given),
    standby: readPreset(source, standby),
  });
  const size = numbers === undefined || bake === 'broken' ? undefined : { ...numbers, ...bake };
  const conflict = numbers && findConflict(source, numbers);
  if (conflict === undefined) return size;
  refuse(source, conflict.at, conflict.message);
  return undefined;
};

interface SurgeGivens {
  readonly replicas: Given<number> | 'broken';
  readonly strategy: Given<Site['strategy']> | 'broken';
}

/** Blue-green always needs as much surge as there are replicas, so nobody has to write that. */
const readSurge = (source: Source, given: SurgeGivens): Given<number> | 'broken' => {
  const written = read(source, surge);
  if (written !== 'absent') return written;
  if (given.strategy === 'broken') return 'broken';
  return given.strategy.value === 'blue-green' ? given.replicas : readPreset(source, surge);
};

interface Conflict {
  readonly at: Position;
  readonly message: string;
}

/** The contradiction between the numbers; undefined when there is none. */
const findConflict = (source: Source, size: Omit<Size, keyof Bake>): Conflict | undefined => {
  const numbers = `'surge' is ${size.surge} and 'replicas' ${size.replicas}`;
  if (size.strategy === 'blue-green' && size.surge !== size.replicas) {
    return {
      at: whereOneIsWritten(source, [surge, strategy, replicas]),
      message: `${numbers}: strategy = blue-green starts as many new replicas as there are; write surge = ${size.replicas}`,
    };
  }
  const at = whereOneIsWritten(source, [surge, replicas]);
  if (size.surge > size.replicas) {
    const advice = size.replicas === 1 ? 'surge = 1' : `surge = ${size.replicas} or less`;
    return { at, message: `${numbers}: a roll starts no more new replicas than there are; write ${advice}` };
  }
  if (size.replicas > 1 || size.surge > 0) return undefined;
  const reason = 'a single replica that is restarted in its place is a site that is down meanwhile';
  return { at, message: `${numbers}: ${reason}; write surge = 1 or replicas = 2` };
};
