import { PhpZdError } from '../../base/errors.ts';
import { siteUnit } from '../../base/paths.ts';
import { FRONT_ACTION } from '../../render/haproxy.ts';
import { isStopped } from '../ask/unit-states.ts';
import type { Hosted } from '../site/site-run.ts';

/**
 * Rejects with `front-outdated` unless HAProxy has the socket for a site that is held or in maintenance, and with `front-bypassed` where
 * visitors come by HAProxies of the operator's, which know of neither.
 */
export const requireFront = async ({ site, paths, ports }: Hosted): Promise<void> => {
  if (await ports.files.exists(paths.ownHaproxies)) throw new PhpZdError('front-bypassed', { site: site.name });
  const text = await ports.files.read(paths.balancerConfig);
  // HAProxy makes the socket when it has read the file.
  const isThere = text?.includes(FRONT_ACTION) && (await ports.files.exists(paths.closedFront));
  if (!isThere) throw new PhpZdError('front-outdated', { site: site.name });
};

/** Rejects with `not-started` when the site is stopped. */
export const requireStarted = async ({ site, ports }: Hosted): Promise<void> => {
  const activeState = await ports.systemd.activeState(siteUnit(site.name));
  if (isStopped(activeState)) throw new PhpZdError('not-started', { site: site.name });
};
