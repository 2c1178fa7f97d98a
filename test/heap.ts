import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** How much more of the heap is in use, in MiB, while what the work comes to is kept. */
export const keptMibOf = async (work: () => unknown): Promise<number> => {
  collect();
  const before = process.memoryUsage().heapUsed;
  const kept = await work();
  collect();
  const grown = process.memoryUsage().heapUsed - before;
  return kept === undefined ? 0 : grown / 2 ** 20;
};
