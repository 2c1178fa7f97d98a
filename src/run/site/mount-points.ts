import { isAtOrBelow } from '../../site/paths.ts';
import type { Ports } from './ports.ts';

/** Something that is mounted, as a process has it. */
export interface Mount {
  readonly path: string;
  readonly isReadOnly: boolean;
  /** Whether this mount alone is read-only, and not what is mounted, which may be writable elsewhere. */
  readonly isOnlyHere: boolean;
}

/** As proc_pid_mountinfo(5) has them: the fifth field is the place, with blanks and the like as octal numbers. */
export const mountsOfProcess = async (
  { files }: Pick<Ports, 'files'>,
  process: string | number,
): Promise<readonly Mount[]> => {
  const lines = ((await files.read(`/proc/${process}/mountinfo`)) ?? '').split('\n');
  return lines.flatMap(line => {
    const [, , , , path, options = ''] = line.split(' ');
    if (path === undefined) return [];
    const place = path.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8)));
    const ofWhole = line.slice(line.lastIndexOf(' ') + 1);
    const isHere = isReadOnly(options);
    return [{ path: place, isReadOnly: isHere, isOnlyHere: isHere && !isReadOnly(ofWhole) }];
  });
};

const isReadOnly = (options: string): boolean => options.split(',').includes('ro');

/** Where something is mounted on the host. */
export const mountPoints = async (ports: Pick<Ports, 'files'>): Promise<readonly string[]> =>
  (await mountsOfProcess(ports, 'self')).map(({ path }) => path);

/** What a path that is no link lies on, as the first process has it: undefined where that does not say. */
export const mountOf = async (ports: Pick<Ports, 'files'>, path: string): Promise<Mount | undefined> =>
  mountAbove(await mountsOfProcess(ports, '1'), path);

/** Of these mounts the one that a path lies on. Of several at one place the last is seen. */
export const mountAbove = (mounts: readonly Mount[], path: string): Mount | undefined =>
  mounts
    .filter(mount => isAtOrBelow(path, mount.path))
    .reduce<Mount | undefined>(
      (deepest, mount) => (mount.path.length >= (deepest?.path.length ?? 0) ? mount : deepest),
      undefined,
    );

/**
 * Whether the directory is a mount point, or has one in it. What is mounted there is other people's, and rm(1) tells a bind mount
 * of the same file system from a directory no more than stat(2) does.
 */
export const hasMount = (points: readonly string[], directory: string): boolean =>
  points.some(point => isAtOrBelow(point, directory));
