import { posix } from 'node:path';
import { isCommonDirectory } from '../common-directories.ts';
import type { Host } from '../host.ts';
import { basedirWithMount, belowMount } from '../open-basedir.ts';
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
  const seeing = lines.map(line => withMount(line, place)).map(line => inOwnRelease(line, place));
  const wanted = new Map(seeing.flatMap(line => grantsOf(line, place).map(grant => [grant.key, grant] as const)));
  const isCovered = (key: string) => [...wanted.keys()].some(other => other !== key && isAtOrBelow(key, other));
  return [...seeing, ...[...wanted.values()].filter(({ key }) => !isCovered(key))];
};

const withMount = (line: Kept, { host, mount, release }: GrantPlace): Kept => {
  if (!/^php_(?:admin_)?value\[open_basedir\]$/.test(line.key)) return line;
  const value = basedirWithMount(host, { mount, link: release }, line.value);
  if (value === undefined) return line;
  const gone = line.value.split(':').filter(entry => !value.split(':').includes(entry));
  const without = gone.length === 0 ? '' : `, in place of ${gone.join(', ')}`;
  return { ...line, value, note: `with ${mount}/, where a replica has its release${without}` };
};

/** What PHP writes in its release it writes in that of its replica: by the place on the host it may only read. */
const inOwnRelease = (line: Kept, { mount, release }: GrantPlace): Kept => {
  const setting = settingOf(line);
  const isLog = line.key === 'slowlog' || line.key === 'access.log';
  if (!isLog && (setting === undefined || writtenDirectory(setting, line.value) === undefined)) return line;
  // A session directory may stand behind a depth and a mode: 5;0600;/path.
  const path = line.value.slice(line.value.indexOf('/'));
  const own = belowMount({ mount, link: release }, path);
  if (own === undefined || !line.value.includes('/')) return line;
  const value = line.value.replace(path, () => own);
  return { ...line, value, note: `in ${mount}/, where a replica has its release, in place of ${path}` };
};

const settingOf = ({ key }: Kept): string | undefined => /^php_(?:admin_)?value\[(.+)\]$/.exec(key)?.[1];

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

const grantsOf = (line: Kept, { host, site, release, mount }: GrantPlace): readonly Kept[] => {
  const value = line.value.replaceAll('$pool', site);
  const setting = settingOf(line);
  const isLog = line.key === 'slowlog' || line.key === 'access.log';
  const named = isLog && value.startsWith('/') ? posix.dirname(value) : setting && writtenDirectory(setting, value);
  if (named === undefined || line.section !== 'pool') return [];
  const path = posix.normalize(named).replace(/(?<=.)\/$/, '');
  if (isAtOrBelow(path, '/home') && !isAtOrBelow(path, mount)) {
    const home = path.split('/').slice(0, 3).join('/');
    return host.isDirectory(home) && home !== '/home' ? [{ ...line, section: 'site', key: 'home', value: home }] : [];
  }
  const isShared = ['/tmp', '/var/tmp', '/root', '/etc', '/dev', '/proc', release, mount].some(each =>
    isAtOrBelow(path, each),
  );
  return isShared || isCommonDirectory(path) || host.resolveDirectory(path) !== path
    ? []
    : [{ ...line, section: 'writable', key: path, value: 'yes' }];
};
