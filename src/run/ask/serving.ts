import type { Hosted } from '../site/site-run.ts';
import { askBalancer, withBalancer } from './balancer.ts';

/** The replicas that take requests now, in HAProxy's eyes. */
export const servingSlots = async ({ site, ports }: Hosted): Promise<readonly number[]> => {
  const servers = await withBalancer(ports.clock, () => ports.balancer.servers(site.name));
  return servers.filter(({ isUp }) => isUp).map(({ server }) => Number(server));
};

/** As `servingSlots`, for a caller that can do without: none when the balancer does not answer or does not know the site. */
export const servingSlotsOrNone = async (hosted: Hosted): Promise<readonly number[]> =>
  (await askBalancer(() => servingSlots(hosted))) ?? [];
