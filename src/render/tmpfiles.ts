import { balancerUser } from '../base/paths.ts';
import type { Site } from '../site/site.ts';
import { type RenderContext, renderHeader } from './generated.ts';
import { socketMode } from './haproxy.ts';

/** Whose a replica's directory is: the user that its generation runs as. */
export interface SlotOwner {
  readonly slot: number;
  readonly user: string;
}

/**
 * The site's directories, for systemd-tmpfiles: made at boot without us, with owners that cannot be followed astray. The
 * set-group-id bit gives a socket its group without chown (facts.md U1): HAProxy's reaches the web server's group, a replica's
 * reaches HAProxy.
 */
export const renderTmpfiles = (site: Site, { paths }: RenderContext, owners: readonly SlotOwner[]): string => {
  const { owner, group, mode, fastcgi } = site.listen;
  // A mode without rights for the group leaves HAProxy's own there.
  const [frontGroup, others] = [mode & 0o060 ? group : balancerUser, mode & 0o006 ? 1 : 0];
  const users = [...new Set([site.user, ...owners.map(({ user }) => user)])];
  const lines = [
    `d ${paths.run} 0755 root root`,
    `d ${paths.balancer} 275${others} ${balancerUser} ${frontGroup}`,
    // A user of its own choice besides the group: HAProxy is not root and cannot chown. Without '+', so that a former one goes.
    `a ${paths.balancer} - - - - ${owner === undefined ? 'u::rwx' : `u:${owner}:x,d:u:${owner}:rw`}`,
    // A socket that HAProxy has already: a reload hands it on as it is, whatever the new configuration says (2.6 and 3.0).
    `z ${paths.front} 0${socketMode(site.listen).toString(8)} - ${frontGroup}`,
    ...(owner === undefined ? [] : [`a+ ${paths.front} - - - - u:${owner}:rw`]),
    // Without '+', which would remove what stands there, a directory too.
    `L ${fastcgi} - - - - ${paths.front}`,
    `d ${paths.gates} 0755 root root`,
    `d ${paths.slotHolds} 0755 root root`,
    ...owners.map(({ slot, user }) => `d ${paths.replica(slot)} 2750 ${user} ${balancerUser}`),
    `d ${paths.state} 0755 root root`,
    `d ${paths.pins} 0755 root root`,
    `d ${paths.state}/tmp 0755 root root`,
    `d ${paths.state}/sessions 0755 root root`,
    // The site's private /tmp, emptied at boot as /tmp is, and its sessions, which outlive one (facts.md M5).
    ...users.flatMap(user => [`D ${paths.tmp(user)} 0700 ${user} - 10d`, `d ${paths.sessions(user)} 0700 ${user} -`]),
  ];
  return `${renderHeader(site, '#')}${lines.join('\n')}\n`;
};
