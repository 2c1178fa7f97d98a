import { PhpZdError } from '../../base/errors.ts';
import { isServing } from '../../plan/observed.ts';
import { inOrder } from '../ask/at-once.ts';
import { goneFront } from '../ask/front-link.ts';
import { requireMarksAreFiles } from '../front/point-front.ts';
import { requireKeptPhp } from '../observe/lost-extensions.ts';
import { observeSite } from '../observe/site.ts';
import { requireOwnDirectories } from '../site/former-owner.ts';
import { requireFreePlace } from '../site/free-place.ts';
import { requireHeldAddresses } from '../site/held-addresses.ts';
import { requireOwnHaproxies } from '../site/own-haproxy.ts';
import { requireRoom } from '../site/room.ts';
import { requireShmFits } from '../site/shm-size.ts';
import type { HostedSite } from '../site/site-run.ts';
import { requireFreeSocket, requireUnmasked } from '../site/validate.ts';
import type { SiteToRoll } from './to-roll.ts';
import { requireOpenWayIn } from './way-in.ts';

/**
 * Rejects with the first reason for which the host refuses each roll of the site: a roll asks, and who announces one. Each looks at something
 * else, so that they wait side by side.
 */
export const requireReadyHost = async (hosted: HostedSite, loaded: SiteToRoll): Promise<void> => {
  await inOrder([
    requireFreeSocket(hosted),
    requireMarksAreFiles(hosted),
    requireFrontSocket(hosted),
    requireFreePlace(hosted, loaded),
    requireOpenWayIn(hosted, loaded),
    requireOwnHaproxies(hosted, loaded),
    requireUnmasked(hosted),
    requireRoom(hosted.ports, hosted.site.name),
    requireHeldAddresses(hosted),
    requireShmFits(hosted, loaded),
    requireOwnDirectories(hosted),
    ...(loaded.generation === undefined ? [] : [requireKeptPhp(hosted)]),
  ]);
};

/** Rejects with `front-gone` where nobody comes to the replicas that serve: a roll would say that nothing was lost. */
const requireFrontSocket = async (hosted: HostedSite): Promise<void> => {
  const socket = await goneFront(hosted);
  if (socket === undefined || !(await observeSite(hosted)).slots.some(isServing)) return;
  throw new PhpZdError('front-gone', { site: hosted.site.name, socket });
};
