import { formatTimeSpan, parseTimeSpan } from '../../base/time-span.ts';
import { isDyingOfRecords } from '../../render/one-record.ts';
import { isAtOrBelow } from '../../site/paths.ts';
import { bootLinks } from '../ask/front-link.ts';
import { promotedMeta } from '../generation/generation.ts';
import type { Check } from './check.ts';
import { mayPass, waysTo } from './directories.ts';
import { directoriesToFiles, inside } from './directories-to-files.ts';
import { type FastcgiPlace, paramAt, valueAt } from './fastcgi-places.ts';
import { openPaths } from './open-paths.ts';
import { longestRequest } from './request-checks.ts';
import type { SiteScene } from './scene.ts';
import { namedSockets, webServersOf } from './web-servers.ts';

/** nginx's default for fastcgi_read_timeout. */
const READ_TIMEOUT = '60s';

const at = ({ file, block }: FastcgiPlace) => ({ file, block });

export const webServerChecks = {
  // An idle kept connection holds a child and a drain (facts.md W1).
  'keep-conn': {
    severity: 'problem',
    look: async ({ places }) =>
      (await places()).filter(place => place.keepsConnections && valueAt(place, 'fastcgi_keep_conn') === 'on').map(at),
  },
  'mixed-releases': {
    severity: 'problem',
    look: async scene => (await Promise.all((await scene.places()).map(place => strayParams(scene, place)))).flat(),
  },
  // nginx must send no request twice (facts.md W2).
  'sent-twice': {
    severity: 'warning',
    look: async ({ places }) =>
      (await places())
        .filter(({ directives }) => directives.get('fastcgi_next_upstream')?.at(-1)?.includes('non_idempotent'))
        .map(at),
  },
  'read-timeout': {
    severity: 'warning',
    look: async scene => {
      const longest = await longestRequest(scene);
      if (longest === undefined) return [];
      const short = (await scene.places()).filter(place => readTimeoutMs(place) < longest.ms);
      return short.map(place => ({
        ...at(place),
        timeout: formatTimeSpan(readTimeoutMs(place)),
        longest: formatTimeSpan(longest.ms),
        uri: longest.uri,
      }));
    },
  },
  'queue-timeout': {
    severity: 'warning',
    look: async ({ places, site: { listen } }) =>
      (await places())
        .filter(place => readTimeoutMs(place) < listen.queueTimeoutMs)
        .map(place => ({
          ...at(place),
          timeout: formatTimeSpan(readTimeoutMs(place)),
          queueTimeout: formatTimeSpan(listen.queueTimeoutMs),
        })),
  },
  // nginx goes on, and says so to whoever types `nginx -t` (facts.md N117): another block has the visitors.
  'server-name': {
    severity: 'warning',
    look: async ({ host, places }) => {
      const named = new Set((await places()).flatMap(namesOf));
      const twice = (await host.nameConflicts()).filter(({ name }) => named.has(name));
      return twice.map(({ name, address }) => ({ name, address }));
    },
  },
  'web-server': {
    severity: 'note',
    look: async scene => {
      const [socket = scene.site.listen.fastcgi, ...formers] = await bootLinks(scene.run);
      const former = formers.length === 0 ? undefined : (await namedSockets(scene, formers))[0];
      if (former !== undefined) return [{ socket, former }];
      const isReached = scene.site.listen.http !== undefined || (await webServersOf(scene)).length > 0;
      return isReached ? [] : [{ socket }];
    },
  },
  snippet: { severity: 'warning', look: scene => stillOpen(scene) },
  'own-haproxy': {
    severity: 'problem',
    look: async ({ host, site }) => {
      if (site.haproxy?.mode !== 'http') return [];
      const version = /\b\d{1,4}\.\d{1,4}\.\d{1,4}/.exec(await host.haproxy())?.[0] ?? '';
      return isDyingOfRecords(version) ? [{ version }] : [];
    },
  },
  'web-server-rights': { severity: 'problem', look: scene => lockedOut(scene) },
  // useradd of Debian 13 makes homes that nobody else may enter (HOME_MODE in login.defs(5)).
  'static-files': { severity: 'warning', look: scene => closedToFiles(scene) },
} as const satisfies Readonly<Record<string, Check<SiteScene>>>;

/** Of a server block without a name it is the empty one. */
const namesOf = ({ directives }: FastcgiPlace): readonly string[] => (directives.get('server_name') ?? [['']]).flat();

const readTimeoutMs = (place: FastcgiPlace): number =>
  parseTimeSpan(valueAt(place, 'fastcgi_read_timeout') ?? READ_TIMEOUT) ?? Number.POSITIVE_INFINITY;

/**
 * Parameters with a path outside of the mount point. That leads to another release than the replica's as soon as the link is
 * flipped.
 */
const strayParams = async ({ run, site }: SiteScene, place: FastcgiPlace) => {
  const promoted = await promotedMeta(run);
  const mounts = [site.mount, promoted?.mount, promoted?.formerMount];
  return ['SCRIPT_FILENAME', 'DOCUMENT_ROOT'].flatMap(param => {
    const value = paramAt(place, param);
    // The value of a path that begins with another variable is known only when a request comes.
    const isKnown = value?.startsWith('/') || value?.startsWith('$realpath_root');
    const isRight = mounts.some(
      mount => mount !== undefined && value !== undefined && isAtOrBelow(pathIn(value), mount),
    );
    return value === undefined || !isKnown || isRight ? [] : [{ ...at(place), param, value, mount: site.mount }];
  });
};

/** The part of a value before its first variable. */
const pathIn = (value: string): string => value.replace(/\/?\$.*$/, '');

/** Server blocks with an earlier snippet, by which visitors come to what was closed since. */
const stillOpen = async ({ places, ports, promoted }: SiteScene) => {
  const site = await promoted();
  // Of those a roll brings the configuration.
  if (site.web.server !== undefined) return [];
  const servers = new Set((await places()).flatMap(({ server }) => server ?? []));
  return [...servers].flatMap(server => {
    const paths = openPaths(site, server, ports.host.isFile);
    return paths.length === 0 ? [] : [{ file: server.children?.[0]?.file ?? server.file, paths }];
  });
};

/** Web servers that may not connect to the site's socket: they answer every request with 502 or 503. */
const lockedOut = async (scene: SiteScene) => {
  const { ports, run, site } = scene;
  const [fastcgi = site.listen.fastcgi] = await scene.sockets();
  if ((await ports.files.readLink(fastcgi)) !== run.paths.front) return [];
  if (!(await ports.files.exists(run.paths.front))) return [];
  const { group, mode } = (await scene.promoted()).listen;
  const servers = await webServersOf(scene);
  if (servers.length === 0) return [];
  const { mayWrite } = await scene.host.users.may();
  const ways = [fastcgi, run.paths.front, run.paths.balancer].flatMap(waysTo);
  return servers.flatMap(({ name, credentials }) => {
    if (credentials === undefined || mayWrite(credentials, fastcgi)) return [];
    const closed = ways.find(way => !mayPass(ports.host.rightsTo(way), credentials));
    const isOfGroup = [credentials.gid, ...credentials.groups].some(gid => gid === ports.host.group(group)?.gid);
    const shut = isOfGroup && (mode & 0o020) === 0 ? { mode: `0${mode.toString(8)}` } : { group };
    return [{ server: name, uid: credentials.uid, socket: fastcgi, ...(closed === undefined ? shut : { closed }) }];
  });
};

/** Web servers that do not come to the files of the release: they have PHP asked for each, and answer with its 404. */
const closedToFiles = async (scene: SiteScene) => {
  const { host, release, site } = scene;
  const servers = await webServersOf(scene);
  if (servers.length === 0) return [];
  const directories = directoriesToFiles(site, await release());
  const { mayRead } = await host.users.may();
  return servers.flatMap(({ name, credentials, user }) => {
    const directory = directories.find(each => credentials !== undefined && !mayRead(credentials, inside(each)));
    return directory === undefined ? [] : [{ server: name, serverUser: user, directory, group: site.group }];
  });
};
