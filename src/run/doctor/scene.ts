import type { FpmStatus } from '../../ports/php-fpm.ts';
import type { NginxNode } from '../../site/existing/nginx-file.ts';
import type { Site } from '../../site/site.ts';
import { FPM_DEADLINE_MS } from '../ask/fpm.ts';
import { loadPromoted } from '../generation/generation.ts';
import { observeSite } from '../observe/site.ts';
import { resolveRelease } from '../site/fit-release.ts';
import type { LoadedSite } from '../site/load-site.ts';
import type { Ports } from '../site/ports.ts';
import { type HostedSite, hostedSite } from '../site/site-run.ts';
import { type Access, findAccess } from './access.ts';
import { once } from './check.ts';
import { findDirectories, type SiteDirectories } from './directories.ts';
import { type FastcgiPlace, findPlaces } from './fastcgi-places.ts';
import { hostSettings } from './host-settings.ts';
import { type Link, linksIn, linksOfAll } from './links.ts';
import { parseNginx } from './nginx-config.ts';
import { findNamedPaths, type Job, type NamedPaths, readJobs } from './path-scan.ts';
import { type Shown, showReplicas } from './unit-properties.ts';

/** What the checks of the host look at. */
export interface HostScene {
  readonly ports: Ports;
  /** The version of the php-zd that asks. */
  readonly version: string;
  /** The sites that have a good file. */
  readonly sites: () => Promise<readonly Site[]>;
  /** nginx's whole configuration; undefined when nginx does not run. */
  readonly nginx: () => Promise<readonly NginxNode[] | undefined>;
  /** What users of sites may do with the index of each site, in the release that its link names, that, and where the link lies. */
  readonly access: () => Promise<Access>;
  /** The links in the release that each site's link names. */
  readonly links: (release: string) => Promise<readonly Link[]>;
  /** What systemd made of the unit of a replica of each site, by the site's name. */
  readonly replicaUnits: () => Promise<ReadonlyMap<string, Shown>>;
  /** The directories that each site's file for systemd-tmpfiles names. */
  readonly directories: (site: Site) => Promise<SiteDirectories>;
  /** The files that have programs started, such as crontabs. */
  readonly jobs: () => Promise<readonly Job[]>;
}

/** What the checks of a site look at. */
export interface SiteScene {
  readonly host: HostScene;
  readonly ports: Ports;
  readonly run: HostedSite;
  readonly site: Site;
  readonly loaded: LoadedSite;
  /** The site as it was promoted, from which the running replicas were made. The site file may say something else already. */
  readonly promoted: () => Promise<Site>;
  readonly release: () => Promise<string>;
  /** Paths of releases, as they lie on the host, in the files of the release and in the settings. */
  readonly namedPaths: () => Promise<NamedPaths>;
  /** The host's settings of PHP, before the site's own. */
  readonly php: () => ReadonlyMap<string, string>;
  /** The slots whose replica runs, whether it serves or not: HAProxy may be away, and is not waited for. */
  readonly running: () => Promise<readonly number[]>;
  /** PHP-FPM's status of each of these replicas. */
  readonly statuses: () => Promise<readonly FpmStatus[]>;
  /** Where nginx passes requests on to the site. */
  readonly places: () => Promise<readonly FastcgiPlace[]>;
}

export const hostScene = (ports: Ports, version: string, loadSites: () => Promise<readonly Site[]>): HostScene => {
  const sites = once(loadSites);
  const findLinks = once(async () => await linksOfAll(ports, await sites()));
  const allDirectories = once(async () => await findDirectories(ports, await sites()));
  return {
    ...{ ports, version, sites },
    access: once(async () => await findAccess(ports, await sites())),
    links: async release => (await findLinks()).get(release) ?? (await linksIn(ports, [release])).get(release) ?? [],
    replicaUnits: once(async () => await showReplicas(ports, await sites())),
    directories: async ({ name }) => (await allDirectories()).get(name) ?? { wanted: [], attributes: new Map() },
    jobs: once(() => readJobs(ports)),
    nginx: once(async () => {
      const { activeState } = await ports.systemd.unit('nginx.service');
      return activeState === 'active' ? parseNginx(await ports.commands.run('nginx', ['-T'])) : undefined;
    }),
  };
};

export const siteScene = (host: HostScene, loaded: LoadedSite): SiteScene => {
  const { ports } = host;
  const { site } = loaded;
  const run = hostedSite(site, ports);
  const running = once(async () => {
    const { slots } = await observeSite(run);
    return slots.filter(({ unit }) => unit === 'active').map(({ slot }) => slot);
  });
  const release = once(() => resolveRelease(run));
  return {
    ...{ host, ports, run, site, loaded, running, release },
    promoted: once(async () => (await loadPromoted(run))?.site ?? site),
    namedPaths: once(async () => await findNamedPaths({ ports, site, release: await release() })),
    php: () => hostSettings(ports, site),
    statuses: once(async () => await askAll(run, await running())),
    places: once(async () =>
      findPlaces((await host.nginx()) ?? [], [site.listen.fastcgi, run.paths.front, run.paths.openFront]),
    ),
  };
};

const askAll = async ({ ports, paths }: HostedSite, slots: readonly number[]): Promise<readonly FpmStatus[]> =>
  await Promise.all(slots.map(slot => ports.fpm.status(paths.statusSocket(slot), { deadlineMs: FPM_DEADLINE_MS })));
