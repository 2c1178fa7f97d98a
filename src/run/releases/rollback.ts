import type { NoPreviousReason } from '../../base/error-reasons.ts';
import { PhpZdError } from '../../base/errors.ts';
import { linkedGeneration, readMeta } from '../generation/generation.ts';
import type { HostedSite } from '../site/site-run.ts';
import { type Flip, flipTo } from './flip.ts';

/**
 * Points the site's link at the previous release. The roll that follows takes the release from the link, and finds the standby
 * if there is one. Rejects with `no-previous` {site, reason} and as `flipTo`.
 */
export const flipBack = async (hosted: HostedSite): Promise<Flip> => flipTo(hosted, await previousRelease(hosted));

const previousRelease = async (hosted: HostedSite): Promise<string> => {
  const { site, paths, ports } = hosted;
  const generation = await linkedGeneration(hosted, paths.previous);
  const release = generation === undefined ? undefined : (await readMeta(hosted, generation))?.release;
  if (release === undefined) throw noPrevious(site.name, { kind: 'never' });
  if (!ports.host.isDirectory(release)) throw noPrevious(site.name, { kind: 'removed', release });
  return release;
};

const noPrevious = (site: string, reason: NoPreviousReason) => new PhpZdError('no-previous', { site, reason });
