import type { Hosted } from '../site/site-run.ts';
import { linkedGeneration, linkGeneration, releaseOf } from './generation.ts';

/** Afterwards the site comes back on this generation. */
export const promote = async (hosted: Hosted, generation: string): Promise<void> => {
  const former = await linkedGeneration(hosted, hosted.paths.promoted);
  await linkGeneration(hosted, hosted.paths.promoted, generation);
  await keepPrevious(hosted, former);
};

/**
 * `former`, which was promoted before, becomes the previous generation if it has another release: after a change of
 * configuration alone a rollback still leads to the other release. When a roll was killed between the two links, the settle
 * does this, which knows `former` from the roll's record.
 */
export const keepPrevious = async (hosted: Hosted, former: string | undefined): Promise<void> => {
  const promoted = await linkedGeneration(hosted, hosted.paths.promoted);
  if (former === undefined || promoted === undefined) return;
  if ((await releaseOf(hosted, former)) === (await releaseOf(hosted, promoted))) return;
  if ((await linkedGeneration(hosted, hosted.paths.previous)) === former) return;
  await linkGeneration(hosted, hosted.paths.previous, former);
};
