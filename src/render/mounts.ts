import type { Site } from '../site/site.ts';
import { type RenderContext, renderHeader } from './generated.ts';

/**
 * Enough for a directory and two sockets for each slot, of which a site has 129 at most, and not much more, since a site can
 * use them up.
 */
const MOST_INODES = 1024;

/**
 * The mount in which the replicas make their sockets. HAProxy and root open what lies there, and the site's user may put
 * anything there: with `nosymfollow` a link leads nowhere, a hard link cannot come from another file system (facts.md N18), and
 * the space that is used up is the site's own.
 */
export const renderReplicasMount = (site: Site, { paths }: RenderContext): string =>
  renderMount(site, {
    what: `Sockets of the replicas of site ${site.name}`,
    where: paths.replicas,
    options: `nosymfollow,nosuid,nodev,noexec,size=256k,nr_inodes=${MOST_INODES},mode=0755`,
  });

/** The mount that is /dev/shm for the site's processes: the host's is everybody's, and everybody can fill it. */
export const renderShmMount = (site: Site, { paths }: RenderContext): string =>
  renderMount(site, {
    what: `Shared memory of site ${site.name}`,
    where: paths.shm,
    options: `nosuid,nodev,size=${site.limits.shm},mode=1777`,
  });

interface Mount {
  readonly what: string;
  readonly where: string;
  readonly options: string;
}

const renderMount = (site: Site, { what, where, options }: Mount): string => `${renderHeader(site, '#')}
[Unit]
Description=${what}
Documentation=man:php-zd(8)
SourcePath=${site.file}

[Mount]
What=tmpfs
Where=${where}
Type=tmpfs
Options=${options}
`;
