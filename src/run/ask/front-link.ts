import { valueUnless } from '../../base/errors.ts';
import type { Ports } from '../site/ports.ts';
import type { Hosted } from '../site/site-run.ts';

/** Whether the web server comes to the site at this path of a socket. */
export const isFrontRight = async ({ paths, ports: { files } }: Hosted, socket: string): Promise<boolean> => {
  if ((await files.readLink(socket)) !== paths.front) return false;
  const front = await files.readLink(paths.front);
  return front === paths.openFront || front === paths.closedFront;
};

/**
 * The paths of the links to the site's socket that a boot makes, as the site's file for systemd-tmpfiles has them: first that of [listen]
 * fastcgi, as it was rolled last, then former ones.
 */
export const bootLinks = async ({ paths, ports: { files } }: Hosted): Promise<readonly string[]> => {
  const text = (await files.read(paths.tmpfiles)) ?? '';
  const links = [...text.matchAll(/^L (\S{1,4096}) - - - - (\S{1,4096})$/gm)];
  return links.flatMap(([, path, target]) => (path !== undefined && target === paths.front ? [path] : []));
};

/**
 * The socket of HAProxy's that the web server's link leads to, where it is gone: nobody comes in then, whatever HAProxy says, which makes it
 * anew only when it starts. Undefined while it is there, and where its caller may not look.
 */
export const goneFront = async ({ paths, ports }: Hosted): Promise<string | undefined> => {
  const socket = await ports.files.readLink(paths.front);
  return socket !== undefined && (await isGone(ports, socket)) ? socket : undefined;
};

/** Whether nothing lies at the path; false where its caller may not look. */
export const isGone = async ({ files }: Pick<Ports, 'files'>, path: string): Promise<boolean> => {
  return (await valueUnless(() => files.exists(path), 'file-system')) === false;
};
