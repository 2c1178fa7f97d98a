import { posix } from 'node:path';
import { isCommonDirectory } from '../common-directories.ts';
import type { Host } from '../host.ts';
import { basedirWithMount } from '../open-basedir.ts';
import { isAtOrBelow } from '../paths.ts';
import { writtenDirectory } from '../read-php-settings.ts';
import type { Kept } from './adopted.ts';

/** What a replica needs for the lines of a pool: its own root master could write anywhere, and saw the whole host. */
export interface GrantPlace {
  readonly host: Host;
  readonly site: string;
  readonly release: string;
  readonly mount: string;
}

/** The lines of the pool, an open_basedir with the place where a replica has its release, and what PHP has to write to. */
export const withGrants = (lines: readonly Kept[], place: GrantPlace): readonly Kept[] => {
  const seeing = lines.map(line => withMount(line, place));
  const wanted = new Map(seeing.flatMap(line => grantsOf(line, place).map(grant => [grant.key, grant] as const)));
  const isCovered = (key: string) => [...wanted.keys()].some(other => other !== key && isAtOrBelow(key, other));
  return [...seeing, ...[...wanted.values()].filter(({ key }) => !isCovered(key))];
};

const withMount = (line: Kept, { host, mount, release }: GrantPlace): Kept => {
  if (!/^php_(?:admin_)?value\[open_basedir\]$/.test(line.key)) return line;
  const value = basedirWithMount(host, { mount, link: release }, line.value);
  return value === undefined ? line : { ...line, value, note: `with ${mount}/, where a replica has its release` };
};

/**
 * Why a log that is there already cannot be written to: PHP-FPM opened it as root, and a replica's is the site's user from its
 * start. Undefined for any other line.
 */
export const foreignLogProblem = (
  { key, value }: Kept,
  { host, site, user }: Pick<GrantPlace, 'host' | 'site'> & { readonly user: string },
): string | undefined => {
  const path = value.replaceAll('$pool', site);
  const isLog = /^(?:slowlog|access\.log|php_(?:admin_)?value\[error_log\])$/.test(key);
  if (!isLog || !host.isFile(path) || host.ownerOf(path) === host.user(user)?.uid) return undefined;
  return `'${path}' is there, and not ${user}'s: chown ${user} ${path}, and make the file of the site anew with --force`;
};

const grantsOf = (line: Kept, { host, site, release }: GrantPlace): readonly Kept[] => {
  const value = line.value.replaceAll('$pool', site);
  const setting = /^php_(?:admin_)?value\[(.+)\]$/.exec(line.key)?.[1];
  const isLog = line.key === 'slowlog' || line.key === 'access.log';
  const named = isLog && value.startsWith('/') ? posix.dirname(value) : setting && writtenDirectory(setting, value);
  if (named === undefined || line.section !== 'pool') return [];
  const path = posix.normalize(named).replace(/(?<=.)\/$/, '');
  if (isAtOrBelow(path, '/home')) {
    const home = path.split('/').slice(0, 3).join('/');
    return host.isDirectory(home) && home !== '/home' ? [{ ...line, section: 'site', key: 'home', value: home }] : [];
  }
  const isShared = ['/tmp', '/var/tmp', '/root', '/etc', '/dev', '/proc', release].some(each =>
    isAtOrBelow(path, each),
  );
  return isShared || isCommonDirectory(path) || host.resolveDirectory(path) !== path
    ? []
    : [{ ...line, section: 'writable', key: path, value: 'yes' }];
};
