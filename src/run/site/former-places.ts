import { posix } from 'node:path';
import { isError } from '../../base/errors.ts';
import { isCommonDirectory } from '../../site/common-directories.ts';
import { absolutePathProblem, isAtOrBelow } from '../../site/paths.ts';
import type { Site } from '../../site/site.ts';
import { askAsUser } from './as-user.ts';
import { findBelow } from './found-below.ts';
import type { Ports } from './ports.ts';
import type { HostedSite } from './site-run.ts';

/** Where packages have what their programs write. */
const ROOTS = ['/var/lib', '/var/cache', '/var/log'];
/** As deep as /var/lib/wordpress/wp-content/uploads. */
const DEPTH = '3';
/** Of PHP-FPM, of php-zd and of web servers: no application's. */
const NOT_OF_APPLICATIONS = ['/var/lib/php', '/var/lib/php-zd', '/var/lib/systemd'];
const SERVERS = ['apache2', 'caddy', 'haproxy', 'lighttpd', 'nginx'];
const MOST = 30;
const MOST_OWNED = 1_000;

type Looking = Pick<HostedSite, 'site' | 'ports'>;

/**
 * Directories outside of the release to which the site's user may write, as PHP-FPM does by itself, and a replica may not: those that are called
 * as a part of the release's path first. Asked of the kernel, as that user.
 */
export const findFormerPlaces = async (of: Looking, release: string): Promise<readonly string[]> => {
  const { site, ports } = of;
  if (!ports.isRoot) return [];
  const beside = posix.dirname(site.link);
  const roots = [...ROOTS, ...(isCommonDirectory(beside) || isAtOrBelow(beside, '/usr') ? [] : [beside])];
  const found = await findWritable(of, roots.filter(ports.host.isDirectory), ownOf(site, release));
  const isKin = isKinOf(site, release);
  const places = found.filter(path => isUnlisted(path, site, release)).sort();
  return [...places.filter(isKin), ...places.filter(path => !isKin(path))].slice(0, MOST);
};

/** A directory with the number of the user that it belongs to. */
export interface OwnedPlace {
  readonly path: string;
  readonly uid: number;
}

/** The directories in which packages have what their programs write and that are not root's: for all sites by one look. */
export const findOwnedPlaces = async (ports: Ports): Promise<readonly OwnedPlace[]> => {
  const roots = ROOTS.filter(ports.host.isDirectory);
  if (!ports.isRoot || roots.length === 0) return [];
  const tests = [...BOUNDS, ...leaving([]), '-type', 'd', '!', '-user', 'root', '-prune'];
  try {
    const found = await findBelow(ports, roots, { tests, fields: ['%U', '%p'], most: MOST_OWNED });
    return [...found.values()].flatMap(({ entries }) =>
      entries.map(([uid = '', path = '']) => ({ uid: Number(uid), path })),
    );
  } catch (error) {
    if (!isError(error, 'command-failed')) throw error;
    return [];
  }
};

/** Of these what is the site's by its owner and its name, and not in its file. */
export const unlistedOf = (of: Looking, owned: readonly OwnedPlace[], release: string): readonly string[] => {
  const { site, ports } = of;
  const uid = ports.host.user(site.user)?.uid;
  const isKin = isKinOf(site, release);
  const isIts = (place: OwnedPlace) => place.uid === uid && isKin(place.path) && isUnlisted(place.path, site, release);
  return owned.flatMap(place => (isIts(place) ? [place.path] : [])).sort();
};

const isUnlisted = (path: string, site: Site, release: string): boolean =>
  isNameable(path) && !ownOf(site, release).some(each => isAtOrBelow(path, each) || isAtOrBelow(each, path));

const ownOf = (site: Site, release: string): readonly string[] => {
  const { releases, mount, shared, writable, home } = site;
  return [release, releases, mount, ...shared.values(), ...writable, ...(home ? [home] : [])].filter(path =>
    path.startsWith('/'),
  );
};

/** Whether a path has the site's name in it, or one of its release. */
const isKinOf = ({ name }: Site, release: string): ((path: string) => boolean) => {
  const words = new Set([...release.split('/'), name].filter(word => !/^\d*$/.test(word) && !USUAL.has(word)));
  return path => path.split('/').some(word => words.has(word));
};

/** Names of a path that say nothing of an application. */
const USUAL: ReadonlySet<string> = new Set([
  ...['usr', 'share', 'var', 'srv', 'www', 'html', 'lib', 'cache', 'log', 'public', 'releases', 'home', 'data', 'web'],
]);

const isNameable = (path: string): boolean => absolutePathProblem(path) === undefined && !isCommonDirectory(path);

const BOUNDS = ['-mindepth', '1', '-maxdepth', DEPTH];

/** find(1)'s words that go by what is no application's, and by these. */
const leaving = (own: readonly string[]): readonly string[] => {
  const left = [...NOT_OF_APPLICATIONS, ...ROOTS.flatMap(root => SERVERS.map(name => `${root}/${name}`)), ...own];
  const paths = left.map(path => ['-path', path.replace(/[\\*?[]/g, '\\$&')]);
  return ['(', ...paths.flatMap((words, index) => (index === 0 ? words : ['-o', ...words])), ')', '-prune', '-o'];
};

/** Of a directory of theirs nothing below it is told. */
const findWritable = async (
  of: Looking,
  roots: readonly string[],
  own: readonly string[],
): Promise<readonly string[]> => {
  if (roots.length === 0) return [];
  const writable = ['-type', 'd', '-writable', '-prune', '-print0'];
  // What the user cannot look into is no error.
  const unseen = ['-type', 'd', '!', '(', '-readable', '-executable', ')', '-prune'];
  const find = ['find', ...roots, '-xdev', ...BOUNDS, ...leaving(own), ...writable, '-o', ...unseen];
  try {
    return (await askAsUser(of, find)).split('\0').filter(Boolean);
  } catch (error) {
    if (!isError(error, 'command-failed')) throw error;
    return [];
  }
};
