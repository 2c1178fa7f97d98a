import { sitePaths } from '../../base/paths.ts';
import { type Generation, inodeOf } from '../generation/generation.ts';
import type { Ports } from '../site/ports.ts';
import type { Hosted } from '../site/site-run.ts';

/**
 * Afterwards the web server looks for static files in this release first, and then in the one that it looked in before: the pages of
 * both are being read, and each asks for files of its own release. To be done before the first replica of a release serves. The
 * former one stays until another release comes, since browsers ask for a page's files when its replica may be gone.
 * Each link is of the user whose the release is: a web server follows a link to what its owner owns, so that a release which somebody
 * exchanges for a link leads to nobody else's files.
 */
export const showStaticFiles = async (hosted: Hosted, generation: Shown): Promise<void> => {
  const { paths } = hosted;
  const { files } = hosted.ports;
  const { release } = generation;
  const shown = await files.readLink(paths.staticFiles);
  const linkOwner = (await files.owner(paths.staticFiles))?.uid;
  const owner = await ownerOf(hosted, generation);
  if (shown === release && linkOwner === owner) return;
  // In this order: after a kill in between there is nothing that only one of the two has had.
  if (shown !== undefined && shown !== release) await files.link(paths.formerStaticFiles, shown, linkOwner);
  await files.link(paths.staticFiles, release, owner);
};

/**
 * The link to the release that is shown, where it is not of the user whose that is: an older php-zd made it, and a web server with a snippet
 * of this one does not follow it before the next roll. Undefined otherwise.
 */
export const findUnfollowed = async ({ files }: Pick<Ports, 'files'>, site: string): Promise<string | undefined> => {
  const { staticFiles } = sitePaths(site);
  const shown = await files.readLink(staticFiles);
  const release = shown === undefined ? undefined : await files.owner(shown);
  const isFollowed = release === undefined || (await files.owner(staticFiles))?.uid === release.uid;
  return isFollowed ? undefined : staticFiles;
};

type Shown = Pick<Generation, 'release' | 'identity'>;

/** Whose the release is; root, where another directory has its place by now than the one that was found fit. */
const ownerOf = async ({ ports: { files } }: Hosted, { release, identity }: Shown): Promise<number> => {
  const found = await files.owner(release);
  return found !== undefined && String(found.inode) === inodeOf(identity) ? found.uid : 0;
};
