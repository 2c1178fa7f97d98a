import type { NamedRun } from '../site/site-run.ts';
import { linkedGeneration, linkGeneration, releaseOf } from './generation.ts';

/** From now on the site comes back on this generation. */
export const promote = async (run: NamedRun, generation: string): Promise<void> => {
  const former = await linkedGeneration(run, run.paths.promoted);
  await linkGeneration(run, run.paths.promoted, generation);
  await keepPrevious(run, former);
};

/**
 * What was promoted before is the previous generation, if it is of another release: a change of configuration alone leaves that
 * as it is. A roll that was killed between the two links is made up for by settle, which knows the former one from its record.
 */
export const keepPrevious = async (run: NamedRun, former: string | undefined): Promise<void> => {
  const promoted = await linkedGeneration(run, run.paths.promoted);
  if (former === undefined || promoted === undefined) return;
  if ((await releaseOf(run, former)) === (await releaseOf(run, promoted))) return;
  await linkGeneration(run, run.paths.previous, former);
};
