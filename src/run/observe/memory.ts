import type { UnitState } from '../../ports/systemd.ts';
import type { Ports } from '../site/ports.ts';

type Unit = Pick<UnitState, 'memoryBytes' | 'mainPid'>;

/**
 * The memory that a replica takes: what systemd counts, or, where it counts none, the sum of the proportional shares of the
 * replica's processes, which only root may read (proc(5), smaps_rollup). Undefined when neither is known.
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

/** A process's proportional share of memory; undefined when it cannot be read. */
const proportionalShare = async ({ files }: Ports, pid: number): Promise<number | undefined> => {
  try {
    return kibibytes('Pss', (await files.read(`/proc/${pid}/smaps_rollup`)) ?? 'Pss: 0 kB');
  } catch {
    // EACCES, or ESRCH when the process ended while it was read: one number less, and no failure.
    return undefined;
  }
};

/**
 * Never less than `replicaMemory`, and a tenth of its cost: what processes share is counted for each of them, and twice, since the
 * kernel's count is not exact (proc(5), VmRSS). Undefined when it is not known.
 */
export const mostReplicaMemory = async (
  { files }: Ports,
  { memoryBytes, mainPid }: Unit,
  children: readonly number[],
): Promise<number | undefined> => {
  if (memoryBytes !== undefined || mainPid === 0) return memoryBytes;
  const sizes = await Promise.all(
    [mainPid, ...children].map(async pid =>
      kibibytes('VmRSS', ((await files.read(`/proc/${pid}/status`)) ?? '').replaceAll('\t', ' ')),
    ),
  );
  return sizes.some(size => size === undefined)
    ? undefined
    : sizes.reduce<number>((sum, size) => sum + 2 * (size ?? 0), 0);
};

/** A line of /proc/meminfo, such as MemAvailable or MemTotal, in bytes. */
export const hostMemory = async ({ files }: Ports, name: 'MemAvailable' | 'MemTotal'): Promise<number | undefined> =>
  kibibytes(name, (await files.read('/proc/meminfo')) ?? '');

const kibibytes = (name: string, text: string): number | undefined => {
  const [, number] = new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text) ?? [];
  return number === undefined ? undefined : Number(number) * 1024;
};
