import { isError, PhpZdError } from '../../base/errors.ts';
import { paths, sitePaths } from '../../base/paths.ts';
import { mountOf } from './mount-points.ts';
import type { Ports } from './ports.ts';

const MEBIBYTE = 1024 * 1024;

/** What a roll writes at most, in bytes and in files. */
interface Need {
  readonly path: string;
  readonly bytes: number;
  readonly files: number;
}

const need = (path: string, mebibytes = 1): Need => ({ path, bytes: mebibytes * MEBIBYTE, files: 64 });

/** A generation and its record, units, marks and gates. A directory of a site's may be a mount of its own. */
const needsOf = (sites: readonly string[]): readonly Need[] => [
  need(paths.state, 4),
  ...[paths.run, paths.units, paths.tmpfiles].map(path => need(path)),
  ...sites.flatMap(site => [sitePaths(site).state, sitePaths(site).run]).map(path => need(path)),
];

/** Why a roll might stop in the middle. */
export type Lack = PhpZdError<'no-room'> | PhpZdError<'read-only'>;

type Asked = Pick<Ports, 'files' | 'host'>;

/**
 * What rolls of these sites lack where they write, once for each file system. Nothing is written to find out. What a file system keeps for
 * root counts as free, since root rolls. That nothing can be found out is no lack.
 */
export const findLacks = async (ports: Asked, sites: readonly string[]): Promise<readonly Lack[]> => {
  const found = new Map<string, Lack>();
  for (const each of needsOf(sites)) {
    const lack = await lackAt(ports, each);
    if (lack === undefined) continue;
    const key = isError(lack, 'no-room')
      ? `${lack.facts.what} ${(await ports.files.identity(each.path))?.device}`
      : lack.facts.mount;
    if (!found.has(key)) found.set(key, lack);
  }
  return [...found.values()];
};

/** Rejects with the first of `findLacks`, before anything is touched, so that nothing is lost. */
export const requireRoom = async (ports: Asked, site: string): Promise<void> => {
  const [lack] = await findLacks(ports, [site]);
  if (lack !== undefined) throw lack;
};

const lackAt = async (ports: Asked, { path, bytes, files }: Need): Promise<Lack | undefined> => {
  const room = await ports.files.room(path);
  if (room === undefined) return undefined;
  if (room.isReadOnly) {
    const mount = await mountOf(ports, ports.host.resolveDirectory(path) ?? path);
    return new PhpZdError('read-only', { path, mount: mount?.path ?? path, isOnlyHere: mount?.isOnlyHere ?? false });
  }
  if (room.bytes < bytes) return new PhpZdError('no-room', { path, what: 'bytes', free: room.bytes, needed: bytes });
  if (room.files < files) return new PhpZdError('no-room', { path, what: 'files', free: room.files, needed: files });
  return undefined;
};
