import { PhpZdError } from '../../base/errors.ts';
import { replicaUnit, SIDES } from '../../base/paths.ts';
import type { GeneratedFile } from '../../render/generated.ts';
import { renderReplicaUnit } from '../../render/replica-unit.ts';
import { GENERATION_UNIT, GENERATION_WEB_UNIT, renderShared, type SharedSlot } from '../../render/site.ts';
import { renderWebUnit } from '../../render/web/web-unit.ts';
import { slotsOf } from '../../site/site.ts';
import { askBalancer } from '../ask/balancer.ts';
import { contextOf, type Generation, linkedGeneration, linkGeneration, readMeta } from '../generation/generation.ts';
import { pinnedSlots } from '../generation/slot-numbers.ts';
import type { Hosted } from '../site/site-run.ts';
import { isMasked } from '../site/validate.ts';
import { formerSockets } from './former-sockets.ts';

/** The files that all replicas share, as this generation wants them and the replicas of other generations can bear them. */
export const sharedFiles = async (hosted: Hosted, goal: Generation): Promise<readonly GeneratedFile[]> => {
  const context = { ...contextOf(hosted, goal), formerSockets: await formerSockets(hosted, goal.site) };
  const slots = await Promise.all((await slotNumbers(hosted, goal)).map(slot => describeSlot(hosted, goal, slot)));
  return renderShared(goal.site, context, slots);
};

export const isBalancers = ({ reader }: GeneratedFile): boolean => reader === 'balancer';

/** The slots of the generation's site, and the slots that still have a replica of another generation. */
export const slotNumbers = async (hosted: Hosted, { site }: Generation): Promise<readonly number[]> =>
  [...new Set([...slotsOf(site), ...(await pinnedSlots(hosted))])].sort((a, b) => a - b);

const describeSlot = async (hosted: Hosted, goal: Generation, slot: number): Promise<SharedSlot> => {
  const { user, maxChildren, web } = goal.site;
  const pinned = await linkedGeneration(hosted, hosted.paths.pin(slot));
  const meta = pinned === undefined || pinned === goal.id ? undefined : await readMeta(hosted, pinned);
  if (pinned === undefined || meta === undefined) {
    return { slot, user, maxconn: maxChildren, web: web.server?.kind, unit: undefined, webUnit: undefined };
  }
  const ofGeneration = (file: string) => hosted.ports.files.read(`${hosted.paths.generation(pinned)}/${file}`);
  const unit = await ofGeneration(GENERATION_UNIT);
  const goalUnit = renderReplicaUnit(goal.site, contextOf(hosted, goal));
  const webUnit = meta.web ? await ofGeneration(GENERATION_WEB_UNIT) : undefined;
  const goalWebUnit = web.server && renderWebUnit(goal.site, web.server, contextOf(hosted, goal));
  return {
    slot,
    user: meta.user,
    // The smaller number of the replica that runs there now and the one that will: that keeps the queue in HAProxy (facts.md
    // H2).
    maxconn: Math.min(maxChildren, meta.maxChildren),
    web: meta.web,
    unit: unit === goalUnit ? undefined : unit,
    webUnit: webUnit === goalWebUnit ? undefined : webUnit,
  };
};

/** Afterwards the next start of the slot's replica takes this generation. Rejects with `release-missing`. */
export const pinSlot = async (hosted: Hosted, slot: number, generation: string): Promise<void> => {
  if ((await readMeta(hosted, generation)) === undefined) {
    throw new PhpZdError('release-missing', { path: hosted.paths.generation(generation) });
  }
  await linkGeneration(hosted, hosted.paths.pin(slot), generation);
  await watchSlots(hosted, [slot]);
};

/**
 * Afterwards HAProxy looks again for the replicas of slots that rested: for the first time within a second (`inter`), and from then on each
 * 25 ms. So a roll has it look at its begin, long before a gate opens. A HAProxy that is away looks for all when it comes back.
 */
export const watchSlots = async ({ ports, site }: Hosted, slots: readonly number[]): Promise<void> => {
  await askBalancer(() => ports.balancer.watch(slots.map(slot => ({ backend: site.name, server: String(slot) }))));
};

/** Afterwards nothing of a replica is left in the slot, so that nobody starts it by mistake. */
export const releaseSlot = async (hosted: Hosted, slot: number): Promise<void> => {
  const { paths, ports, site } = hosted;
  await ports.files.remove(paths.gate(slot));
  // Nobody will be there: HAProxy need not find that out by three checks.
  await askBalancer(() => ports.balancer.markDown({ backend: site.name, server: String(slot) }));
  await ports.files.remove(paths.offer(slot));
  for (const side of SIDES) await ports.files.remove(paths.sideGate(`${side}${slot}`));
  await ports.files.remove(paths.pin(slot));
  // systemd forgets a unit that neither runs nor failed, and reads its file anew before the next start.
  for (const unit of [paths.slotUnit(slot), paths.webSlotUnit(slot)]) {
    if (!(await isMasked(ports, unit))) await ports.files.remove(unit);
  }
  await ports.systemd.resetFailed(replicaUnit(site.name, slot));
  // The mark is removed last: while it is there, a slot that is found half released is known to be nobody's.
  await ports.files.remove(paths.slotHold(slot));
};
