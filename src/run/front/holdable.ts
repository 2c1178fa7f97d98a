import { PhpZdError } from '../../base/errors.ts';
import { FRONT_ACTION } from '../../render/haproxy.ts';
import type { Hosted } from '../site/site-run.ts';

/**
 * Rejects unless HAProxy can hold the site's requests: with `front-outdated` where its part of the site does not say how, with `front-gone`
 * where its socket for that is gone, and with `front-bypassed` where visitors come by HAProxies of the operator's, which know nothing of it.
 */
export const requireHoldable = async ({ site, paths, ports }: Hosted): Promise<void> => {
  if (await ports.files.exists(paths.ownHaproxies)) throw new PhpZdError('front-bypassed', { site: site.name });
  const text = await ports.files.read(paths.balancerConfig);
  if (!text?.includes(FRONT_ACTION)) throw new PhpZdError('front-outdated', { site: site.name });
  // HAProxy makes the socket when it starts, and in no reload.
  const socket = paths.closedFront;
  if (!(await ports.files.exists(socket))) throw new PhpZdError('front-gone', { site: site.name, socket });
};
