import { askFpm } from '../ask/fpm.ts';
import { servingSlotsOrNone } from '../ask/serving.ts';
import type { Hosted } from '../site/site-run.ts';

/** Whether a script at this mount point was asked for, in the last request of any child of a serving replica. */
export const isMountInUse = async (hosted: Hosted, mount: string): Promise<boolean> => {
  for (const slot of await servingSlotsOrNone(hosted)) {
    const processes = (await askFpm(hosted, slot))?.processes ?? [];
    if (processes.some(({ script }) => script.startsWith(`${mount}/`))) return true;
  }
  return false;
};
