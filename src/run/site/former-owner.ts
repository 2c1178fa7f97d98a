import { PhpZdError } from '../../base/errors.ts';
import { sitePaths } from '../../base/paths.ts';
import type { Site } from '../../site/site.ts';
import type { Ports } from './ports.ts';

/** Of a directory with thousands of sessions so many tell. */
const MOST_ENTRIES = 200;

/** What a site's user is given by php-zd, and keeps over rolls. */
const directoriesOf = ({ name, user }: Pick<Site, 'name' | 'user'>): readonly string[] => {
  const { sessions, home, tmp, notes } = sitePaths(name);
  return [sessions, home, tmp, notes].map(path => path(user));
};

interface Asked {
  readonly ports: Pick<Ports, 'files' | 'host'>;
  readonly site: Pick<Site, 'name' | 'user'>;
}

/** What somebody owns in there who is neither the site's user nor root. Nobody else may write there: the user had that number before. */
export interface FormerOwner {
  readonly uid: number;
  readonly directories: readonly string[];
}

/** Those who own something in these directories, one level deep. The user cannot read what sessions he had. */
export const formerOwners = async (asked: Asked): Promise<readonly FormerOwner[]> =>
  await findFormer(asked, () => true);

/**
 * Rejects with `former-owner` when a roll would give the directories to a user who was made anew, and not what is in them: all visitors
 * would be logged out. Where that has come about already, as at a start, a roll makes nothing worse.
 */
export const requireOwnDirectories = async ({ ports, site }: Asked): Promise<void> => {
  const { host } = ports;
  const own = host.user(site.user)?.uid;
  if (directoriesOf(site).every(directory => (host.ownerOf(directory) ?? own) === own)) return;
  const [former] = await findFormer({ ports, site }, (directory, uid) => host.ownerOf(directory) === uid);
  if (former !== undefined) throw new PhpZdError('former-owner', { site: site.name, user: site.user, ...former });
};

type IsMeant = (directory: string, uid: number) => boolean;

const findFormer = async ({ ports, site }: Asked, isMeant: IsMeant): Promise<readonly FormerOwner[]> => {
  const own = ports.host.user(site.user)?.uid;
  const found = new Map<number, readonly string[]>();
  for (const directory of own === undefined ? [] : directoriesOf(site)) {
    for (const uid of (await ports.files.ownersIn(directory, MOST_ENTRIES)).keys()) {
      if (uid === own || uid === 0 || !isMeant(directory, uid)) continue;
      found.set(uid, [...(found.get(uid) ?? []), directory]);
    }
  }
  return [...found].map(([uid, directories]) => ({ uid, directories }));
};
