import { type SitePaths, sitePaths } from '../../base/paths.ts';
import type { Site } from '../../site/site.ts';
import type { Emit } from './events.ts';

import type { Ports } from './ports.ts';

/** A site by its name alone, what it takes to change it, and who hears of it. */
export interface NamedRun {
  readonly site: Pick<Site, 'name'>;
  readonly paths: SitePaths;
  readonly ports: Ports;
  readonly emit: Emit;
}

/** The same for a site whose file was read. */
export interface SiteRun extends NamedRun {
  readonly site: Site;
}

export const siteRun = (site: Site, ports: Ports, emit: Emit): SiteRun => ({
  ...namedRun(site.name, ports, emit),
  site,
});

export const namedRun = (name: string, ports: Ports, emit: Emit): NamedRun => ({
  site: { name },
  paths: sitePaths(name),
  ports,
  emit,
});

/** A replica as its own unit knows it: without the site file, which may be half-edited just now. */
export interface Replica {
  readonly site: string;
  readonly slot: number;
}
