import { isAtOrBelow } from '../../site/paths.ts';
import type { Ports } from '../site/ports.ts';

/** Where something is mounted on the host (proc_pid_mountinfo(5)): the fifth field, with blanks and the like as octal numbers. */
export const mountPoints = async ({ files }: Ports): Promise<readonly string[]> => {
  const lines = ((await files.read('/proc/self/mountinfo')) ?? '').split('\n');
  return lines.flatMap(line => {
    const path = line.split(' ')[4];
    return path === undefined
      ? []
      : [path.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8)))];
  });
};

/**
 * Whether the directory is a mount point, or has one in it. What is mounted there is other people's, and rm(1) tells a bind mount
 * of the same file system from a directory no more than stat(2) does.
 */
export const hasMount = (points: readonly string[], directory: string): boolean =>
  points.some(point => isAtOrBelow(point, directory));
