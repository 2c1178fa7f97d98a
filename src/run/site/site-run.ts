import { type SitePaths, sitePaths } from '../../base/paths.ts';
import type { Site } from '../../site/site.ts';
import type { Emit } from './events.ts';
import type { Ports } from './ports.ts';

/** A site of this host, known by its name alone. */
export interface Hosted {
  readonly site: Pick<Site, 'name'>;
  readonly paths: SitePaths;
  readonly ports: Ports;
}

/** A site of this host whose file was read. */
export interface HostedSite extends Hosted {
  readonly site: Site;
}

/** While something is done to a site that is known by its name alone: `emit` tells of it. */
export interface NamedRun extends Hosted {
  readonly emit: Emit;
}

/** While something is done to a site whose file was read: `emit` tells of it. */
export interface SiteRun extends HostedSite {
  readonly emit: Emit;
}

export const hostedByName = (name: string, ports: Ports): Hosted => ({ site: { name }, paths: sitePaths(name), ports });

export const hostedSite = (site: Site, ports: Ports): HostedSite => ({ ...hostedByName(site.name, ports), site });

export const namedRun = (name: string, ports: Ports, emit: Emit): NamedRun => ({ ...hostedByName(name, ports), emit });

export const siteRun = (site: Site, ports: Ports, emit: Emit): SiteRun => ({ ...hostedSite(site, ports), emit });

/** A replica as its own unit knows it: without the site file, which may be half-edited just now. */
export interface Replica {
  readonly site: string;
  readonly slot: number;
}
