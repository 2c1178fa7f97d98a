import { PhpZdError } from '../../base/errors.ts';
import type { Site } from '../../site/site.ts';
import type { Credentials } from '../ask/running-servers.ts';
import type { Ports } from '../site/ports.ts';

/** Nobody but root may look at a path as somebody else: rejects with `file-system` for who is not. */
export const requireRootFor = ({ isRoot }: Pick<Ports, 'isRoot'>, path: string): void => {
  if (!isRoot) throw new PhpZdError('file-system', { path, errno: 'EPERM' });
};

/**
 * The rights of each site's processes, by the site's name, as systemd gives them: the site's group, and the groups that the host's
 * databases give its user. A site without a user of its own is not among them.
 */
export const credentialsOfSites = async (
  { host, commands }: Pick<Ports, 'host' | 'commands'>,
  sites: readonly Site[],
): Promise<ReadonlyMap<string, Credentials>> => {
  const own = sites.flatMap(site => {
    const user = host.user(site.user);
    return user === undefined || user.uid === 0 ? [] : [{ site, user }];
  });
  const names = [...new Set(own.map(({ site }) => site.user))];
  const said = names.length === 0 ? '' : await commands.run('getent', ['initgroups', '--', ...names]);
  const groups = new Map(
    said.split('\n').map(line => {
      const [name = '', ...ids] = line.split(' ').filter(Boolean);
      return [name, ids.map(Number)];
    }),
  );
  return new Map(
    own.map(({ site, user }) => {
      const gid = host.group(site.group)?.gid ?? user.gid;
      return [site.name, { uid: user.uid, gid, groups: groups.get(site.user) ?? [] }];
    }),
  );
};
