import { dirname } from 'node:path';
import { valueUnless } from '../../base/errors.ts';
import type { Site } from '../../site/site.ts';
import { bootLinks } from '../ask/front-link.ts';
import type { Credentials } from '../ask/running-servers.ts';
import { extensionDirectories, readOfPhp } from '../site/closed-php.ts';
import { lookBySystemd, requireReached, type UsersLook, unreadable } from '../site/fit-release.ts';
import type { Ports } from '../site/ports.ts';
import { hostedByName } from '../site/site-run.ts';
import { type AsUsers, type Looker, lookAsUsers, type ReleaseLook, type SiteRelease } from './as-users.ts';
import { once } from './check.ts';
import { directoriesToFiles, inside } from './directories-to-files.ts';
import { credentialsOfSites, requireRootFor } from './rights.ts';

/** What the users of a host's sites, and its web servers, may do and find. */
export interface HostUsers {
  /** Begins to look, and resolves when the look is under way. */
  readonly begin: () => Promise<void>;
  /** The rights of a site's processes; undefined for a site without a user of its own. */
  readonly of: (site: Site) => Promise<Credentials | undefined>;
  /** What they may do with the index of each site, in the release that its link names, on the way there, where the link lies, and its socket. */
  readonly may: () => Promise<AsUsers>;
  /** What the site's user finds of a release; undefined for a site without one. */
  readonly lookAt: (of: SiteRelease) => Promise<ReleaseLook | undefined>;
}

export interface UsersOf {
  readonly sites: () => Promise<readonly Site[]>;
  /** The sites whose releases are looked at. */
  readonly named: readonly string[];
  /** The rights with which web servers serve requests. */
  readonly servers: () => Promise<readonly Credentials[]>;
}

/** Asks for all of it at once when some of it is first needed. */
export const hostUsers = (ports: Ports, { sites, named, servers }: UsersOf): HostUsers => {
  const credentials = once(async () => await credentialsOfSites(ports, await sites()));
  const of = async (site: Site) => (await credentials()).get(site.name);
  const may = once(async () => {
    const all = await sites();
    requireRootFor(ports, dirname(all[0]?.link ?? '/'));
    const known = await credentials();
    const linked = all.map(site => ({ site, release: ports.host.resolveDirectory(site.link) }));
    const lookers = linked.flatMap(({ site, release }): readonly Looker[] => {
      const as = known.get(site.name);
      const isLookedAt = release !== undefined && named.includes(site.name);
      const writes = [dirname(site.link), release ?? site.link];
      return as === undefined ? [] : [{ as, writes, releases: isLookedAt ? [{ site, release }] : [] }];
    });
    const links = await Promise.all(all.map(({ name }) => bootLinks(hostedByName(name, ports))));
    const sockets = [...new Set([...all.map(({ listen }) => listen.fastcgi), ...links.flat()])];
    const others = (await servers()).map(as => ({ as, writes: sockets, releases: [] }));
    const reads = linked.flatMap(({ site, release = site.link }) => {
      return [`${release}/${site.index}`, ...directoriesToFiles(site, release).map(inside)];
    });
    const directories = await extensionDirectories(ports);
    const ofPhp = all.map(site => readOfPhp(ports, site, directories));
    reads.push(...ofPhp.flatMap(({ ini, extensions }) => [...ini, ...extensions]));
    return await lookAsUsers(ports, mergeUsers([...lookers, ...others]), [...new Set(reads)]);
  });
  const begin = async () => {
    may().catch(() => undefined);
    await Promise.all([credentials(), servers()]);
  };
  const lookAt = async (at: SiteRelease): Promise<ReleaseLook | undefined> => {
    requireRootFor(ports, at.release);
    const as = await of(at.site);
    if (as === undefined) return undefined;
    // Between two looks the link may have been flipped.
    return (await may()).lookAt(at) ?? (await lookAsUsers(ports, [{ as, writes: [], releases: [at] }], [])).lookAt(at);
  };
  return { begin, of, may, lookAt };
};

/** Each user once, with the releases of all sites of that user. */
const mergeUsers = (lookers: readonly Looker[]): readonly Looker[] => {
  const merged = new Map<string, Looker>();
  for (const { as, writes, releases } of lookers) {
    const key = JSON.stringify(as);
    const { writes: known = [], releases: others = [] } = merged.get(key) ?? {};
    merged.set(key, { as, writes: [...known, ...writes], releases: [...others, ...releases] });
  }
  return [...merged.values()];
};

/** How a release is found fit by what its user found; by systemd where nobody came to an end of looking. */
export const lookOf = (users: HostUsers): UsersLook => {
  const found = ({ site }: Parameters<UsersLook['come']>[0], release: string) =>
    valueUnless(() => users.lookAt({ site, release }), 'command-failed', 'file-system');
  return {
    come: async (of, release) => {
      const look = await found(of, release);
      if (look === undefined) return await lookBySystemd.come(of, release);
      if (!look.isReadable) throw unreadable(of, release);
      requireReached(of, release, look.unreached);
      return undefined;
    },
    unwritable: async (of, places) => {
      const release = of.ports.host.resolveDirectory(of.site.link);
      const look = release === undefined ? undefined : await found(of, release);
      return look?.unwritable ?? (await lookBySystemd.unwritable(of, places));
    },
  };
};
