import { isError } from '../../base/errors.ts';
import { servingSlots } from '../gate.ts';
import type { NamedRun } from '../site-run.ts';

const FPM_DEADLINE_MS = 1_000;

/** Whether one of the last requests, one of each child of each serving replica, was for a script there. */
export const isMountInUse = async (run: NamedRun, mount: string): Promise<boolean> => {
  for (const slot of await whoServes(run)) {
    if ((await lastScripts(run, slot)).some(script => script.startsWith(`${mount}/`))) return true;
  }
  return false;
};

const whoServes = async (run: NamedRun): Promise<readonly number[]> => {
  try {
    return await servingSlots(run);
  } catch (error) {
    if (isError(error, 'balancer-unreachable', 'balancer-refused')) return [];
    throw error;
  }
};

const lastScripts = async ({ paths, ports }: NamedRun, slot: number): Promise<readonly string[]> => {
  try {
    const { processes } = await ports.fpm.status(paths.statusSocket(slot), { deadlineMs: FPM_DEADLINE_MS });
    return processes.map(({ script }) => script);
  } catch (error) {
    if (isError(error, 'fastcgi-unreachable', 'fastcgi-broken', 'deadline')) return [];
    throw error;
  }
};
