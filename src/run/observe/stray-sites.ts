import { siteOfReplica } from '../../base/paths.ts';
import { enabledSites } from '../ask/at-boot.ts';
import { listSites } from '../site/load-site.ts';
import type { Ports } from '../site/ports.ts';
import type { HostGlance } from './host-glance.ts';

/** A site that is to run and has no file. */
export interface StraySite {
  readonly site: string;
  /** Whether its unit or replicas run; else a boot is to start it, which fails. */
  readonly isRunning: boolean;
}

/** By name. */
export const straySites = async (ports: Ports, { units }: HostGlance): Promise<readonly StraySite[]> => {
  const running = [...units.values()].flatMap(({ unit, activeState }) => {
    const [, started] = /^php-zd@(.{1,60})\.service$/.exec(unit) ?? [];
    return activeState === 'failed' ? [] : (started ?? siteOfReplica(unit) ?? []);
  });
  const withFile = new Set(await listSites(ports));
  const sites = [...new Set([...running, ...(await enabledSites(ports))])].filter(site => !withFile.has(site)).sort();
  return sites.map(site => ({ site, isRunning: running.includes(site) }));
};
