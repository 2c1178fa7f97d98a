import { siteOfReplica } from '../../base/paths.ts';
import { listSites } from '../site/load-site.ts';
import type { Ports } from '../site/ports.ts';
import type { HostGlance } from './host-glance.ts';

/** The sites whose unit or replicas run although they have no file, by name. */
export const straySites = async (ports: Ports, { units }: HostGlance): Promise<readonly string[]> => {
  const running = [...units.values()].flatMap(({ unit, activeState }) => {
    const [, started] = /^php-zd@(.{1,60})\.service$/.exec(unit) ?? [];
    return activeState === 'failed' ? [] : (started ?? siteOfReplica(unit) ?? []);
  });
  const withFile = new Set(await listSites(ports));
  return [...new Set(running)].filter(site => !withFile.has(site)).sort();
};
