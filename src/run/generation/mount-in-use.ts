import { askFpm } from '../ask/fpm.ts';
import { servingSlotsOrNone } from '../ask/serving.ts';
import type { NamedRun } from '../site/site-run.ts';

/** Whether one of the last requests, one of each child of each serving replica, was for a script there. */
export const isMountInUse = async (run: NamedRun, mount: string): Promise<boolean> => {
  for (const slot of await servingSlotsOrNone(run)) {
    const processes = (await askFpm(run, slot))?.processes ?? [];
    if (processes.some(({ script }) => script.startsWith(`${mount}/`))) return true;
  }
  return false;
};
