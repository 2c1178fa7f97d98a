import { dirname, isAbsolute, relative } from 'node:path';
import { PhpZdError } from '../base/errors.ts';
import { linkedGeneration, readMeta } from './generation/generation.ts';
import type { SiteRun } from './site-run.ts';

/** A link of the operator's that was pointed elsewhere, and how to point it back. */
export interface Flip {
  readonly release: string;
  undo(): Promise<void>;
}

/**
 * The site's link names the previous release again, written as it was: relative if it was. The roll that follows takes it from
 * there, and finds the standby if there is one. Rejects with `no-previous` {site, reason}.
 */
export const flipBack = async (run: SiteRun): Promise<Flip> => {
  const { site, ports } = run;
  const release = await previousRelease(run);
  const former = await ports.files.readLink(site.release);
  if (former === undefined)
    throw noPrevious(site.name, `${site.release} is no link, so it cannot name another release`);
  const target = isAbsolute(former) ? release : relative(await directoryOf(run), release);
  await ports.files.link(site.release, target);
  return { release, undo: () => ports.files.link(site.release, former) };
};

const previousRelease = async (run: SiteRun): Promise<string> => {
  const { site, paths, ports } = run;
  const generation = await linkedGeneration(run, paths.previous);
  const release = generation === undefined ? undefined : (await readMeta(run, generation))?.release;
  if (release === undefined) throw noPrevious(site.name, 'no release was promoted before this one');
  if (!ports.host.isDirectory(release)) throw noPrevious(site.name, `the previous release ${release} was removed`);
  return release;
};

/** A relative link leads from where it really lies. */
const directoryOf = async ({ site, ports }: SiteRun): Promise<string> =>
  (await ports.files.resolve(dirname(site.release))) ?? dirname(site.release);

const noPrevious = (site: string, reason: string) => new PhpZdError('no-previous', { site, reason });
