import { dirname } from 'node:path';
import { isError, recordError } from '../../base/errors.ts';
import { isCommonDirectory } from '../../site/common-directories.ts';
import { isAtOrBelow } from '../../site/paths.ts';
import { unlistedOf } from '../site/former-places.ts';
import { strayIn } from '../site/links.ts';
import type { Check } from './check.ts';
import { isOfHost } from './directories-to-files.ts';
import type { SiteScene } from './scene.ts';
import { webServersOf } from './web-servers.ts';

const MOST_PLACES = 5;

export const releaseChecks = {
  release: {
    severity: 'problem',
    look: async ({ release }) => {
      try {
        await release();
        return [];
      } catch (error) {
        if (isError(error, 'release-missing', 'release-incomplete', 'release-unfit'))
          return [{ error: recordError(error) }];
        throw error;
      }
    },
  },
  links: {
    severity: 'problem',
    look: async ({ host, site, release }) => {
      const root = await release();
      const stray = strayIn(await host.links(root), root, site);
      if (stray === undefined) return [];
      const { isWhole, lines, ...facts } = stray;
      return [{ ...facts, ...(lines.length > 0 && { lines }), ...(!isWhole && { isPart: true }) }];
    },
  },
  // A user who can write to the link's directory can flip the link, and so choose the code of the next roll.
  'link-directory': {
    severity: 'warning',
    look: async scene => {
      const { ports, site } = scene;
      if ((await ports.files.readLink(site.link)) === undefined) return [];
      const directory = dirname(site.link);
      return (await mayWrite(scene, directory))
        ? [{ directory, user: site.user, group: site.group, isOwn: !isCommonDirectory(directory) }]
        : [];
    },
  },
  'writable-release': {
    severity: 'note',
    look: async scene => {
      const { site, release } = scene;
      if (site.access !== 'read-only') return [];
      const path = await release();
      return (await mayWrite(scene, path)) ? [{ path, user: site.user }] : [];
    },
  },
  'readable-release': { severity: 'warning', look: scene => readable(scene) },
  // An application that asks whether it may write, as SQLite does, has no line in the log; and a line with "no" says that it need not.
  'unlisted-places': {
    severity: 'note',
    look: async ({ host, ports, site, loaded, release }) => {
      const found = unlistedOf({ site, ports }, await host.ownedPlaces(), await release());
      const isNamed = (path: string) => loaded.texts.site.split('\n').some(line => line.startsWith(`${path} =`));
      return found
        .filter(path => !isNamed(path))
        .slice(0, MOST_PLACES)
        .map(path => ({ path, user: site.user }));
    },
  },
} as const satisfies Readonly<Record<string, Check<SiteScene>>>;

/**
 * The sites whose PHP could read the release, and what would shut them out: the root of releases closed to all but the site's
 * group. A root that other sites take their releases from too, or that is of the whole host, is not the site's own to close; nor
 * would it help against who has that group.
 */
const readable = async (scene: SiteScene) => {
  const { host, site, release } = scene;
  const path = `${await release()}/${site.index}`;
  const others = (await host.sites()).filter(({ user }) => user !== site.user);
  const isCommon = others.some(
    ({ releases, group }) =>
      isAtOrBelow(releases, site.releases) || isAtOrBelow(site.releases, releases) || group === site.group,
  );
  if (others.length === 0 || isCommon || isOfHost(site.releases)) return [];
  const { mayRead } = await host.users.may();
  const readers: string[] = [];
  for (const other of others) {
    const as = await host.users.of(other);
    if (as !== undefined && mayRead(as, path)) readers.push(other.name);
  }
  if (readers.length === 0) return [];
  const [server] = await webServersOf(scene);
  const isIn = server?.user !== undefined && scene.ports.host.user(server.user)?.group === site.group;
  return [
    {
      readers,
      directory: site.releases,
      group: site.group,
      server: server?.name,
      serverUser: isIn ? undefined : server?.user,
    },
  ];
};

const mayWrite = async ({ host, site }: SiteScene, path: string): Promise<boolean> => {
  const users = await host.users.may();
  const as = await host.users.of(site);
  return as !== undefined && users.mayWrite(as, path);
};
