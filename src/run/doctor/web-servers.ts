import { webServerDirectories } from '../../base/paths.ts';
import type { WebServer } from '../ask/running-servers.ts';
import { isOneNamedIn } from '../site/named-in.ts';
import type { Ports } from '../site/ports.ts';
import { type FastcgiPlace, namesOne } from './fastcgi-places.ts';

/** A site among the web servers of its host. */
interface ServedSite {
  readonly ports: Ports;
  readonly host: { readonly servers: () => Promise<readonly WebServer[]> };
  /** Where nginx passes requests on to the site. */
  readonly places: () => Promise<readonly FastcgiPlace[]>;
  readonly sockets: () => Promise<readonly string[]>;
}

/** The running web servers whose configuration names a path of the site's socket. */
export const webServersOf = async (scene: ServedSite): Promise<readonly WebServer[]> => {
  const found = (await scene.host.servers()).map(async server => {
    const isNamed =
      server.name === 'nginx'
        ? (await scene.places()).length > 0
        : await isOneNamedIn(scene.ports, await scene.sockets(), [webServerDirectories[server.name]]);
    return isNamed ? [server] : [];
  });
  return (await Promise.all(found)).flat();
};

/** Of these paths of the site's socket those that a web server which runs names in its configuration. */
export const namedSockets = async (scene: ServedSite, sockets: readonly string[]): Promise<readonly string[]> => {
  const servers = await scene.host.servers();
  const isNamed = async (socket: string): Promise<boolean> => {
    const by = servers.map(async ({ name }) =>
      name === 'nginx'
        ? (await scene.places()).some(place => namesOne(place, [socket]))
        : await isOneNamedIn(scene.ports, [socket], [webServerDirectories[name]]),
    );
    return (await Promise.all(by)).includes(true);
  };
  const named = await Promise.all(sockets.map(isNamed));
  return sockets.filter((_, at) => named[at]);
};
