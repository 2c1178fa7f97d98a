import { PhpZdError } from '../../base/errors.ts';
import {
  asPromoted,
  describeGeneration,
  type Generation,
  promotedMeta,
  writeGeneration,
} from '../generation/generation.ts';
import type { StepRun } from '../generation/step-run.ts';
import { observeSite } from '../observe/site.ts';
import type { LoadedSite } from '../site/load-site.ts';
import type { Hosted, SiteRun } from '../site/site-run.ts';
import { type FitRelease, findRelease, requireFitRelease, requireFreeSocket } from '../site/validate.ts';
import { apply } from '../slots/apply.ts';
import { mend, servingIn } from './settle.ts';

/**
 * Brings the site up on the release that was promoted last, since only a roll promotes another one (P3); the first time on the
 * one that the site's link names. True when at least one replica serves: at boot some are better than none.
 */
export const startSite = async (site: SiteRun, loaded: LoadedSite): Promise<boolean> => {
  await requireFreeSocket(site);
  const { texts } = loaded;
  const run: StepRun = { ...site, generation: await generationToStart(site), texts };
  await writeGeneration(run, run.generation, texts);
  await apply(run, run.generation);
  const failures = await mend(run);
  const serving = servingIn(await observeSite(run)).length;
  const { release } = run.generation;
  if (serving > 0) run.emit({ kind: 'started', release, serving, replicas: run.site.replicas });
  else run.emit({ kind: 'start-failed', failures });
  return serving > 0;
};

/**
 * Rejects with `release-missing` when a start would find no release: the promoted one is gone, and the link names none either.
 */
export const requireReleaseToStart = async (hosted: Hosted): Promise<void> => {
  const promoted = await promotedMeta(hosted);
  if (promoted === undefined) return;
  const { host } = hosted.ports;
  if (host.isDirectory(promoted.release) || host.resolveDirectory(promoted.link) !== undefined) return;
  throw new PhpZdError('release-missing', { path: promoted.release });
};

const generationToStart = async (run: SiteRun): Promise<Generation> => {
  const { path, identity } = await releaseToStart(run);
  const generation = (await asPromoted(run, run.site, path)) ?? (await describeGeneration(run, run.site, path));
  return { ...generation, identity };
};

const releaseToStart = async (run: SiteRun): Promise<FitRelease> => {
  const promoted = (await promotedMeta(run))?.release;
  if (promoted !== undefined && run.ports.host.isDirectory(promoted)) {
    return { path: promoted, identity: await requireFitRelease(run, promoted) };
  }
  const release = await findRelease(run);
  if (promoted !== undefined) run.emit({ kind: 'promoted-missing', release: promoted, instead: release.path });
  return release;
};
