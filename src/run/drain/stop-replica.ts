import { isError } from '../../base/errors.ts';
import { admitUnit, replicaUnit, webUnit } from '../../base/paths.ts';
import type { UnitState } from '../../ports/systemd.ts';
import { isStopped } from '../ask/unit-states.ts';
import type { Hosted } from '../site/site-run.ts';

const SIGKILL = 9;
/** The kernel ends what SIGKILL is sent to at once, unless it waits for a disk. */
const KILLED_MS = 30_000;

/**
 * Stops a replica, which its gate's unit drains first if it serves. A main process that can speak to systemd, which none
 * should, can move its own end on and on with EXTEND_TIMEOUT_USEC= (sd_notify(3)): what the job's own bound (JobRunningTimeoutSec= of
 * the unit) finds still there is killed.
 */
export const stopReplica = async (hosted: Hosted, slot: number): Promise<void> => {
  const { systemd } = hosted.ports;
  const unit = replicaUnit(hosted.site.name, slot);
  const isAlone = await isDrained(hosted, slot);
  // Once the replica has stopped systemd would stop both, the web server and the gate (StopWhenUnneeded=, PartOf=).
  if (isAlone) await stopWeb(hosted, slot);
  try {
    await systemd.stop(unit, { isAlone });
  } catch (error) {
    if (!isError(error, 'job-failed') || error.facts.result !== 'timeout') throw error;
    await systemd.kill(unit, SIGKILL);
    await systemd.stop(unit, { isAlone, deadlineMs: KILLED_MS });
  }
  if (!isAlone) await stopWeb(hosted, slot);
};

/** Stops the replica's own web server, if it has one, or waits for the stop that is under way. */
export const stopWeb = async ({ ports: { systemd }, site }: Hosted, slot: number): Promise<void> => {
  const unit = webUnit(site.name, slot);
  if (!isStopped(await systemd.activeState(unit))) await systemd.stop(unit, { isAlone: true });
};

/**
 * Whether the gate is closed and stays so. Then the gate's unit, which would stop too, finds nobody to drain, in a sandbox that takes longer
 * than all else. A unit that is just about to open the gate must stop with the replica.
 */
const isDrained = async ({ ports, paths, site }: Hosted, slot: number): Promise<boolean> => {
  const activeState = await ports.systemd.activeState(admitUnit(site.name, slot));
  return isStopped(activeState) && (await ports.files.readLink(paths.gate(slot))) === undefined;
};

const SIGTERM = 15;

/**
 * Stops a replica without waiting for its requests. The stop alone would send SIGQUIT, and FPM would give its children
 * process_control_timeout once more; SIGTERM ends them at once. It is sent when the stop is under way: before that, Restart=
 * would bring the replica back.
 */
export const stopNow = async (hosted: Hosted, slot: number): Promise<void> => {
  const { systemd } = hosted.ports;
  // A web server beside the replica would send to its end what PHP does not end.
  const web = webUnit(hosted.site.name, slot);
  if (!isStopped(await systemd.activeState(web))) await systemd.kill(web, SIGTERM);
  const unit = replicaUnit(hosted.site.name, slot);
  const over = new AbortController();
  const isStopping = new Promise<void>((resolve, reject) => {
    const look = ({ activeState }: UnitState) => activeState === 'deactivating' && resolve();
    systemd.watch(unit, look, over.signal).catch(reject);
  });
  try {
    const stop = stopReplica(hosted, slot);
    // A stop that ends before it was seen to begin leaves nothing to kill. After a stop that fails no signal is sent.
    await Promise.race([stop, isStopping]);
    await systemd.kill(unit, SIGTERM);
    await stop;
  } finally {
    over.abort();
  }
};
