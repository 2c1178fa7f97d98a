import { dirname } from 'node:path';
import type { Site } from '../../site/site.ts';
import type { Ports } from '../site/ports.ts';
import { credentialsOfSite, requireRootFor } from './rights.ts';

/** What the users of sites may do with paths on the host, every directory on the way included. */
export interface Access {
  mayRead(site: Site, path: string): boolean;
  mayWrite(site: Site, path: string): boolean;
}

/**
 * Each user is another process that has that user's rights, and tests all paths: which it may read, and which it may write. All of
 * them are children of one, since each start of a process costs php-zd more than the tests do.
 */
const SCRIPT = `users=$1; shift
for user in $users; do
  setpriv --reuid="\${user%:*}" --regid="\${user#*:}" --init-groups sh -c '
    i=0
    for path; do
      [ ! -r "$path" ] || echo "$0 r $i"
      [ ! -w "$path" ] || echo "$0 w $i"
      i=$((i + 1))
    done' "$user" "$@" || exit
done`;

/** What all sites' users may do with all sites' scripts, releases and the directories of their links. */
export const findAccess = async (ports: Ports, sites: readonly Site[]): Promise<Access> => {
  const users = new Map(sites.map(site => [site.name, userOf(ports, site)]));
  const paths = [...new Set(sites.flatMap(site => pathsOf(ports, site)))];
  requireRootFor(ports, paths[0] ?? '/');
  const words = [...new Set([...users.values()].filter(user => user !== undefined))].join(' ');
  const said = words === '' ? '' : await ports.commands.run('sh', ['-c', SCRIPT, 'php-zd-doctor', words, ...paths]);
  const may = new Set(said.split('\n'));
  const look = (how: string) => (site: Site, path: string) =>
    may.has(`${users.get(site.name)} ${how} ${paths.indexOf(path)}`);
  return { mayRead: look('r'), mayWrite: look('w') };
};

/** Undefined for a site without a user of its own. */
const userOf = (ports: Ports, site: Site): string | undefined => {
  const credentials = credentialsOfSite(ports, site);
  return credentials && `${credentials.uid}:${credentials.gid}`;
};

const pathsOf = ({ host }: Ports, { link, index }: Site): readonly string[] => {
  const release = host.resolveDirectory(link) ?? link;
  return [dirname(link), release, `${release}/${index}`];
};
