import { posix } from 'node:path';
import { sitePaths } from '../base/paths.ts';
import { isCommonDirectory } from './common-directories.ts';
import { directoriesAbove, isAtOrBelow } from './paths.ts';
import { type Reading, read, readEntries, refuse, refuseNew, type Source, valuesIn, warn } from './read.ts';
import { schema } from './schema.ts';
import { isSetgidDirectory, setgidWarning } from './setgid.ts';
import { ifAnswered } from './silent.ts';
import type { Site } from './site.ts';

// What PHP may write to: [shared], [writable] and its home.

export const readShared = (source: Source, place: Place & BitWanted): ReadonlyMap<string, string> => {
  const entries = readEntries(source, schema.shared.keys['PATH-IN-RELEASE']);
  for (const [path, { value, at }] of entries) {
    const problem = notShared(source, value, place);
    if (problem !== undefined) refuseNew(source, at, `'${path}' in [shared] ${problem}`);
    if (source.host.isFile(value)) {
      warn(
        source,
        at,
        `'${path}' in [shared] is one file: nobody can put another in its place, as editors and many programs do that write it, ` +
          `and one that is put there on the host is not seen before the next roll; ${insteadOfFile(posix.dirname(value), place)}`,
      );
    } else if (!source.host.isDirectory(value)) {
      const problem = `has nothing to share: create the directory, or an empty file, '${value}'`;
      refuse(source, at, `'${path}' in [shared] ${ifAnswered(source.host, value, problem)}`);
    } else if (!place.isSetgidSaid && isSetgidDirectory(source.host, value)) {
      warn(source, at, setgidWarning(value));
    }
  }
  return valuesIn(entries);
};

/** What has the releases in it is none to share. */
const insteadOfFile = (directory: string, { link, releases }: Place): string => {
  const holds = [link, releases].some(each => typeof each === 'object' && isAtOrBelow(each.value, directory));
  return holds
    ? 'where that is too late, move it into a directory without the releases, and share that'
    : `share its directory '${directory}'`;
};

/** Whether the site file, or its application, says who may set the set-group-ID bit. */
export interface BitWanted {
  readonly isSetgidSaid: boolean;
}

/** The site's link, and where its releases lie, as they were read. */
export interface Place {
  readonly link: Reading<string>;
  readonly releases: Reading<string>;
}

/** What would be gone with a release, or is everybody's. */
const notShared = ({ host }: Source, path: string, { link, releases }: Place): string | undefined => {
  const real = host.resolveDirectory(path) ?? path;
  if (isCommonDirectory(real)) return `is '${path}', where others have things too: share a directory of the site's own`;
  if (typeof link === 'string' || typeof releases === 'string') return undefined;
  const served = host.resolveDirectory(link.value);
  // A directory in the place of the link is all that the site has, and stays.
  if (served === undefined || served === link.value) return undefined;
  const gone = posix.basename(releases.value) === 'releases' ? releases.value : served;
  return isAtOrBelow(real, gone)
    ? `is '${path}', which goes with its release: share a directory that does not lie in ${gone}`
    : undefined;
};

/** The paths of [writable]. Those in the release are looked at with each release. */
export const readWritable = (source: Source, { link, isSetgidSaid }: Place & BitWanted): readonly string[] => {
  const given = [...readEntries(source, schema.writable.keys.PATH)].filter(([, { value }]) => value);
  const root = typeof link === 'string' ? undefined : link.value;
  for (const [path, { at }] of given) {
    const onHost = path.startsWith('/') || root === undefined ? path : `${root}/${path}`;
    if (!isSetgidSaid && isSetgidDirectory(source.host, onHost)) warn(source, at, setgidWarning(path));
    if (!path.startsWith('/')) continue;
    const problem = hostPathProblem(source, path);
    if (problem !== undefined) refuse(source, at, `'${path}' in [writable] ${problem}`);
    else if (isOfSystem(path)) {
      refuseNew(source, at, `'${path}' in [writable] is not this site's alone: write a directory of its own`);
    }
  }
  return given.map(([path]) => path);
};

const hostPathProblem = ({ host }: Source, path: string): string | undefined => {
  if (kept.some(directory => isAtOrBelow(path, directory))) return 'is kept from all sites: write another directory';
  const hiding = hidden.find(directory => isAtOrBelow(path, directory));
  if (hiding !== undefined) {
    return `is out of a replica's sight, as all of ${hiding}: name it in [shared], or write home = PATH in [site]`;
  }
  const resolved = host.resolveDirectory(path);
  if (resolved === undefined) {
    return ifAnswered(host, path, 'is no directory: create it, with the user of the site as its owner');
  }
  return resolved === path ? undefined : `leads through a link: write ${resolved}`;
};

/** Of the system's own, whatever modes say. */
const kept = ['/boot', '/dev', '/etc/php-zd', '/proc', '/run/php-zd', '/sys', '/var/lib/php-zd'] as const;
const hidden = ['/home', '/root'] as const;

const isOfSystem = (path: string): boolean =>
  isCommonDirectory(path) ||
  (!isAtOrBelow(path, '/usr/local') &&
    ['/bin', '/etc', '/lib', '/lib64', '/sbin', '/usr'].some(directory => isAtOrBelow(path, directory)));

/** PHP's home; that of www-data in Debian is /var/www. systemd binds it by its name, as root, so nobody else may be able to put a link in its way. */
export const readHome = (source: Source): Reading<string> => {
  const home = read(source, schema.site.keys.home);
  if (home === 'absent' || home === 'broken') return home;
  const { value, at } = home;
  const isKept = value === '/' || kept.some(directory => isAtOrBelow(value, directory));
  if (isKept) return refuse(source, at, "'home' is kept from all sites: write another directory");
  if (isOfSystem(value) && value !== '/var/www') {
    refuseNew(source, at, "'home' is not this site's alone: write a directory of its own");
    return home;
  }
  const resolved = source.host.resolveDirectory(value);
  if (resolved === undefined) {
    return refuse(source, at, `'home' ${ifAnswered(source.host, value, `is no directory: there is no '${value}'`)}`);
  }
  if (resolved !== value) return refuse(source, at, `'home' leads through a link: write home = ${resolved}`);
  const foreign = directoriesAbove(value).findLast(directory => source.host.ownerOf(directory) !== 0);
  if (foreign === undefined) return home;
  return refuse(
    source,
    at,
    `'home' lies in '${foreign}', which is not root's: write a directory that has only root's above it`,
  );
};

/** Where a replica may write: directories as it sees them, and single files of [shared]. */
export const writablePlaces = (
  { name }: Pick<Source, 'name'>,
  site: Pick<Site, 'mount' | 'user' | 'access' | 'home' | 'shared' | 'writable'>,
): readonly string[] => {
  const { mount, user, access, home, shared, writable } = site;
  const paths = sitePaths(name);
  return [
    ...['/tmp', '/var/tmp', paths.sessions(user), home ?? paths.home(user)],
    ...(access === 'read-write' ? [mount] : []),
    ...[...shared].flatMap(([inRelease, onHost]) => [posix.join(mount, inRelease), onHost]),
    ...writable.map(path => posix.resolve(mount, path)),
  ];
};
