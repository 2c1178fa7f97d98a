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

/** A site that is known by its name alone, while something is done to it: `emit` takes the events. */
export interface NamedRun extends Hosted {
  readonly emit: Emit;
}

/** A site whose file was read, while something is done to it: `emit` takes the events. */
export interface SiteRun extends HostedSite {
  readonly emit: Emit;
  /** A bound on the time of each proof, besides that of the site file. */
  readonly mostProofMs?: number;
}

export const hostedByName = (name: string, ports: Ports): Hosted => ({ site: { name }, paths: sitePaths(name), ports });

export const hostedSite = (site: Site, ports: Ports): HostedSite => ({ ...hostedByName(site.name, ports), site });

export const namedRun = (name: string, ports: Ports, emit: Emit): NamedRun => ({ ...hostedByName(name, ports), emit });

export const siteRun = (site: Site, ports: Ports, emit: Emit): SiteRun => ({ ...hostedSite(site, ports), emit });

/** A replica as its own unit names it. The site file is not read for it, since that may be half-edited just then. */
export interface Replica {
  readonly site: string;
  readonly slot: number;
}
