import { valueUnless } from '../../base/errors.ts';
import { replicaUnit, slotOfUnit } from '../../base/paths.ts';
import { slotsOf } from '../../site/site.ts';
import { pinnedSlots } from '../generation/slot-numbers.ts';
import { requireKnownSite } from '../site/known-site.ts';
import { loadSite } from '../site/load-site.ts';
import type { Ports } from '../site/ports.ts';
import { hostedByName } from '../site/site-run.ts';

/**
 * The slots of a site: those that its file gives it and those that are in use, since a site whose file is broken or gone may
 * have replicas too. Rejects with `site-unknown` when nothing is left of the site.
 */
export const knownSlots = async (ports: Ports, site: string): Promise<readonly number[]> => {
  const running = (await ports.systemd.units(replicaUnit(site, '*'))).flatMap(unit => slotOfUnit(site, unit) ?? []);
  if (running.length === 0) await requireKnownSite(ports, site);
  const pinned = await pinnedSlots(hostedByName(site, ports));
  return [...new Set([...(await namedSlots(ports, site)), ...pinned, ...running])].sort((a, b) => a - b);
};

const namedSlots = async (ports: Ports, site: string): Promise<readonly number[]> => {
  const loaded = await valueUnless(() => loadSite(ports, site), 'site-unknown', 'site-invalid');
  return loaded === undefined ? [] : slotsOf(loaded.site);
};
