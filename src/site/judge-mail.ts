import { posix } from 'node:path';
import type { Host } from './host.ts';
import { isAtOrBelow } from './paths.ts';
import { refuseNew, type Source } from './read.ts';
import type { Sandbox, Site } from './site.ts';

type Places = Pick<Site, 'user' | 'link' | 'access' | 'home' | 'shared' | 'writable'>;

/**
 * What ~/.forward says, the host's mailer does outside of every sandbox, such as run a program (facts.md N106). Where PHP may write that
 * file, `sendmail` would lead out of its sandbox.
 */
export const judgeMail = (source: Source, site: Places, { hasSendmail }: Pick<Sandbox, 'hasSendmail'>): void => {
  if (!hasSendmail) return;
  const at = source.settings.inSection('sandbox').get('sendmail')?.at ?? source.settings.whereabouts('sandbox');
  for (const { line, forward, instead } of writableForwards(source.host, site)) {
    refuseNew(
      source,
      at,
      `'sendmail' is yes, and ${line} lets PHP write '${forward}', which the host's mailer obeys outside of the sandbox: ` +
        `${instead}, or leave sendmail out and install msmtp-mta, which needs no rights`,
    );
  }
};

/** By which lines of the site file PHP may write its user's ~/.forward; none when it may not. */
export const writableForwards = (
  host: Host,
  site: Places,
): readonly (Omit<Writable, 'path'> & { readonly forward: string })[] => {
  const forward = forwardOf(host, site.user);
  if (forward === undefined) return [];
  return placesOnHost(site)
    .filter(({ path }) => isAtOrBelow(forward, realPath(host, path)))
    .map(({ line, instead }) => ({ line, instead, forward }));
};

/** The file by which the user has its mail forwarded. */
const forwardOf = (host: Host, user: string): string | undefined => {
  const home = host.user(user)?.home;
  return home === undefined || home === '' ? undefined : posix.join(realPath(host, home), '.forward');
};

const realPath = (host: Host, path: string): string => host.resolveDirectory(path) ?? posix.normalize(path);

interface Writable {
  readonly path: string;
  /** What the site file says of it. */
  readonly line: string;
  /** What to write in the line's place. */
  readonly instead: string;
}

/** Where PHP may write because of the site file, by the paths of the host. */
const placesOnHost = ({ link, access, home, shared, writable }: Places): readonly Writable[] => [
  ...(home === undefined
    ? []
    : [
        {
          path: home,
          line: `home = ${home}`,
          instead: 'leave home out, or write a directory that is not the home of a user',
        },
      ]),
  ...(access === 'read-only'
    ? []
    : [
        {
          path: link,
          line: `access = ${access}`,
          instead: 'take access out, and write single directories in [writable]',
        },
      ]),
  ...[...shared].map(([inRelease, path]) => ({
    ...{ path, line: `'${inRelease}' in [shared]` },
    instead: 'share a directory that the home of the user does not lie in',
  })),
  ...writable.map(path => ({
    ...{ path: posix.resolve(link, path), line: `'${path}' in [writable]` },
    instead: 'write a directory that the home of the user does not lie in',
  })),
];
