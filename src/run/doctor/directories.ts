import { paths, sitePaths } from '../../base/paths.ts';
import { fieldsOf } from '../../render/tmpfiles.ts';
import type { DirectoryRights } from '../../site/host.ts';
import { directoriesAbove } from '../../site/paths.ts';
import type { Credentials } from '../ask/running-servers.ts';
import type { Ports } from '../site/ports.ts';

/** A directory as a site's file for systemd-tmpfiles wants it. */
export interface WantedDirectory {
  readonly path: string;
  readonly mode: number;
  readonly user: string;
  /** `-` where none is named. */
  readonly group: string;
}

/** Those of the host that others than root have a way through, as units/tmpfiles.d/php-zd.conf makes them. */
export const hostDirectories: readonly WantedDirectory[] = (
  [
    [paths.run, 0o755],
    [`${paths.run}/haproxy`, 0o700],
    [paths.state, 0o755],
    [paths.balancerConfigs, 0o755],
  ] as const
).map(([path, mode]) => ({ path, mode, user: 'root', group: 'root' }));

/** What is wrong with a directory: as it is to be, in words; undefined where it is so. */
export const wrongRights = (
  { host }: Pick<Ports, 'host'>,
  { path, mode, user, group }: WantedDirectory,
): string | undefined => {
  const found = host.rightsTo(path);
  const isUsers = found?.uid === host.user(user)?.uid;
  const isGroups = group === '-' || found?.gid === host.group(group)?.gid;
  return found?.mode === mode && isUsers && isGroups
    ? undefined
    : `${path} (${mode.toString(8)} ${user}${group === '-' ? '' : ` ${group}`})`;
};

export const wantedDirectories = async (
  { files }: Pick<Ports, 'files'>,
  site: string,
): Promise<readonly WantedDirectory[]> => {
  const text = (await files.read(sitePaths(site).tmpfiles)) ?? '';
  const wanted = text
    .split('\n')
    .map(fieldsOf)
    .filter(([kind = '', path = '']) => kind === 'd' || kind === 'D' || (kind === 'z' && path.includes(EACH)))
    .map(([, path = '', mode = '', user = '', group = '']) => ({ path, mode: Number.parseInt(mode, 8), user, group }));
  return (await Promise.all(wanted.map(each => eachOf(files, each)))).flat();
};

/** The directories for which one stands that has `*` for a name. */
const eachOf = async (files: Ports['files'], wanted: WantedDirectory): Promise<readonly WantedDirectory[]> => {
  const at = wanted.path.indexOf(EACH);
  if (at < 0) return [wanted];
  const [above, below] = [wanted.path.slice(0, at), wanted.path.slice(at + EACH.length)];
  return (await files.list(above)).map(name => ({ ...wanted, path: `${above}/${name}${below}` }));
};
const EACH = '/*';

/** The directories above a path, from the root on. */
export const waysTo = (path: string): readonly string[] => [...directoriesAbove(path)].reverse();

/** Whether such a process may go on from a directory, as its permission bits say; a directory that is not there is no obstacle. */
export const mayPass = (rights: DirectoryRights | undefined, { uid, gid, groups }: Credentials): boolean => {
  if (rights === undefined || uid === 0) return true;
  if (rights.uid === uid) return (rights.mode & 0o100) !== 0;
  return ([gid, ...groups].includes(rights.gid) ? rights.mode & 0o010 : rights.mode & 0o001) !== 0;
};
