import { posix } from 'node:path';
import { paths, replicaUnit, sitePaths, siteUnit } from '../../base/paths.ts';
import { printable } from '../../base/printable.ts';
import type { UnitUsage } from '../../ports/systemd.ts';
import { askJournal } from '../ask/journal.ts';
import { isToBeTriedAgain } from '../ask/unit-states.ts';
import { observeSite } from '../observe/site.ts';
import { readLastRoll } from '../record/last-roll.ts';
import type { Check, Facts } from './check.ts';
import type { SiteScene } from './scene.ts';

/** A unit of the site that does not start, or that systemd starts again and again; a reload that came to no roll. */
export const startCheck: Check<SiteScene> = {
  severity: 'problem',
  look: async scene => {
    const { ports, site } = scene;
    const unit = siteUnit(site.name);
    // All that systemd knows of a unit takes 4 ms to read: only of what is not up.
    const [glance] = await ports.systemd.glance([unit]);
    const { loadState, activeState } = glance ?? (await ports.systemd.unit(unit));
    if (['bad-setting', 'error'].includes(loadState))
      return [await factsOf(scene, unit, { how: 'unread', result: loadState })];
    // What a roll or a start leaves is about to be put right.
    if (activeState === 'active') return [...(await failedReload(scene, unit)), ...(await failedReplicas(scene))];
    const { subState, result, restarts } = await ports.systemd.unit(unit);
    if (activeState === 'failed') return [await factsOf(scene, unit, { how: 'failed', result })];
    if (isToBeTriedAgain(subState) || (activeState === 'activating' && restarts > 0))
      return [await factsOf(scene, unit, { how: 'retried', result, count: restarts })];
    return [];
  },
};

/** The last reload, where that failed and left no record: a roll that fails has one. */
const failedReload = async (scene: SiteScene, unit: string): Promise<readonly Facts[]> => {
  const result = await scene.ports.systemd.lastReload(unit);
  if (result === 'success') return [];
  const roll = await readLastRoll(scene.run);
  if (roll !== undefined && roll.outcome !== 'rolled') return [];
  return [await factsOf(scene, unit, { how: 'reload', result })];
};

const failedReplicas = async (scene: SiteScene): Promise<readonly Facts[]> => {
  const { ports, run, site } = scene;
  const units = (await ports.systemd.glance([replicaUnit(site.name, '*')])).filter(({ activeState }) =>
    ['failed', 'activating'].includes(activeState),
  );
  if (units.length === 0) return [];
  const parked = (await observeSite(run)).slots.filter(({ hold }) => hold === 'parked');
  const isParked = (unit: string) => parked.some(({ slot }) => replicaUnit(site.name, slot) === unit);
  const found: Facts[] = [];
  for (const { unit, activeState } of units) {
    const usage = await ports.systemd.usage(unit);
    if (!isParked(unit) && (activeState === 'failed' || usage.restarts > 0))
      found.push(await factsOf(scene, unit, endOf(activeState, usage)));
  }
  return found;
};

const endOf = (activeState: string, { result, restarts }: UnitUsage): End =>
  activeState === 'failed' ? { how: 'failed', result } : { how: 'retried', result, count: restarts };

interface End {
  readonly how: 'unread' | 'failed' | 'retried' | 'reload';
  readonly result: string;
  readonly count?: number;
}

const MOST_SAID = 200;

/** With the last line of the unit's own, and what the administrator has written for it, or for all services. */
const factsOf = async ({ ports, site }: SiteScene, unit: string, end: End): Promise<Facts> => {
  const last = await askJournal(ports, `_SYSTEMD_UNIT=${unit}`, '--lines=1');
  const dropIns = (await ports.systemd.dropIns(unit)).filter(path => !isOwn(path, site.name));
  const said = printable(last.trimEnd(), MOST_SAID);
  return { unit, ...end, ...(said !== '' && { said }), ...(dropIns.length > 0 && { dropIns }) };
};

/** What a site needs mounted, which php-zd writes itself. */
const isOwn = (path: string, site: string): boolean =>
  posix.basename(path) === posix.basename(sitePaths(site).mountsNeeded) && path.startsWith(`${paths.units}/php-zd`);
