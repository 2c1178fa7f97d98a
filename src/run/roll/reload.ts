import { siteUnit } from '../../base/paths.ts';
import type { Hosted } from '../site/site-run.ts';

/**
 * The reload of the site that this process is part of: when systemd began it, by the monotonic clock. The processes of one reload find the
 * same, and no other process does, whenever it was killed.
 */
export const reloadOf = async ({ ports, site }: Hosted): Promise<number> =>
  await ports.systemd.changedAt(siteUnit(site.name));

/**
 * Leaves the proof that the roll was settled, with the exit status that it came to: units/settle.sh then has nothing to do. Each reload begins
 * without one (units/refuse-while-upgraded.sh).
 */
export const proveSettled = async ({ ports, paths }: Hosted, exit: number): Promise<void> => {
  await ports.files.write(paths.settled, `${exit}\n`);
};
