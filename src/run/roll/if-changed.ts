import { isServing } from '../../plan/observed.ts';
import { asPromoted } from '../generation/generation.ts';
import { observeSite } from '../observe/site.ts';
import type { SiteRun } from '../site/site-run.ts';
import { resolveRelease } from '../site/validate.ts';

/** Whether a roll would change anything but the age of the processes. */
export const hasChanged = async (run: SiteRun): Promise<boolean> => {
  const generation = await asPromoted(run, run.site, await resolveRelease(run));
  if (generation === undefined) return true;
  const serving = (await observeSite(run)).slots.filter(isServing);
  const isRight = serving.every(
    ({ pin, isRunningPin, hold }) => pin === generation.id && isRunningPin && hold === undefined,
  );
  return !isRight || serving.length !== run.site.replicas;
};
