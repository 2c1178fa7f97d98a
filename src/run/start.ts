import { apply } from './apply.ts';
import type { LoadedSite } from './load-site.ts';
import { observeSite } from './observe.ts';
import { mend, servingIn } from './settle.ts';
import type { SiteRun } from './site-run.ts';
import { requireFreeSocket, resolveRelease } from './validate.ts';

/**
 * Brings the site up: on the release that was promoted last, since only a roll promotes one (P3), or, the first time, on the one
 * that its link names. True when at least one replica serves: at boot some are better than none.
 */
export const startSite = async (run: SiteRun, loaded: LoadedSite): Promise<boolean> => {
  await requireFreeSocket(run);
  const release = await releaseToStart(run);
  await apply(run, loaded);
  const failures = await mend(run, { release, replicas: run.site.replicas });
  const serving = servingIn(await observeSite(run)).length;
  if (serving > 0) run.emit({ kind: 'started', release, serving, replicas: run.site.replicas });
  else run.emit({ kind: 'start-failed', failures });
  return serving > 0;
};

const releaseToStart = async (run: SiteRun): Promise<string> => {
  const { ports, paths } = run;
  const promoted = await ports.files.readLink(paths.promoted);
  if (promoted !== undefined && ports.host.isDirectory(promoted)) return promoted;
  const release = await resolveRelease(run);
  if (promoted !== undefined) run.emit({ kind: 'promoted-missing', release: promoted, instead: release });
  return release;
};
