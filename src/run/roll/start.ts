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
import { loadSiteToRun } from '../site/environment.ts';
import type { LoadedSite } from '../site/load-site.ts';
import type { Ports } from '../site/ports.ts';
import { hostedByName, hostedSite, type SiteRun } from '../site/site-run.ts';
import {
  type FitRelease,
  findRelease,
  requireFitRelease,
  requireFreeSocket,
  resolveRelease,
} from '../site/validate.ts';
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
 * Rejects when a start would find no release: with `release-missing` when the promoted one is gone and the link names none either;
 * as the first roll would be refused, for a site that has never been rolled. A start of any other brings up what was promoted,
 * whatever its file says by now.
 */
export const requireReleaseToStart = async (ports: Ports, name: string): Promise<void> => {
  const promoted = await promotedMeta(hostedByName(name, ports));
  if (promoted === undefined) {
    await resolveRelease(hostedSite((await loadSiteToRun(ports, name)).site, ports));
    return;
  }
  const { host } = ports;
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
