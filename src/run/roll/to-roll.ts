import { PhpZdError } from '../../base/errors.ts';
import {
  asPromoted,
  describeGeneration,
  type Generation,
  isReplaced,
  linkedGeneration,
} from '../generation/generation.ts';
import { loadPromotedOrSite } from '../generation/site-or-promoted.ts';
import { loadSiteToRun } from '../site/environment.ts';
import { type FitRelease, findRelease, requireFitRelease } from '../site/fit-release.ts';
import type { LoadedSite } from '../site/load-site.ts';
import type { Hosted, HostedSite, NamedRun } from '../site/site-run.ts';

/** A site that a roll is to bring. */
export interface SiteToRoll extends LoadedSite {
  /** The promoted generation, for a roll that changes nothing but the age of the processes; else the link says which release. */
  readonly generation?: Generation;
}

/**
 * The site as it was promoted, whatever its link and its file say by now; before the first promotion as they say. Rejects as
 * `loadPromotedOrSite`.
 */
export const loadAsPromoted = async (named: NamedRun): Promise<SiteToRoll> => {
  const { site, paths, ports, emit } = named;
  const isPromoted = (await linkedGeneration(named, paths.promoted)) !== undefined;
  return isPromoted ? await loadPromotedOrSite(ports, site.name, emit) : await loadSiteToRun(ports, site.name);
};

/** What the roll is to bring. Rejects when its release is not fit, and when another directory is in the place of the promoted one. */
export const releaseToRoll = async (hosted: HostedSite, { generation }: SiteToRoll): Promise<FitRelease> => {
  if (generation === undefined) return await findRelease(hosted);
  const { id, release } = generation;
  const fit = await requireFitRelease(hosted, release);
  if (await isReplaced(hosted, id, release))
    throw new PhpZdError('release-unfit', { path: release, reason: { kind: 'replaced' } });
  return fit;
};

/** The generation that the roll makes of it: nothing is written. The promoted one stays the same where php-zd would make it so. */
export const generationToRoll = async (
  hosted: HostedSite,
  { generation }: SiteToRoll,
  fit: FitRelease,
): Promise<Generation> => {
  const promoted = generation === undefined ? undefined : await asPromoted(hosted, hosted.site, fit);
  return promoted ?? (await describeGeneration(hosted, hosted.site, fit));
};

/** Has the next roll of the site go to what was promoted. */
export const askAsPromoted = ({ paths, ports }: Hosted): Promise<void> => ports.files.write(paths.asPromoted, '');

/** Afterwards the next roll goes to what the link names. */
export const forgetAsPromoted = ({ paths, ports }: Hosted): Promise<void> => ports.files.remove(paths.asPromoted);

/** Whether this roll was asked to go to what was promoted. No later one is. */
export const takeAsPromoted = async (hosted: Hosted): Promise<boolean> => {
  const isAsked = await hosted.ports.files.exists(hosted.paths.asPromoted);
  if (isAsked) await forgetAsPromoted(hosted);
  return isAsked;
};
