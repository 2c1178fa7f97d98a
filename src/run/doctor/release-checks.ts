import { dirname, posix } from 'node:path';
import { isError, recordError } from '../../base/errors.ts';
import { printable } from '../../base/printable.ts';
import { isAtOrBelow } from '../../site/paths.ts';
import { isSharedDirectory } from '../../site/read-releases.ts';
import type { Site } from '../../site/site.ts';
import type { Ports } from '../site/ports.ts';
import type { Check } from './check.ts';
import { credentialsOfSite, mayDo } from './rights.ts';
import type { SiteScene } from './scene.ts';
import { webServersOf, workerCredentials } from './web-servers.ts';

const LINK_LENGTH = 200;
/** Directories that a replica sees empty, but for what is bound into them. */
const HIDDEN = ['/home', '/root', '/run/user', '/run/php-zd', '/var/lib/php-zd', '/etc/php-zd'];
const NAMED_LINKS = 3;

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
  // Relative links lead elsewhere from the mount point (facts.md M2).
  links: {
    severity: 'problem',
    look: async ({ ports, site, release }) => {
      const root = await release();
      const stray = (await linksIn(ports, root)).filter(link => isStray(link, root, site));
      const links = stray
        .slice(0, NAMED_LINKS)
        .map(({ path, target }) => printable(`${path} -> ${target}`, LINK_LENGTH));
      return stray.length === 0 ? [] : [{ links, count: stray.length, release: root, mount: site.mount }];
    },
  },
  // A user who can write to the link's directory can flip the link, and so choose the code of the next roll.
  'link-directory': {
    severity: 'warning',
    look: async scene => {
      const { ports, site } = scene;
      if ((await ports.files.readLink(site.link)) === undefined) return [];
      const directory = dirname(site.link);
      return (await maySite(scene, 'write', directory))
        ? [{ directory, user: site.user, isOwn: !isSharedDirectory(directory) }]
        : [];
    },
  },
  'writable-release': {
    severity: 'note',
    look: async scene => {
      const { site, release } = scene;
      if (site.access !== 'read-only') return [];
      const path = await release();
      return (await maySite(scene, 'write', path)) ? [{ path, user: site.user }] : [];
    },
  },
  'readable-release': { severity: 'warning', look: scene => readable(scene) },
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
  if (isCommon || isOfHost(site.releases)) return [];
  const readers: string[] = [];
  for (const other of others) if ((await host.readable(other)).has(path)) readers.push(other.name);
  if (readers.length === 0) return [];
  const [server] = await webServersOf(scene);
  const uid = server && (await workerCredentials(scene.ports, server.mainPid))?.uid;
  const serverUser = uid === undefined || uid === 0 ? undefined : await userName(scene.ports, uid);
  return [{ readers, directory: site.releases, group: site.group, server: server?.name, serverUser }];
};

/** Directories that many have things in, and what packages bring, which anybody may read. */
const isOfHost = (directory: string): boolean => isSharedDirectory(directory) || isAtOrBelow(directory, '/usr');

const userName = async ({ commands }: Ports, uid: number): Promise<string> =>
  (await commands.run('getent', ['passwd', String(uid)])).split(':')[0] ?? String(uid);

/** Whether the site's user could read or write the path outside of the sandbox. */
const maySite = async ({ ports, site }: SiteScene, what: 'read' | 'write', path: string): Promise<boolean> => {
  const credentials = credentialsOfSite(ports, site);
  return credentials !== undefined && (await mayDo(ports, credentials, { what, path }));
};

interface Link {
  readonly path: string;
  readonly target: string;
}

/** The links in a directory, sorted by path: find(1) has them in the order of the disk. */
const linksIn = async ({ commands }: Ports, directory: string): Promise<readonly Link[]> => {
  const text = await commands.run('find', [directory, '-xdev', '-type', 'l', '-printf', '%P\\0%l\\0']);
  const parts = text.split('\0');
  const links = Array.from({ length: Math.floor(parts.length / 2) }, (_, index) => ({
    path: parts[2 * index] ?? '',
    target: parts[2 * index + 1] ?? '',
  }));
  return links.sort((a, b) => (a.path < b.path ? -1 : 1));
};

/**
 * Whether a link in the release is of no use in a replica: seen from the mount point it leads elsewhere than on the host, to
 * what a replica does not see, or to whatever release the site's link names.
 */
const isStray = ({ path, target }: Link, release: string, { mount, shared, link }: Site): boolean => {
  if ([...shared.keys()].some(inRelease => isAtOrBelow(path, inRelease))) return false;
  const seen = posix.resolve(dirname(`${mount}/${path}`), target);
  if (isAtOrBelow(seen, mount)) return false;
  if (posix.resolve(dirname(`${release}/${path}`), target) !== seen) return true;
  // A site whose file names the release without a link has always the same one.
  const followsLink = link !== release && isAtOrBelow(seen, link);
  return followsLink || HIDDEN.some(directory => isAtOrBelow(seen, directory));
};
