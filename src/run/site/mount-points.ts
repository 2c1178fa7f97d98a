import { isAtOrBelow } from '../../site/paths.ts';
import type { Ports } from './ports.ts';

/** Something that is mounted on the host. */
interface Mount {
  readonly path: string;
  /** Whether this mount alone is read-only, and not what is mounted, which may be writable elsewhere. */
  readonly isOnlyHere: boolean;
}

/** As proc_pid_mountinfo(5) has them: the fifth field is the place, with blanks and the like as octal numbers. */
const mounts = async ({ files }: Pick<Ports, 'files'>, process: string): Promise<readonly Mount[]> => {
  const lines = ((await files.read(`/proc/${process}/mountinfo`)) ?? '').split('\n');
  return lines.flatMap(line => {
    const [, , , , path, options = ''] = line.split(' ');
    if (path === undefined) return [];
    const place = path.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8)));
    const ofWhole = line.slice(line.lastIndexOf(' ') + 1);
    return [{ path: place, isOnlyHere: isReadOnly(options) && !isReadOnly(ofWhole) }];
  });
};

const isReadOnly = (options: string): boolean => options.split(',').includes('ro');

/** Where something is mounted on the host. */
export const mountPoints = async (ports: Pick<Ports, 'files'>): Promise<readonly string[]> =>
  (await mounts(ports, 'self')).map(({ path }) => path);

/** What a path that is no link lies on, as the first process has it: undefined where that does not say. */
export const mountOf = async (ports: Pick<Ports, 'files'>, path: string): Promise<Mount | undefined> => {
  const above = (await mounts(ports, '1')).filter(mount => isAtOrBelow(path, mount.path));
  // Of several at one place the last is seen.
  return above.reduce<Mount | undefined>(
    (deepest, mount) => (mount.path.length >= (deepest?.path.length ?? 0) ? mount : deepest),
    undefined,
  );
};

/**
 * Whether the directory is a mount point, or has one in it. What is mounted there is other people's, and rm(1) tells a bind mount
 * of the same file system from a directory no more than stat(2) does.
 */
export const hasMount = (points: readonly string[], directory: string): boolean =>
  points.some(point => isAtOrBelow(point, directory));
