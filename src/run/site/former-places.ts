import { posix } from 'node:path';
import { isError } from '../../base/errors.ts';
import { isCommonDirectory } from '../../site/common-directories.ts';
import { absolutePathProblem, isAtOrBelow } from '../../site/paths.ts';
import { askAsUser } from './as-user.ts';
import type { HostedSite } from './site-run.ts';

/** Where packages have what their programs write. */
const ROOTS = ['/var/lib', '/var/cache', '/var/log'];
/** As deep as /var/lib/wordpress/wp-content/uploads. */
const DEPTH = '3';
/** Of PHP-FPM, of php-zd and of web servers: no application's. */
const NOT_OF_APPLICATIONS = ['/var/lib/php', '/var/lib/php-zd', '/var/lib/systemd'];
const SERVERS = ['apache2', 'caddy', 'haproxy', 'lighttpd', 'nginx'];
const MOST = 30;

/**
 * Directories outside of the release to which the site's user may write, as PHP-FPM does by itself, and a replica may not: those that are called
 * as a part of the release's path first. Asked of the kernel, as that user.
 */
export const findFormerPlaces = async (
  of: Pick<HostedSite, 'site' | 'ports'>,
  release: string,
): Promise<readonly string[]> => {
  const { site, ports } = of;
  if (!ports.isRoot) return [];
  const beside = posix.dirname(site.link);
  const roots = [...ROOTS, ...(isCommonDirectory(beside) || isAtOrBelow(beside, '/usr') ? [] : [beside])];
  const own = [
    release,
    site.releases,
    site.mount,
    ...site.shared.values(),
    ...site.writable,
    ...(site.home ? [site.home] : []),
  ];
  const found = await findWritable(of, roots.filter(ports.host.isDirectory), own);
  const words = new Set([...release.split('/'), site.name].filter(word => !USUAL.has(word)));
  const isKin = (path: string) => path.split('/').some(word => words.has(word));
  const places = found.filter(path => isNameable(path) && !own.some(each => isAtOrBelow(path, each))).sort();
  return [...places.filter(isKin), ...places.filter(path => !isKin(path))].slice(0, MOST);
};

/** Names of a path that say nothing of an application. */
const USUAL: ReadonlySet<string> = new Set([
  '',
  'usr',
  'share',
  'var',
  'srv',
  'www',
  'html',
  'lib',
  'cache',
  'log',
  'public',
  'releases',
]);

const isNameable = (path: string): boolean => absolutePathProblem(path) === undefined && !isCommonDirectory(path);

/** Of a directory of theirs nothing below it is told. */
const findWritable = async (
  of: Pick<HostedSite, 'site' | 'ports'>,
  roots: readonly string[],
  own: readonly string[],
): Promise<readonly string[]> => {
  if (roots.length === 0) return [];
  const left = [...NOT_OF_APPLICATIONS, ...ROOTS.flatMap(root => SERVERS.map(name => `${root}/${name}`)), ...own];
  const isLeft = left.flatMap((path, index) => [
    ...(index === 0 ? [] : ['-o']),
    '-path',
    path.replace(/[\\*?[]/g, '\\$&'),
  ]);
  const bounds = ['-xdev', '-mindepth', '1', '-maxdepth', DEPTH];
  const writable = ['-type', 'd', '-writable', '-prune', '-print0'];
  // What the user cannot look into is no error.
  const unseen = ['-type', 'd', '!', '(', '-readable', '-executable', ')', '-prune'];
  const find = ['find', ...roots, ...bounds, '(', ...isLeft, ')', '-prune', '-o', ...writable, '-o', ...unseen];
  try {
    return (await askAsUser(of, find)).split('\0').filter(Boolean);
  } catch (error) {
    if (!isError(error, 'command-failed')) throw error;
    return [];
  }
};
