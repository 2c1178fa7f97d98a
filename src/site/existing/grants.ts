import { posix } from 'node:path';
import { isCommonDirectory } from '../common-directories.ts';
import type { Host } from '../host.ts';
import { basedirWithMount, belowMount } from '../open-basedir.ts';
import { mayWriteTo, ownDirectory } from '../own-directory.ts';
import { isAtOrBelow } from '../paths.ts';
import { writtenDirectory } from '../read-php-settings.ts';
import { type Adopted, type Kept, leave } from './adopted.ts';

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

interface Foreign extends GrantPlace {
  readonly user: string;
  readonly group: string;
}

/**
 * A line whose directory is not the user's to write to, but root's, or others': PHP-FPM opens logs as root, and a replica's is the site's
 * user from its start. Given to that user the directory would be taken from all who have things there, and root would follow what the user
 * puts there. So the line is in a directory of the site's own where there is one, and else is left with the command that makes it. Undefined
 * for any other line.
 */
export const withoutForeign = (line: Kept, place: Foreign): Adopted | undefined => {
  const { host, site, user, group, release, mount } = place;
  const value = line.value.replaceAll('$pool', site);
  const directory = writtenIn(line, value);
  if (directory === undefined || ['/tmp', '/var/tmp'].some(each => isAtOrBelow(directory, each))) return undefined;
  const isForeignLog = isLogLine(line) && host.isFile(value) && host.ownerOf(value) !== host.user(user)?.uid;
  const isInRelease = isAtOrBelow(directory, mount) || belowMount({ mount, link: release }, directory) !== undefined;
  if (!host.isDirectory(directory) || isCommonDirectory(directory) || (isInRelease && !isForeignLog)) return undefined;
  if (mayWriteTo(host, { user, group }, directory)) {
    if (!isForeignLog) return undefined;
    const away = `put it away with "runuser -u ${user} -- mv ${value} ${value}.old"`;
    return leave(line.section, line, `'${value}' is there, and not ${user}'s: ${away}, and ${ANEW}`);
  }
  const own = ownDirectory(host, { name: site, user }, isLogLine(line) ? '/var/log' : directory);
  const why = `'${directory}' is not ${user}'s alone`;
  if (own?.isThere) {
    return { ...line, value: value.replace(directory, () => own.directory), note: `in ${own.directory}, since ${why}` };
  }
  const make = own === undefined ? '' : `: type "install -d -o ${user} -g ${group} ${own.directory}", and ${ANEW}`;
  return leave(line.section, line, `${why}${make}`);
};

const ANEW = 'make the file of the site anew with --force';

const isLogLine = ({ key }: Kept): boolean =>
  /^(?:slowlog|access\.log|php_(?:admin_)?value\[[^\]]{1,200}log\])$/.test(key);

/** The directory in which PHP, or PHP-FPM, writes because of the line, whose value this is. */
const writtenIn = (line: Kept, value: string): string | undefined => {
  const setting = settingOf(line);
  const isLog = line.key === 'slowlog' || line.key === 'access.log';
  const named = isLog && value.startsWith('/') ? posix.dirname(value) : setting && writtenDirectory(setting, value);
  return named === undefined || line.section !== 'pool' ? undefined : posix.normalize(named).replace(/(?<=.)\/$/, '');
};

/** What the line has a note of is told of itself. */
const grantsOf = ({ note: _, ...line }: Kept, { host, site, release, mount }: GrantPlace): readonly Kept[] => {
  const path = writtenIn(line, line.value.replaceAll('$pool', site));
  if (path === undefined) return [];
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
