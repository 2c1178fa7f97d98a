import { PhpZdError } from '../../base/errors.ts';
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
export const requireRoom = async (ports: Pick<Ports, 'files'>): Promise<void> => {
  for (const { path, bytes, files } of NEEDED) {
    // That it cannot be found out is no reason not to roll.
    const room = await ports.files.room(path);
    if (room === undefined) continue;
    if (room.bytes < bytes) throw new PhpZdError('no-room', { path, what: 'bytes', free: room.bytes, needed: bytes });
    if (room.files < files) throw new PhpZdError('no-room', { path, what: 'files', free: room.files, needed: files });
  }
};
