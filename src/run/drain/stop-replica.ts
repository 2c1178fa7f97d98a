import { isError } from '../../base/errors.ts';
import { replicaUnit } from '../../base/paths.ts';
import { stopTimeoutS } from '../../render/replica-unit.ts';
import type { HostedSite } from '../site/site-run.ts';

const SIGKILL = 9;
/** systemd keeps TimeoutStopSec= itself, and ends a replica that is late: it is given this much more for that. */
const GRACE_MS = 10_000;
/** The kernel ends what SIGKILL is sent to at once, unless it waits for a disk. */
const KILLED_MS = 30_000;

/**
 * Stops the unit of a drained replica. A main process can move its own end on and on with EXTEND_TIMEOUT_USEC=
 * (sd_notify(3)), and a site may run code in it, by a preload script for example: what is late by php-zd's own clock is killed.
 */
export const stopReplica = async ({ site, ports: { systemd } }: HostedSite, slot: number): Promise<void> => {
  const unit = replicaUnit(site.name, slot);
  try {
    await systemd.stop(unit, { deadlineMs: stopTimeoutS(site) * 1_000 + GRACE_MS });
  } catch (error) {
    if (!isError(error, 'deadline')) throw error;
    await systemd.kill(unit, SIGKILL);
    await systemd.stop(unit, { deadlineMs: KILLED_MS });
  }
};
