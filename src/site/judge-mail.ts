import { posix } from 'node:path';
import { isAtOrBelow } from './paths.ts';
import { refuseNew, type Source } from './read.ts';
import type { Site } from './site.ts';

type Places = Pick<Site, 'link' | 'access' | 'home' | 'shared' | 'writable'>;

/**
 * What ~/.forward says, the host's mailer does outside of every sandbox, such as run a program (facts.md N106). Where PHP may write that
 * file, `sendmail` would lead out of its sandbox.
 */
export const judgeMail = (source: Source, site: Places & Pick<Site, 'user' | 'sandbox'>): void => {
  const forward = site.sandbox.hasSendmail ? forwardOf(source, site.user) : undefined;
  if (forward === undefined) return;
  const place = placesOnHost(site).find(({ path }) => isAtOrBelow(forward, realPath(source, path)));
  const at = source.settings.inSection('sandbox').get('sendmail')?.at ?? source.settings.whereabouts('sandbox');
  if (place === undefined) return;
  refuseNew(
    source,
    at,
    `'sendmail' is yes, and ${place.line} lets PHP write '${forward}', which the host's mailer obeys outside of the sandbox: ` +
      `${place.instead}, or leave sendmail out and install msmtp-mta, which needs no rights`,
  );
};

/** The file by which the user has its mail forwarded. */
const forwardOf = (source: Source, user: string): string | undefined => {
  const home = source.host.user(user)?.home;
  return home === undefined || home === '' ? undefined : posix.join(realPath(source, home), '.forward');
};

const realPath = ({ host }: Source, path: string): string => host.resolveDirectory(path) ?? posix.normalize(path);

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
