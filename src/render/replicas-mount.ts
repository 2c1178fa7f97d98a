import type { Site } from '../site/site.ts';
import { type RenderContext, renderHeader } from './generated.ts';

/** A directory and two sockets a slot, of which a site has 129 at the most; and not much more, since a site can use them up. */
const MOST_INODES = 1024;

/**
 * Where the replicas make their sockets. HAProxy and root open what lies there, and the site's user may put there what he likes:
 * with `nosymfollow` a link leads nobody anywhere, a hard link cannot come from another file system (facts.md N18), and what is
 * used up is the site's own.
 */
export const renderReplicasMount = (site: Site, { paths }: RenderContext): string => `${renderHeader(site, '#')}
[Unit]
Description=Sockets of the replicas of site ${site.name}
Documentation=man:php-zd(8)
SourcePath=${site.file}

[Mount]
What=tmpfs
Where=${paths.replicas}
Type=tmpfs
Options=nosymfollow,nosuid,nodev,noexec,size=256k,nr_inodes=${MOST_INODES},mode=0755
`;
