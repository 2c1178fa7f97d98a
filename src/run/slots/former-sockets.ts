import { webServerDirectories } from '../../base/paths.ts';
import type { Site } from '../../site/site.ts';
import { bootLinks } from '../ask/front-link.ts';
import { isNamedIn } from '../site/named-in.ts';
import type { Hosted } from '../site/site-run.ts';

/**
 * Former paths of the site's socket at which web servers may still look for the site: by a link that a boot did not make again they would
 * find nobody from then on, long after the roll that changed the path. Each stays until the configuration of a web server has the present
 * path, and none has that one. A site that never changed the path pays nothing for it.
 */
export const formerSockets = async (hosted: Hosted, { listen }: Pick<Site, 'listen'>): Promise<readonly string[]> => {
  const { paths, ports } = hosted;
  const others = (await bootLinks(hosted)).filter(path => path !== listen.fastcgi);
  const targets = await Promise.all(others.map(path => ports.files.readLink(path)));
  const links = others.filter((_, at) => targets[at] === paths.front);
  if (links.length === 0 || !(await isNamed(hosted, listen.fastcgi))) return links;
  const named = await Promise.all(links.map(path => isNamed(hosted, path)));
  return links.filter((_, at) => named[at]);
};

/** Whether a file of a web server's configuration names the path. */
const isNamed = ({ ports }: Hosted, path: string): Promise<boolean> =>
  isNamedIn(ports, path, Object.values(webServerDirectories));
