import { type Given, readPreset, refuse, type Source } from './read.ts';
import { isOwnLine } from './read-http.ts';
import { schema } from './schema.ts';
import type { Site } from './site.ts';

export type Bake = Pick<Site, 'bakeMs' | 'bakeErrors' | 'bakeLatency'>;

const { bake, bake_errors: bakeErrors, bake_latency: bakeLatency } = schema.site.keys;

/**
 * How a replica is watched while it serves. What is compared meanwhile takes a time in which it is watched; what defaults.ini says is for
 * the sites that have one.
 */
export const readBake = (source: Source): Bake | 'broken' => {
  const ms = readPreset(source, bake);
  const [errors, latency] = [readPreset(source, bakeErrors), readPreset(source, bakeLatency)];
  if (ms === 'broken' || errors === 'broken' || latency === 'broken') return 'broken';
  if (ms.value > 0) return { bakeMs: ms.value, bakeErrors: errors.value, bakeLatency: latency.value };
  const idle = [
    { name: bakeErrors.name, given: errors },
    { name: bakeLatency.name, given: latency },
  ].filter(({ given }) => isWanted(source, given));
  for (const { name, given } of idle) {
    const why = `'${name}' compares a new replica with the old ones while it is watched, and none is`;
    refuse(source, given.at, `${why}: write bake = 30s besides, or take the line out`);
  }
  return idle.length > 0 ? 'broken' : { bakeMs: 0, bakeErrors: undefined, bakeLatency: undefined };
};

const isWanted = (source: Source, given: Given<number | undefined>): boolean =>
  given.value !== undefined && isOwnLine(source, given);
