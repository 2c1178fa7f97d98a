import type { DeployReason } from '../../base/error-reasons.ts';
import { PhpZdError } from '../../base/errors.ts';
import { directoriesAbove } from '../../site/paths.ts';
import { askAsUser } from './as-user.ts';
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
  const directories = found.map(directory => ports.host.resolveDirectory(directory) ?? directory);
  const isLinked = directories.some((directory, index) => directory !== found[index]);
  const remedy = isLinked ? undefined : remedyFor(of, directories);
  throw new PhpZdError('release-unfit', {
    path: release,
    reason: { kind: 'unwritable', user: site.user, directories, ...(remedy && { remedy }) },
  });
};

/** Those of the places that the site's user may not write to. */
export const findUnwritable = async (of: Looking, places: readonly string[]): Promise<readonly string[]> => {
  const find = ['find', '-H', ...places, '-maxdepth', '0', '!', '-writable', '-print0'];
  return (await askAsUser(of, find)).split('\0').filter(Boolean);
};

type Remedy = NonNullable<Extract<DeployReason, { kind: 'unwritable' }>['remedy']>;

/**
 * What root can type without following anybody. The owner of a directory on the way may put a link in the place of what is below, which
 * may lead to any directory of root's: so a directory of root's is given away only where all that is above it is root's.
 */
const remedyFor = ({ site, ports: { host } }: Looking, directories: readonly string[]): Remedy | undefined => {
  const [owner, ...others] = new Set(directories.map(host.ownerOf));
  if (owner === undefined || others.length > 0) return undefined;
  if (owner === host.user(site.user)?.uid) return { kind: 'open' };
  const isRootsAlone = () => directories.flatMap(directoriesAbove).every(directory => host.ownerOf(directory) === 0);
  return owner !== 0 || isRootsAlone() ? { kind: 'give', from: owner } : undefined;
};
