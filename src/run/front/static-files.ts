import type { Hosted } from '../site/site-run.ts';

/**
 * Afterwards the web server looks for static files in this release first, and then in the one that it looked in before: the pages of
 * both are being read, and each asks for files of its own release. To be done before the first replica of a release serves. The
 * former one stays until another release comes, since browsers ask for a page's files when its replica may be gone.
 */
export const showStaticFiles = async ({ paths, ports: { files } }: Hosted, release: string): Promise<void> => {
  const shown = await files.readLink(paths.staticFiles);
  if (shown === release) return;
  // In this order: after a kill in between there is nothing that only one of the two has had.
  if (shown !== undefined) await files.link(paths.formerStaticFiles, shown);
  await files.link(paths.staticFiles, release);
};
