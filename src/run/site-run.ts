import { type SitePaths, sitePaths } from '../base/paths.ts';
import type { Site } from '../site/site.ts';
import type { Emit } from './events.ts';
import type { Ports } from './ports.ts';

/** One site, what it takes to change it, and who hears of it. */
export interface SiteRun {
  readonly site: Site;
  readonly paths: SitePaths;
  readonly ports: Ports;
  readonly emit: Emit;
}

export const siteRun = (site: Site, ports: Ports, emit: Emit): SiteRun => ({
  site,
  paths: sitePaths(site.name),
  ports,
  emit,
});
