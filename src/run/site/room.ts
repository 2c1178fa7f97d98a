import { isError, PhpZdError } from '../../base/errors.ts';
import { paths } from '../../base/paths.ts';
import type { Ports } from './ports.ts';

/** What a roll writes at most, in bytes and in files, and where: a generation and its record, units, marks and gates. */
const NEEDED = [
  { path: paths.state, bytes: 4 * 1024 * 1024, files: 64 },
  { path: paths.run, bytes: 1024 * 1024, files: 64 },
  { path: paths.units, bytes: 1024 * 1024, files: 64 },
] as const;

/**
 * Rejects with `no-room` when a roll might stop in the middle for want of space: before anything is touched, so that nothing is lost.
 * What the file system keeps for root counts as free, since root rolls.
 */
export const requireRoom = async (ports: Pick<Ports, 'commands'>): Promise<void> => {
  for (const { path, bytes, files } of NEEDED) {
    const room = await roomAt(ports, path);
    if (room === undefined) continue;
    if (room.bytes < bytes) throw new PhpZdError('no-room', { path, what: 'bytes', free: room.bytes, needed: bytes });
    if (room.files < files) throw new PhpZdError('no-room', { path, what: 'files', free: room.files, needed: files });
  }
};

/** Undefined when it cannot be found out, which is no reason not to roll. */
const roomAt = async ({ commands }: Pick<Ports, 'commands'>, path: string) => {
  try {
    const said = await commands.run('stat', ['--file-system', '--format=%f %S %c %d', '--', path]);
    const [blocks, size, allFiles, freeFiles] = said.trim().split(' ').map(Number);
    if (blocks === undefined || size === undefined || !Number.isFinite(blocks * size)) return undefined;
    // File systems such as btrfs make inodes as they are needed, and have none to count.
    const files = allFiles === 0 || freeFiles === undefined ? Number.POSITIVE_INFINITY : freeFiles;
    return { bytes: blocks * size, files };
  } catch (error) {
    if (isError(error, 'command-failed')) return undefined;
    throw error;
  }
};
