import { grouped } from '../../base/grouped.ts';
import { replicaUnit, siteOfReplica, slotOfUnit } from '../../base/paths.ts';
import type { Ports } from '../site/ports.ts';
import { hostedByName } from '../site/site-run.ts';
import { readSlotHold } from '../slots/hold.ts';
import { replacedProgram } from './replaced-files.ts';

/** The PHP-FPM that a process runs and that was removed, with nothing in its place: a process that ends cannot be started again. */
export const gonePhp = async (ports: Pick<Ports, 'files' | 'host'>, pid: number): Promise<string | undefined> => {
  const path = await replacedProgram(ports, pid);
  if (path === undefined || ports.host.silentOn(path) !== undefined) return undefined;
  return ports.host.isExecutable(path) ? undefined : path;
};

/** A site of whose PHP nothing is left but the replicas that run. */
export interface GonePhp {
  readonly site: string;
  readonly binary: string;
  readonly slots: readonly number[];
}

/** Of all sites, whatever their files say. A standby is none: the next roll ends it. */
export const sitesOfGonePhp = async (ports: Ports): Promise<readonly GonePhp[]> => {
  const units = await ports.systemd.glance([replicaUnit('*', '*')]);
  const all = units.map(async ({ unit, mainPid }) => {
    const site = siteOfReplica(unit);
    const slot = site === undefined ? undefined : slotOfUnit(site, unit);
    const binary = await gonePhp(ports, mainPid);
    if (site === undefined || slot === undefined || binary === undefined) return [];
    return (await readSlotHold(hostedByName(site, ports), slot)) === undefined ? [{ site, slot, binary }] : [];
  });
  const found = (await Promise.all(all)).flat();
  return [...grouped(found, ({ site }) => site)].map(([site, of]) => ({
    site,
    binary: of[0]?.binary ?? '',
    slots: of.map(({ slot }) => slot).sort((a, b) => a - b),
  }));
};
