import { once } from 'node:events';
import type { Machine } from '../lab/machine.ts';
import type { LoadReport } from '../load/report.ts';
import { type LoadOptions, underLoad } from '../load/start.ts';

/** Load that goes on from one test to another. */
export interface HeldLoad {
  end(): Promise<LoadReport>;
}

/** Resolves when it has begun. */
export const holdLoad = async (machine: Machine, options: LoadOptions): Promise<HeldLoad> => {
  const over = new EventTarget();
  return await new Promise((resolve, reject) => {
    const report = underLoad(machine, options, async () => {
      const isOver = once(over, 'over');
      resolve({
        end: () => {
          over.dispatchEvent(new Event('over'));
          return report;
        },
      });
      await isOver;
    });
    report.catch(reject);
  });
};
