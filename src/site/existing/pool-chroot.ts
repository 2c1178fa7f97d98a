import { posix } from 'node:path';
import { isAtOrBelow } from '../paths.ts';

/** Of these a replica has its own, or the host's, by the same path. */
const SAME = ['/tmp', '/var/tmp', '/dev', '/proc', '/run', '/var/run'];

/** Settings whose slashes are none of the file system's. */
const OF_ADDRESSES: ReadonlySet<string> = new Set(['session.cookie_path', 'docref_root']);
const LISTS: ReadonlySet<string> = new Set(['open_basedir', 'include_path']);

/** The value of a setting of PHP's that a pool with a chroot has, as the host has its paths; the same where it names none. */
export const outOfChroot = (chroot: string, setting: string, value: string): string => {
  if (OF_ADDRESSES.has(setting)) return value;
  if (LISTS.has(setting))
    return value
      .split(':')
      .map(path => pathOutOf(chroot, path))
      .join(':');
  if (setting !== 'session.save_path') return pathOutOf(chroot, value);
  // A session directory may stand behind a depth and a mode: 5;0600;/path.
  const parts = value.split(';');
  return [...parts.slice(0, -1), pathOutOf(chroot, parts.at(-1) ?? '')].join(';');
};

/** As it is where it is none. What ends with a slash goes on to do so. */
export const pathOutOf = (chroot: string, path: string): string =>
  path.startsWith('/') && !SAME.some(each => isAtOrBelow(posix.normalize(path), each))
    ? posix.join(chroot, path)
    : path;
