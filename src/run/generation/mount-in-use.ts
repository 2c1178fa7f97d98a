import { askFpm } from '../ask/fpm.ts';
import { servingSlotsOrNone } from '../ask/serving.ts';
import type { Hosted } from '../site/site-run.ts';

/** Whether one of the last requests, one of each child of each serving replica, was for a script there. */
export const isMountInUse = async (hosted: Hosted, mount: string): Promise<boolean> => {
  for (const slot of await servingSlotsOrNone(hosted)) {
    const processes = (await askFpm(hosted, slot))?.processes ?? [];
    if (processes.some(({ script }) => script.startsWith(`${mount}/`))) return true;
  }
  return false;
};
