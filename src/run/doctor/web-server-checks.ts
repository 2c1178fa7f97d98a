import { isError } from '../../base/errors.ts';
import { formatTimeSpan, parseTimeSpan } from '../../base/time-span.ts';
import { isAtOrBelow } from '../../site/paths.ts';
import { promotedMeta } from '../generation/generation.ts';
import type { Ports } from '../site/ports.ts';
import type { Check } from './check.ts';
import { type FastcgiPlace, paramAt, valueAt } from './fastcgi-places.ts';
import { longestRequest } from './request-checks.ts';
import { type Credentials, credentialsOf, mayDo } from './rights.ts';
import type { SiteScene } from './scene.ts';

/** The units of web servers, and where each has its configuration. */
const WEB_SERVERS = { nginx: '/etc/nginx', apache2: '/etc/apache2', caddy: '/etc/caddy', lighttpd: '/etc/lighttpd' };

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
  'web-server': {
    severity: 'note',
    look: async scene => ((await webServersOf(scene)).length === 0 ? [{ socket: scene.site.listen.fastcgi }] : []),
  },
  'web-server-rights': { severity: 'problem', look: scene => lockedOut(scene) },
} as const satisfies Readonly<Record<string, Check<SiteScene>>>;

const readTimeoutMs = (place: FastcgiPlace): number =>
  parseTimeSpan(valueAt(place, 'fastcgi_read_timeout') ?? READ_TIMEOUT) ?? Number.POSITIVE_INFINITY;

/**
 * Parameters with a path outside of the mount point. That leads to another release than the replica's as soon as the link is
 * flipped.
 */
const strayParams = async ({ run, site }: SiteScene, place: FastcgiPlace) => {
  const mounts = [site.mount, (await promotedMeta(run))?.mount, (await promotedMeta(run))?.formerMount];
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

interface WebServer {
  readonly name: string;
  readonly mainPid: number;
}

/** The running web servers whose configuration names the site's socket. */
const webServersOf = async (scene: SiteScene): Promise<readonly WebServer[]> => {
  const { ports } = scene;
  const found = await Promise.all(
    Object.entries(WEB_SERVERS).map(async ([name, directory]) => {
      const { activeState, mainPid } = await ports.systemd.unit(`${name}.service`);
      if (activeState !== 'active' || mainPid === 0) return [];
      const isNamed = name === 'nginx' ? (await scene.places()).length > 0 : await isSocketIn(scene, directory);
      return isNamed ? [{ name, mainPid }] : [];
    }),
  );
  return found.flat();
};

const isSocketIn = async ({ ports, site }: SiteScene, directory: string): Promise<boolean> => {
  try {
    await ports.commands.run('grep', ['-Rqs', '--fixed-strings', '--', site.listen.fastcgi, directory]);
    return true;
  } catch (error) {
    if (isError(error, 'command-failed') && error.facts.output === '') return false;
    throw error;
  }
};

/** Web servers that may not connect to the site's socket: they answer every request with 502 or 503. */
const lockedOut = async (scene: SiteScene) => {
  const { ports, run, site } = scene;
  if (!(await ports.files.exists(run.paths.front))) return [];
  const found = await Promise.all(
    (await webServersOf(scene)).map(async ({ name, mainPid }) => {
      const credentials = await workerCredentials(ports, mainPid);
      const access = { what: 'write', path: site.listen.fastcgi } as const;
      if (credentials === undefined || (await mayDo(ports, credentials, access))) return [];
      return [{ server: name, uid: credentials.uid, socket: site.listen.fastcgi, group: site.listen.group }];
    }),
  );
  return found.flat();
};

/**
 * The credentials of a process that serves requests, since a master that is root has workers that are not. They are those of
 * the running process, not what files say by now.
 */
const workerCredentials = async (ports: Ports, mainPid: number): Promise<Credentials | undefined> => {
  const children = (await ports.files.read(`/proc/${mainPid}/task/${mainPid}/children`)) ?? '';
  const pids = [...children.split(' ').filter(Boolean).map(Number), mainPid];
  const all = await Promise.all(pids.map(pid => credentialsOf(ports, pid)));
  const known = all.filter(credentials => credentials !== undefined);
  return known.find(({ uid }) => uid !== 0) ?? known[0];
};
