import { PhpZdError } from '../../base/errors.ts';
import { loadSiteToRun } from '../site/environment.ts';
import type { Emit } from '../site/events.ts';
import { type LoadedSite, SiteProblems } from '../site/load-site.ts';
import type { Ports } from '../site/ports.ts';
import { namedRun } from '../site/site-run.ts';
import { generationOf, type LoadedGeneration, linkedGeneration, loadPromoted, readMeta } from './generation.ts';

/**
 * The site as its file describes it; when the file is broken, as it was promoted last, so that a half-edited file stops neither
 * a boot nor what follows a killed roll.
 */
export const loadSiteOrPromoted = async (ports: Ports, name: string, emit: Emit): Promise<LoadedSite> => {
  try {
    return await loadSiteToRun(ports, name);
  } catch (error) {
    if (!(error instanceof SiteProblems)) throw error;
    const promoted = await loadPromoted(namedRun(name, ports, emit));
    if (promoted === undefined) throw error;
    emit({ kind: 'using-promoted', problems: error.problems });
    return promoted;
  }
};

/**
 * The site as it was promoted last: the running replicas were made from that, and the file may say something else already. When
 * the promoted one no longer holds on this host, because its release was removed, the site as the file describes it. Rejects
 * with `not-promoted` when no promoted generation is whole.
 */
export const loadPromotedOrSite = async (ports: Ports, name: string, emit: Emit): Promise<LoadedGeneration> => {
  const run = namedRun(name, ports, emit);
  const promoted = await loadPromoted(run);
  if (promoted !== undefined) return promoted;
  const id = await linkedGeneration(run, run.paths.promoted);
  const meta = id === undefined ? undefined : await readMeta(run, id);
  if (id === undefined || meta === undefined) throw new PhpZdError('not-promoted', { site: name });
  const loaded = await loadSiteToRun(ports, name);
  return { ...loaded, generation: await generationOf(run, { id, meta, site: loaded.site }) };
};
