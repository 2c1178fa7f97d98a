import { isError } from '../../base/errors.ts';
import type { Ports } from '../site/ports.ts';
import { type Credentials, credentialsOf } from './rights.ts';
import type { SiteScene } from './scene.ts';

/** The units of web servers, and where each has its configuration. */
const WEB_SERVERS = { nginx: '/etc/nginx', apache2: '/etc/apache2', caddy: '/etc/caddy', lighttpd: '/etc/lighttpd' };

interface WebServer {
  readonly name: string;
  readonly mainPid: number;
}

/** The running web servers whose configuration names the site's socket. */
export const webServersOf = async (scene: SiteScene): Promise<readonly WebServer[]> => {
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

/**
 * The credentials of a process that serves requests, since a master that is root has workers that are not. They are those of
 * the running process, not what files say by now.
 */
export const workerCredentials = async (ports: Ports, mainPid: number): Promise<Credentials | undefined> => {
  const children = (await ports.files.read(`/proc/${mainPid}/task/${mainPid}/children`)) ?? '';
  const pids = [...children.split(' ').filter(Boolean).map(Number), mainPid];
  const all = await Promise.all(pids.map(pid => credentialsOf(ports, pid)));
  const known = all.filter(credentials => credentials !== undefined);
  return known.find(({ uid }) => uid !== 0) ?? known[0];
};
