import type { Machine } from '../lab/machine.ts';

export interface Memory {
  readonly processes: number;
  readonly kib: number;
}

/** Of all of HAProxy's processes: each page counts once, shared among those that have it (proc_pid_smaps(5), Pss). */
export const readBalancerMemory = async (machine: Machine): Promise<Memory> => {
  const script = 'for pid in $(pgrep -x haproxy); do grep ^Pss: /proc/$pid/smaps_rollup || true; done';
  const lines = (await machine.run('sh', '-c', script)).trim().split('\n');
  const sizes = lines.map(line => Number(/(\d+) kB/.exec(line)?.[1] ?? 0));
  return { processes: sizes.length, kib: sizes.reduce((sum, size) => sum + size, 0) };
};
