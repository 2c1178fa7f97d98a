import { SIDES, sitePaths } from '../../base/paths.ts';
import type { ServerChecks, ServerName } from '../../ports/balancer.ts';
import { askBalancer } from '../ask/balancer.ts';
import type { Ports } from '../site/ports.ts';

/**
 * Afterwards HAProxy does not look any more, forty times a second, for replicas of any site that cannot be there: their gates are closed.
 * A gate that opens has its server checked again. One that opened just now, and a server that a new process of HAProxy took for up
 * meanwhile, is found by the second look.
 */
export const restClosed = async (ports: Ports): Promise<void> => {
  const inVain = await among(ports, async each => each.isChecked && !each.isAlive && !(await isOpen(ports, each)));
  if (inVain.length > 0) await askBalancer(() => ports.balancer.rest(inVain));
  const wronged = await among(ports, async each => !each.isChecked && (each.isAlive || (await isOpen(ports, each))));
  for (const each of wronged) await askBalancer(() => ports.balancer.watch(each));
};

/** None where HAProxy is away: its next process checks all. */
const among = async (
  { balancer }: Ports,
  isMeant: (each: ServerChecks) => Promise<boolean>,
): Promise<readonly ServerChecks[]> => {
  const meant: ServerChecks[] = [];
  for (const each of (await askBalancer(() => balancer.checks())) ?? []) if (await isMeant(each)) meant.push(each);
  return meant;
};

/** Whether the link is there by which HAProxy reaches the replica. */
const isOpen = async ({ files }: Ports, { backend, server }: ServerName): Promise<boolean> => {
  const [site = '', part] = backend.split(':');
  const { gate, sideGate } = sitePaths(site);
  const slot = Number(server);
  const side = SIDES.find(each => each === part);
  return (await files.readLink(side === undefined ? gate(slot) : sideGate(`${side}${slot}`))) !== undefined;
};
