import type { Hosted } from '../site/site-run.ts';
import { linkedGeneration, linkGeneration, releaseOf } from './generation.ts';

/** From now on the site comes back on this generation. */
export const promote = async (hosted: Hosted, generation: string): Promise<void> => {
  const former = await linkedGeneration(hosted, hosted.paths.promoted);
  await linkGeneration(hosted, hosted.paths.promoted, generation);
  await keepPrevious(hosted, former);
};

/**
 * What was promoted before is the previous generation, if it is of another release: a change of configuration alone leaves that
 * as it is. A roll that was killed between the two links is made up for by settle, which knows the former one from its record.
 */
export const keepPrevious = async (hosted: Hosted, former: string | undefined): Promise<void> => {
  const promoted = await linkedGeneration(hosted, hosted.paths.promoted);
  if (former === undefined || promoted === undefined) return;
  if ((await releaseOf(hosted, former)) === (await releaseOf(hosted, promoted))) return;
  await linkGeneration(hosted, hosted.paths.previous, former);
};
