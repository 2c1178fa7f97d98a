import { listSites } from '../site/load-site.ts';
import type { Ports } from '../site/ports.ts';
import type { HostGlance } from './host-glance.ts';

/** The sites whose unit or replicas run although they have no file, by name. */
export const straySites = async (ports: Ports, { units }: HostGlance): Promise<readonly string[]> => {
  const running = units.flatMap(({ unit, activeState }) => {
    const [, started, ofReplica] = /^(?:php-zd@(.{1,60})|php-zd-fpm-(.{1,60})@\d{1,3})\.service$/.exec(unit) ?? [];
    return activeState === 'failed' ? [] : (started ?? ofReplica ?? []);
  });
  const withFile = new Set(await listSites(ports));
  return [...new Set(running)].filter(site => !withFile.has(site)).sort();
};
