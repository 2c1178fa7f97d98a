import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;
/** Twice: the first may end a collection that had begun, which keeps what has died since. */
const collect = (): void => {
  gc();
  gc();
};

/** How much more of the heap is in use, in MiB, while what the work comes to is kept. */
export const keptMibOf = async (work: () => unknown): Promise<number> => {
  collect();
  const before = process.memoryUsage().heapUsed;
  const kept = await work();
  collect();
  const grown = process.memoryUsage().heapUsed - before;
  return kept === undefined ? 0 : grown / 2 ** 20;
};
