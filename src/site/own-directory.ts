import { isCommonDirectory } from './common-directories.ts';
import type { Host } from './host.ts';
import { directoriesAbove, isAtOrBelow } from './paths.ts';

interface Owner {
  /** The name of the site. */
  readonly name: string;
  readonly user: string;
  readonly group: string;
}

/** Whether the modes of a directory let the user write there, by themselves or for the group. */
export const mayWriteTo = (host: Host, { user, group }: Omit<Owner, 'name'>, directory: string): boolean => {
  const rights = host.rightsTo(directory);
  if (rights === undefined) return false;
  const { uid, gid, mode } = rights;
  if (uid === host.user(user)?.uid) return true;
  return (mode & 0o002) !== 0 || (gid === host.group(group)?.gid && (mode & 0o020) !== 0);
};

/**
 * Whether root may make the directory, or give it away, and follow nobody: what is above it is root's, so nobody else puts a link on
 * the way.
 */
export const isRootsWay = (host: Host, directory: string): boolean =>
  directoriesAbove(directory).every(above => !host.isDirectory(above) || host.ownerOf(above) === 0);

export interface OwnDirectory {
  readonly directory: string;
  /** Whether it is there, and the user's. */
  readonly isThere: boolean;
}

/**
 * Where a site has by itself what it was to have in a directory that others have things in: a directory by its name, of the user, or that
 * is not there yet. `install -d` would give the user one that is there.
 */
export const ownDirectory = (
  host: Host,
  { name, user }: Pick<Owner, 'name' | 'user'>,
  near: string,
): OwnDirectory | undefined => {
  const root = ['/var/log', '/var/cache'].find(each => isAtOrBelow(near, each)) ?? '/var/lib';
  const isOwn = (path: string) => host.resolveDirectory(path) === path && host.ownerOf(path) === host.user(user)?.uid;
  const isFree = (path: string) => !host.isDirectory(path) && !host.isFile(path) && host.unseenIn(path) === undefined;
  const directory = [name, `${name}-php`, `php-zd-${name}`]
    .map(own => `${root}/${own}`)
    .find(path => !isCommonDirectory(path) && (isOwn(path) || isFree(path)));
  return directory === undefined ? undefined : { directory, isThere: isOwn(directory) };
};
