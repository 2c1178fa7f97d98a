import { balancerUser } from '../base/paths.ts';
import { type Site, slotsOf } from '../site/site.ts';
import { type RenderContext, renderHeader } from './generated.ts';

/**
 * The site's directories, for systemd-tmpfiles: made at boot without us, with owners that cannot be followed astray. The
 * set-group-id bit gives a socket its group without chown (facts.md U1): HAProxy's reaches the web server's group, a replica's
 * reaches HAProxy.
 */
export const renderTmpfiles = (site: Site, { paths }: RenderContext): string => {
  const { owner, group, mode, fastcgi } = site.listen;
  // A mode without rights for the group leaves HAProxy's own there.
  const [frontGroup, others] = [mode & 0o060 ? group : balancerUser, mode & 0o006 ? 1 : 0];
  const lines = [
    `d ${paths.run} 0755 root root`,
    `d ${paths.balancer} 275${others} ${balancerUser} ${frontGroup}`,
    // A user of its own choice besides the group: HAProxy is not root and cannot chown.
    ...(owner === undefined ? [] : [`a+ ${paths.balancer} - - - - u:${owner}:x,d:u:${owner}:rw`]),
    // Without '+', which would remove what stands there, a directory too.
    `L ${fastcgi} - - - - ${paths.front}`,
    `d ${paths.gates} 0755 root root`,
    `d ${paths.holds} 0755 root root`,
    ...slotsOf(site).map(slot => `d ${paths.replica(slot)} 2750 ${site.user} ${balancerUser}`),
    `d ${paths.state} 0755 root root`,
    `d ${paths.pins} 0755 root root`,
    // The site's private /tmp, emptied at boot as /tmp is, and its sessions, which outlive one (facts.md M5).
    `D ${paths.tmp} 0700 ${site.user} ${site.group} 10d`,
    `d ${paths.sessions} 0700 ${site.user} ${site.group}`,
  ];
  return `${renderHeader(site, '#')}${lines.join('\n')}\n`;
};
