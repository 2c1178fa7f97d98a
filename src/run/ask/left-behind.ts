import type { LeftProcess } from '../../base/left-process.ts';
import { replicaUnit } from '../../base/paths.ts';
import { DAEMONS_FILE } from '../../render/site.ts';
import type { Hosted } from '../site/site-run.ts';
import { toLeftProcess } from './left-process.ts';

/** As many are named as blockers are. */
const MOST_TOLD = 20;
const MOST_BYTES = 64 * 1024;
/** The kernel cuts the name of a process (TASK_COMM_LEN of the kernel's sched.h, with the zero byte). */
const NAME_LENGTH = 15;

/**
 * What requests of the replica started, such as by `exec('long &')` or mail(), and what still runs: processes of its unit that are neither its
 * master nor a child of that, but for the daemons that the site file names. FPM knows nothing of them, and they end with the unit.
 */
export const observeLeftBehind = async (hosted: Hosted, slot: number): Promise<readonly LeftProcess[]> => {
  const { site, paths, ports } = hosted;
  const [found] = await ports.systemd.glance([replicaUnit(site.name, slot)]);
  if (found === undefined || found.mainPid === 0) return [];
  const processes = await ports.processes.besides(found.mainPid);
  if (processes.length === 0) return [];
  const listed = (await ports.files.read(`${paths.pin(slot)}/${DAEMONS_FILE}`, MOST_BYTES)) ?? '';
  const daemons = listed.split('\n').map(name => name.slice(0, NAME_LENGTH));
  return processes
    .filter(({ name }) => name === '' || !daemons.includes(name))
    .slice(0, MOST_TOLD)
    .map(toLeftProcess);
};
