import { isServing } from '../../plan/observed.ts';
import { asPromoted } from '../generation/generation.ts';
import { observeSite } from '../observe/site.ts';
import type { HostedSite } from '../site/site-run.ts';
import { resolveRelease } from '../site/validate.ts';

/** Whether a roll would change anything but the age of the processes. */
export const hasChanged = async (hosted: HostedSite): Promise<boolean> => {
  const generation = await asPromoted(hosted, hosted.site, await resolveRelease(hosted));
  if (generation === undefined) return true;
  const serving = (await observeSite(hosted)).slots.filter(isServing);
  const isRight = serving.every(
    ({ pin, isRunningPin, hold }) => pin === generation.id && isRunningPin && hold === undefined,
  );
  return !isRight || serving.length !== hosted.site.replicas;
};
