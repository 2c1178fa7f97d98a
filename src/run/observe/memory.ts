import type { UnitState } from '../../ports/systemd.ts';
import type { Ports } from '../site/ports.ts';

type Unit = Pick<UnitState, 'memoryBytes' | 'mainPid'>;

/**
 * What a replica has of the memory: systemd's word, and where it does not count, the sum of its processes' proportional shares,
 * which root alone may read (proc(5), smaps_rollup). Undefined when neither is known.
 */
export const replicaMemory = async (
  ports: Ports,
  { memoryBytes, mainPid }: Unit,
  children: readonly number[],
): Promise<number | undefined> => {
  if (memoryBytes !== undefined || mainPid === 0) return memoryBytes;
  const shares = await Promise.all([mainPid, ...children].map(pid => proportionalShare(ports, pid)));
  return shares.some(share => share === undefined)
    ? undefined
    : shares.reduce<number>((sum, share) => sum + (share ?? 0), 0);
};

/** Undefined when it may not be read; a process that ended meanwhile has nothing. */
const proportionalShare = async ({ files }: Ports, pid: number): Promise<number | undefined> => {
  try {
    return kibibytes('Pss', (await files.read(`/proc/${pid}/smaps_rollup`)) ?? 'Pss: 0 kB');
  } catch {
    // EACCES, or ESRCH when it ended while it was read: one number less, no failure.
    return undefined;
  }
};

/** A line of /proc/meminfo, such as MemAvailable or MemTotal, in bytes. */
export const hostMemory = async ({ files }: Ports, name: 'MemAvailable' | 'MemTotal'): Promise<number | undefined> =>
  kibibytes(name, (await files.read('/proc/meminfo')) ?? '');

const kibibytes = (name: string, text: string): number | undefined => {
  const [, number] = new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text) ?? [];
  return number === undefined ? undefined : Number(number) * 1024;
};
