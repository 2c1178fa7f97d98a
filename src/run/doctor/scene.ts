import { replicaUnit, slotOfUnit } from '../../base/paths.ts';
import type { FpmStatus } from '../../ports/php-fpm.ts';
import type { Site } from '../../site/site.ts';
import { startedAtNoBoot } from '../ask/at-boot.ts';
import { FPM_DEADLINE_MS } from '../ask/fpm.ts';
import { bootLinks } from '../ask/front-link.ts';
import { runningServers, type WebServer } from '../ask/running-servers.ts';
import type { SaidLine } from '../ask/said-lines.ts';
import { type Generation, loadPromoted, wronglyReadable } from '../generation/generation.ts';
import { lookAtRelease, resolveNamed } from '../site/fit-release.ts';
import { findOwnedPlaces, type OwnedPlace } from '../site/former-places.ts';
import { holdsAddresses } from '../site/held-addresses.ts';
import { type Links, linksIn, linksOfAll } from '../site/links.ts';
import type { LoadedSite } from '../site/load-site.ts';
import { overridesOfAll } from '../site/overrides.ts';
import type { Ports } from '../site/ports.ts';
import { type HostedSite, hostedSite } from '../site/site-run.ts';
import { changedFiles } from '../slots/apply.ts';
import { type Facts, once } from './check.ts';
import { findClosedPhp } from './closed-php.ts';
import { type FastcgiPlace, findPlaces, namesOne } from './fastcgi-places.ts';
import { hostSettings } from './host-settings.ts';
import { type HostUsers, hostUsers, lookOf } from './host-users.ts';
import { findLostAtStart } from './lost-at-start.ts';
import { type NameConflict, readNginxSaid } from './nginx-config.ts';
import { findNamedPaths, type Job, type NamedPaths, readJobs } from './path-scan.ts';
import { readRefusedLines } from './refused-lines.ts';
import { type ShownUnits, showUnits } from './unit-properties.ts';

/** What the checks of the host look at. */
export interface HostScene {
  readonly ports: Ports;
  /** The names of the sites that are looked at. */
  readonly named: readonly string[];
  /** The version of the php-zd that asks. */
  readonly version: string;
  /** The sites that have a good file. */
  readonly sites: () => Promise<readonly Site[]>;
  /** Where nginx's configuration passes requests on by FastCGI; nowhere when nginx does not run. */
  readonly places: () => Promise<readonly FastcgiPlace[]>;
  /** Server blocks that nginx passes over. */
  readonly nameConflicts: () => Promise<readonly NameConflict[]>;
  /** What HAProxy says of itself. */
  readonly haproxy: () => Promise<string>;
  /** The web servers that run. */
  readonly servers: () => Promise<readonly WebServer[]>;
  readonly users: HostUsers;
  /** The links in the release that each site's link names. */
  readonly links: (release: string) => Promise<Links>;
  /** Directories in which packages have what their programs write, and that are not root's. */
  readonly ownedPlaces: () => Promise<readonly OwnedPlace[]>;
  /** The .htaccess files in the document roots of all sites; of none where that could not be found out for all at once. */
  readonly overrides: () => ReturnType<typeof overridesOfAll>;
  /** What systemd made of units that are not as php-zd wrote them, and of php-zd's own. */
  readonly units: () => Promise<ShownUnits>;
  /** The sites that no boot starts. */
  readonly startedAtNoBoot: () => Promise<readonly string[]>;
  /** The files that have programs started, such as crontabs. */
  readonly jobs: () => Promise<readonly Job[]>;
  /** The host's settings of the PHP of a site, before the site's own. */
  readonly php: (site: Site) => ReadonlyMap<string, string>;
  /** What PHP-FPM would start without, by the host's php.ini. */
  readonly phpStart: () => Promise<readonly Facts[]>;
  /** What PHP-FPM of a site may not read of the host's. */
  readonly closedPhp: () => Promise<readonly Facts[]>;
  /** Whether this host's systemd can keep a unit from addresses. */
  readonly holdsAddresses: () => Promise<boolean>;
  /** What running replicas have said that may tell of a refusal, by their units. */
  readonly refusedLines: () => Promise<ReadonlyMap<string, readonly SaidLine[]>>;
  /** Begins to ask what other programs answer, so that they run side by side. Who needs an answer asks for it, and is told if there is none. */
  readonly begin: () => Promise<void>;
}

/** What the checks of a site look at. */
export interface SiteScene {
  readonly host: HostScene;
  readonly ports: Ports;
  readonly run: HostedSite;
  readonly site: Site;
  readonly loaded: LoadedSite;
  /** What was promoted; undefined where that is nothing, or no longer holds. */
  readonly generation: () => Promise<Generation | undefined>;
  /** The site as it was promoted, from which the running replicas were made. The site file may say something else already. */
  readonly promoted: () => Promise<Site>;
  /** The paths of the generated files that another version wrote, or a hand changed; undefined where nothing tells what they are to be. */
  readonly changed: () => Promise<readonly string[] | undefined>;
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
  /** The paths of the site's socket: first the one that was rolled last, then former ones, and what the file says. */
  readonly sockets: () => Promise<readonly string[]>;
}

export interface Looked {
  /** The sites that have a good file. */
  readonly sites: () => Promise<readonly Site[]>;
  /** The names of those that are looked at. */
  readonly named: readonly string[];
}

export const hostScene = (ports: Ports, version: string, looked: Looked): HostScene => {
  const sites = once(looked.sites);
  const servers = once(async () => await runningServers(ports));
  const credentials = async () => (await servers()).flatMap(each => each.credentials ?? []);
  const findLinks = once(async () => await linksOfAll(ports, await sites()));
  const overrides = once(async () => await overridesOfAll(ports, await sites()));
  const users = hostUsers(ports, { sites, named: looked.named, servers: credentials });
  const haproxy = once(async () => await ports.commands.run('haproxy', ['-vv']));
  const units = once(async () => await showUnits(ports, await sites()));
  const nginx = once(async () => {
    const isRunning = (await servers()).some(({ name }) => name === 'nginx');
    return isRunning ? readNginxSaid(await ports.commands.hear('nginx', ['-T'])) : { nodes: [], conflicts: [] };
  });
  const places = once(async () => findPlaces((await nginx()).nodes));
  return {
    ...{ ports, named: looked.named, version, sites, haproxy, servers, users, units, places, overrides },
    nameConflicts: async () => (await nginx()).conflicts,
    links: async release => (await findLinks()).get(release) ?? (await linksIn(ports, release)),
    startedAtNoBoot: once(
      async () =>
        await startedAtNoBoot(
          ports,
          (await sites()).map(({ name }) => name),
        ),
    ),
    ownedPlaces: once(() => findOwnedPlaces(ports)),
    jobs: once(() => readJobs(ports)),
    phpStart: once(async () => await findLostAtStart(ports, await sites())),
    closedPhp: once(async () => await findClosedPhp(ports, await sites(), users)),
    holdsAddresses: once(() => holdsAddresses(ports)),
    php: onceForPhp(site => hostSettings(ports, site)),
    refusedLines: once(async () => await readRefusedLines(ports)),
    begin: async () => {
      // What needs no site first: others are at work while the sites' files are read.
      beginAll(servers, () => ports.systemd.units(replicaUnit('*', '*')), haproxy);
      // The longest look has begun before anything else keeps this process busy.
      const looking = users.begin();
      beginAll(units, places, findLinks, overrides);
      await looking.catch(() => undefined);
    },
  };
};

/** Who needs an answer asks again, and is told then if there is none. */
const beginAll = (...asks: readonly (() => Promise<unknown>)[]): void => {
  for (const ask of asks) ask().catch(() => undefined);
};

/** Sites of one PHP have the same. */
const onceForPhp = (ask: HostScene['php']): HostScene['php'] => {
  const known = new Map<string, ReadonlyMap<string, string>>();
  return site => {
    const settings = known.get(site.php.binary) ?? ask(site);
    known.set(site.php.binary, settings);
    return settings;
  };
};

export const siteScene = (host: HostScene, loaded: LoadedSite): SiteScene => {
  const { ports } = host;
  const { site } = loaded;
  const run = hostedSite(site, ports);
  const running = once(async () => {
    const units = await ports.systemd.glance([replicaUnit(site.name, '*')]);
    const slots = units
      .filter(({ activeState }) => activeState === 'active')
      .flatMap(({ unit }) => slotOfUnit(site.name, unit) ?? []);
    return slots.sort((a, b) => a - b);
  });
  const generation = once(async () => (await loadPromoted(run, loaded))?.generation);
  const release = once(async () => {
    const { path } = await lookAtRelease(run, resolveNamed(ports, site.link), lookOf(host.users));
    return path;
  });
  const sockets = once(async () => [...new Set([...(await bootLinks(run)), site.listen.fastcgi])]);
  return {
    ...{ host, ports, run, site, loaded, running, release, generation },
    promoted: async () => (await generation())?.site ?? site,
    changed: once(async () => {
      const promoted = await generation();
      if (promoted === undefined) return undefined;
      const hosted = { ...run, site: promoted.site };
      const changed = (await changedFiles(hosted, promoted)).map(({ path }) => path);
      return [...changed, ...(await wronglyReadable(hosted, promoted))];
    }),
    namedPaths: once(async () => {
      const on = { ports, site, release: await release() };
      return findNamedPaths(on, (await host.users.lookAt(on))?.paths);
    }),
    php: () => host.php(site),
    statuses: once(async () => await askAll(run, await running())),
    places: once(async () => {
      const all = [...(await sockets()), run.paths.front, run.paths.openFront];
      return (await host.places()).filter(place => namesOne(place, all));
    }),
    sockets,
  };
};

const askAll = async ({ ports, paths }: HostedSite, slots: readonly number[]): Promise<readonly FpmStatus[]> =>
  await Promise.all(slots.map(slot => ports.fpm.status(paths.statusSocket(slot), { deadlineMs: FPM_DEADLINE_MS })));
