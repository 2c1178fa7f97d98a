import { type Given, read, readPreset, type Source, valuesOf, warn } from './read.ts';
import { schema } from './schema.ts';
import type { Site, Warmup } from './site.ts';

const { paths, count, concurrency, required, opcache, deadline } = schema.warmup.keys;

/**
 * The section [warmup]. `pool` is undefined when the section [pool] is broken. Undefined when a key of [warmup] is broken,
 * which is reported then.
 */
export const readWarmup = (source: Source, pool: Pick<Site, 'maxChildren'> | undefined): Warmup | undefined => {
  const values = valuesOf({
    paths: read(source, paths),
    count: readPreset(source, count),
    concurrency: readConcurrency(source, pool?.maxChildren),
    isRequired: readPreset(source, required),
    opcache: readPreset(source, opcache),
    deadlineMs: readPreset(source, deadline),
  });
  return values && { ...values, paths: values.paths ?? [] };
};

/** Refuses more requests at once than there are children: the others would only wait, and the deadline runs. */
const readConcurrency = (source: Source, maxChildren: number | undefined): Given<number> | 'broken' => {
  const given = readPreset(source, concurrency);
  if (given === 'broken' || maxChildren === undefined || given.value <= maxChildren) return given;
  if (source.settings.inSection('warmup').has(concurrency.name)) {
    warn(
      source,
      given.at,
      `'concurrency' is ${given.value}, and a replica serves ${maxChildren} at once, as pm.max_children in [pool] says: ` +
        `${maxChildren} are asked at once; write concurrency = ${maxChildren}`,
    );
  }
  return { value: maxChildren, at: given.at };
};
