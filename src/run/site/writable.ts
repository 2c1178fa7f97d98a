import { posix } from 'node:path';
import type { DeployReason } from '../../base/error-reasons.ts';
import { PhpZdError } from '../../base/errors.ts';
import { isCommonDirectory } from '../../site/common-directories.ts';
import { isRootsWay, ownDirectory } from '../../site/own-directory.ts';
import { absolutePathProblem, below, isAtOrBelow } from '../../site/paths.ts';
import { askAsUser } from './as-user.ts';
import { readAllSites } from './load-site.ts';
import type { Ports } from './ports.ts';
import type { HostedSite } from './site-run.ts';

type Looking = Pick<HostedSite, 'site' | 'ports'>;

/**
 * Rejects with `release-unfit` where the site's user may not write to what [writable] names. Asked of the kernel, as that user; who may
 * not become that user learns nothing here.
 */
export const requireWritable = async (of: Looking, release: string, find = findUnwritable): Promise<void> => {
  const { site, ports } = of;
  const places = site.writable.map(path => (path.startsWith('/') ? path : `${release}/${path}`));
  if (places.length === 0 || !ports.isRoot) return;
  const found = await find(of, places);
  if (found.length === 0) return;
  const remedies: Remedy[] = [];
  const directories: string[] = [];
  for (const directory of found) {
    const remedy = await remedyFor(of, release, directory);
    if (remedy === undefined) directories.push(ports.host.resolveDirectory(directory) ?? directory);
    else remedies.push(remedy);
  }
  throw new PhpZdError('release-unfit', {
    path: release,
    reason: { kind: 'unwritable', user: site.user, directories, remedies: merge(remedies) },
  });
};

/** Those of the places that the site's user may not write to. */
export const findUnwritable = async (of: Looking, places: readonly string[]): Promise<readonly string[]> => {
  const find = ['find', '-H', ...places, '-maxdepth', '0', '!', '-writable', '-print0'];
  return (await askAsUser(of, find)).split('\0').filter(Boolean);
};

type Remedy = Extract<DeployReason, { kind: 'unwritable' }>['remedies'][number];

/** One command for all that it can be typed of. */
const merge = (remedies: readonly Remedy[]): readonly Remedy[] => {
  const merged = new Map<string, Remedy>();
  for (const remedy of remedies) {
    const key = 'directory' in remedy ? remedy.directory : JSON.stringify({ ...remedy, directories: [] });
    const known = merged.get(key);
    const isSame = known !== undefined && 'directories' in known && 'directories' in remedy;
    merged.set(key, isSame ? { ...known, directories: [...known.directories, ...remedy.directories] } : remedy);
  }
  return [...merged.values()];
};

/** What root can type without following anybody, and without taking anything from others. */
const remedyFor = async (of: Looking, release: string, directory: string): Promise<Remedy | undefined> => {
  const { site, ports } = of;
  const { host } = ports;
  const owner = host.ownerOf(directory);
  if (owner === undefined || host.resolveDirectory(directory) !== directory) return undefined;
  if (owner === host.user(site.user)?.uid) return { kind: 'open', directories: [directory] };
  if (await mayBeGiven(of, release, directory)) return { kind: 'give', directories: [directory], from: owner };
  const inside = isAtOrBelow(directory, release) ? [] : await ownedIn(of, directory);
  if (inside.length > 0) return { kind: 'below', directory, below: [...inside] };
  const own = isAtOrBelow(directory, release) ? undefined : ownDirectory(host, site, directory);
  return own && { kind: 'own', directory, own: own.directory, ...(!own.isThere && { group: site.group }) };
};

/** The directories of the user's in one, as packages have them in /var/lib. */
const ownedIn = async ({ site, ports: { host, files } }: Looking, directory: string): Promise<readonly string[]> => {
  const paths = (await files.list(directory)).map(name => below(directory, name));
  const uid = host.user(site.user)?.uid;
  const isOwned = (path: string) => host.resolveDirectory(path) === path && host.ownerOf(path) === uid;
  return paths.filter(path => absolutePathProblem(path) === undefined && isOwned(path)).slice(0, MOST_OWNED);
};

const MOST_OWNED = 5;

/**
 * Root's, empty and come to through nothing but root's: who owns a directory on the way may put a link in the place of what is below. Or the
 * deploy user's, with nothing of others in it. Neither is in use by another site, nor by a pool, whose master opens logs by name, as root.
 */
const mayBeGiven = async (of: Looking, release: string, directory: string): Promise<boolean> => {
  const { site, ports } = of;
  const { host } = ports;
  const owner = host.ownerOf(directory);
  const place = posix.dirname(site.link);
  const isBeside = !isCommonDirectory(place) && isAtOrBelow(directory, place) && owner === host.ownerOf(release);
  const isOfSite = isAtOrBelow(directory, release) || isBeside;
  const isDeployers = isOfSite && owner !== undefined && owner >= FIRST_PERSON;
  const isRoots = owner === 0 && isRootsWay(host, directory);
  if (isCommonDirectory(directory) || !(isRoots || isDeployers)) return false;
  const known = isRoots ? [] : [owner, host.user(site.user)?.uid];
  return (await hasOnly(ports, directory, known)) && !(await isInUse(of, directory));
};

/** Users below are of the system (login.defs(5), UID_MIN). */
const FIRST_PERSON = 1000;

/** Whether what is in the directory is of these users, but for what keeps an empty one in a repository. */
const hasOnly = async ({ files }: Ports, directory: string, users: readonly unknown[]): Promise<boolean> => {
  for (const name of await files.list(directory)) {
    if (/^\.git(?:ignore|keep)$/.test(name)) continue;
    const uid = (await files.owner(below(directory, name)))?.uid;
    if (uid === undefined || !users.includes(uid)) return false;
  }
  return true;
};

const isInUse = async ({ site, ports }: Looking, directory: string): Promise<boolean> => {
  const { host } = ports;
  const meets = (path: string) => isAtOrBelow(path, directory) || isAtOrBelow(directory, path);
  for (const { site: other } of await readAllSites(ports, site.name)) {
    const named = [...other.writable.filter(path => path.startsWith('/')), ...other.shared.values(), other.home ?? ''];
    const isOthers = other.user !== site.user && host.user(other.user)?.uid === host.ownerOf(directory);
    if (isOthers || named.some(path => path !== '' && meets(path))) return true;
  }
  return (await poolLogs(ports)).some(line => line.includes(directory));
};

/** The lines with logs in the pools of Debian's PHP-FPM. */
const poolLogs = async ({ files }: Ports): Promise<readonly string[]> => {
  const lines: string[] = [];
  for (const version of await files.list('/etc/php')) {
    const pools = `/etc/php/${version}/fpm/pool.d`;
    for (const name of await files.list(pools)) {
      const text = name.endsWith('.conf') ? ((await files.read(`${pools}/${name}`)) ?? '') : '';
      lines.push(...text.split('\n').filter(line => /^[^;#=]{0,99}log\b/.test(line)));
    }
  }
  return lines;
};
