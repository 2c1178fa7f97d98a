import type { Hosted } from '../site/site-run.ts';

/**
 * Whether the web server comes to the site at this path of a socket. `former`: past `paths.front`, as php-zd had it once, so that no
 * request can be held.
 */
export type FrontLink = 'right' | 'former' | 'none';

export const frontLink = async ({ paths, ports: { files } }: Hosted, socket: string): Promise<FrontLink> => {
  const target = await files.readLink(socket);
  if (target === paths.openFront) return 'former';
  if (target !== paths.front) return 'none';
  const front = await files.readLink(paths.front);
  return front === paths.openFront || front === paths.closedFront ? 'right' : 'none';
};
