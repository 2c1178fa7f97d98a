import { webServerDirectories } from '../../base/paths.ts';
import { renderFrontRights } from '../../render/tmpfiles.ts';
import type { Host } from '../../site/host.ts';
import type { Listen } from '../../site/site.ts';
import { bootLinks } from '../ask/front-link.ts';
import { type Credentials, runningServers } from '../ask/running-servers.ts';
import { loadPromoted } from '../generation/generation.ts';
import { type LoadedSite, SiteProblems } from '../site/load-site.ts';
import { isNamedIn } from '../site/named-in.ts';
import type { HostedSite } from '../site/site-run.ts';

/**
 * Rejects with `site-invalid` where a web server that comes to the site now may not any more by what [listen] says: replicas are proven past
 * the socket, and every visitor would have 502. Only where other rights than the present ones are to be given anything is asked.
 */
export const requireOpenWayIn = async (
  hosted: HostedSite,
  { positions }: Pick<LoadedSite, 'positions'>,
): Promise<void> => {
  const { paths, ports, site } = hosted;
  const present = await ports.files.read(paths.tmpfiles);
  if (present === undefined) return;
  if (renderFrontRights(site, paths).every(line => present.includes(`${line}\n`))) return;
  const former = (await loadPromoted(hosted))?.site.listen;
  if (former === undefined) return;
  const may = (listen: Listen, who: Credentials) => mayConnect(ports.host, listen, who);
  const links = [...(await bootLinks(hosted)), site.listen.fastcgi];
  for (const { name, credentials, user } of await runningServers(ports)) {
    if (credentials === undefined || !may(former, credentials) || may(site.listen, credentials)) continue;
    const named = await Promise.all(links.map(path => isNamedIn(ports, path, [webServerDirectories[name]])));
    if (!named.includes(true)) continue;
    const message = `${name}, which runs as ${user}, could not connect any more by owner, group and mode in [listen], and would answer 502: write owner = ${user}`;
    throw new SiteProblems(site.name, [{ ...positions.rights, message }]);
  }
};

const mayConnect = (host: Host, { owner, group, mode }: Listen, { uid, gid, groups }: Credentials): boolean => {
  if (uid === 0 || (owner !== undefined && host.user(owner)?.uid === uid)) return true;
  const isInGroup = [gid, ...groups].some(id => id === host.group(group)?.gid);
  return (mode & (isInGroup ? 0o020 : 0o002)) !== 0;
};
