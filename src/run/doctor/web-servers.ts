import { isError } from '../../base/errors.ts';
import type { Site } from '../../site/site.ts';
import type { Ports } from '../site/ports.ts';
import type { FastcgiPlace } from './fastcgi-places.ts';
import { type Credentials, credentialsOf } from './rights.ts';

/** The units of web servers, and where each has its configuration. */
const WEB_SERVERS = { nginx: '/etc/nginx', apache2: '/etc/apache2', caddy: '/etc/caddy', lighttpd: '/etc/lighttpd' };

export interface WebServer {
  readonly name: keyof typeof WEB_SERVERS;
  /**
   * Those of a process that serves requests, since a master that is root has workers that are not: of the running process, not what
   * files say by now. Undefined where that has ended.
   */
  readonly credentials: Credentials | undefined;
  /** The name of that user; undefined for root. */
  readonly user: string | undefined;
}

/** The web servers that run. */
export const runningServers = async (ports: Ports): Promise<readonly WebServer[]> => {
  const names = Object.keys(WEB_SERVERS) as readonly WebServer['name'][];
  const units = await ports.systemd.glance(names.map(name => `${name}.service`));
  const found = names.map(async (name): Promise<readonly WebServer[]> => {
    const unit = units.find(each => each.unit === `${name}.service`);
    if (unit?.activeState !== 'active' || unit.mainPid === 0) return [];
    const credentials = await workerCredentials(ports, unit.mainPid);
    const uid = credentials?.uid ?? 0;
    return [{ name, credentials, user: uid === 0 ? undefined : (ports.host.userName(uid) ?? String(uid)) }];
  });
  return (await Promise.all(found)).flat();
};

const workerCredentials = async (ports: Ports, mainPid: number): Promise<Credentials | undefined> => {
  const children = (await ports.files.read(`/proc/${mainPid}/task/${mainPid}/children`)) ?? '';
  const pids = [...children.split(' ').filter(Boolean).map(Number), mainPid];
  const all = await Promise.all(pids.map(pid => credentialsOf(ports, pid)));
  const known = all.filter(credentials => credentials !== undefined);
  return known.find(({ uid }) => uid !== 0) ?? known[0];
};

/** A site among the web servers of its host. */
interface ServedSite {
  readonly ports: Ports;
  readonly site: Site;
  readonly host: { readonly servers: () => Promise<readonly WebServer[]> };
  /** Where nginx passes requests on to the site. */
  readonly places: () => Promise<readonly FastcgiPlace[]>;
}

/** The running web servers whose configuration names the site's socket. */
export const webServersOf = async (scene: ServedSite): Promise<readonly WebServer[]> => {
  const found = (await scene.host.servers()).map(async server => {
    const isNamed =
      server.name === 'nginx' ? (await scene.places()).length > 0 : await isSocketIn(scene, WEB_SERVERS[server.name]);
    return isNamed ? [server] : [];
  });
  return (await Promise.all(found)).flat();
};

const isSocketIn = async ({ ports, site }: ServedSite, directory: string): Promise<boolean> => {
  try {
    await ports.commands.run('grep', ['-Rqs', '--fixed-strings', '--', site.listen.fastcgi, directory]);
    return true;
  } catch (error) {
    if (isError(error, 'command-failed') && error.facts.output === '') return false;
    throw error;
  }
};
