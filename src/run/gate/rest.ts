import { sitePaths } from '../../base/paths.ts';
import type { ServerChecks, ServerName } from '../../ports/balancer.ts';
import { askBalancer } from '../ask/balancer.ts';
import type { Ports } from '../site/ports.ts';

/**
 * Afterwards HAProxy does not look any more, forty times a second, for replicas of any site that cannot be there: nothing is pinned to
 * their slots. A slot that gets a replica has its server checked again (`watchSlots`). One that got it just now, and a server that a new
 * process of HAProxy took for up meanwhile, is found by the second look.
 */
export const restIdle = async (ports: Ports): Promise<void> => {
  const inVain = await among(ports, async each => each.isChecked && !each.isAlive && (await isIdle(ports, each)));
  if (inVain.length > 0) await askBalancer(() => ports.balancer.rest(inVain));
  const wronged = await among(ports, async each => !each.isChecked && (each.isAlive || !(await isIdle(ports, each))));
  if (wronged.length > 0) await askBalancer(() => ports.balancer.watch(wronged));
};

/** Of servers that have one backend for all of a site's replicas. None where HAProxy is away: its next process checks all. */
const among = async (
  { balancer }: Ports,
  isMeant: (each: ServerChecks) => Promise<boolean>,
): Promise<readonly ServerChecks[]> => {
  const meant: ServerChecks[] = [];
  for (const each of (await askBalancer(() => balancer.checks())) ?? [])
    if (!each.backend.includes(':') && (await isMeant(each))) meant.push(each);
  return meant;
};

/** Whether there is neither a replica to be, nor the link by which HAProxy reaches one. */
const isIdle = async ({ files }: Ports, { backend, server }: ServerName): Promise<boolean> => {
  const { gate, pin } = sitePaths(backend);
  const links = await Promise.all([gate(Number(server)), pin(Number(server))].map(path => files.readLink(path)));
  return links.every(link => link === undefined);
};
