import { dirname } from 'node:path';
import { admitUnit, gateUnit, replicaUnit, webUnit } from '../base/paths.ts';
import type { Site } from '../site/site.ts';
import { type RenderContext, renderHeader } from './generated.ts';

/** How long HAProxy and PHP-FPM may take to say that a replica serves, or that it is drained, beside the drain itself. */
const MARGIN_S = 60;

/** What both units may do. */
const sandbox = `# Not the site's own slice, whose bounds are the site's to use up.
Slice=php-zd.slice

CapabilityBoundingSet=CAP_DAC_OVERRIDE
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths=/run/php-zd
ProtectHome=yes
PrivateDevices=yes
InaccessiblePaths=-/tmp -/var/tmp
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
# Not ProtectProc=invisible: a drain waits for processes of the site's user that requests left running.
ProcSubset=pid
UMask=0077
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
# Unix sockets, and sock_diag for the accept queues, which belong to the network namespace: PrivateNetwork= would hide them.
RestrictAddressFamilies=AF_UNIX AF_NETLINK
IPAddressDeny=any
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
SystemCallFilter=@system-service
SystemCallFilter=~@resources @privileged
`;

/** The replica, and its own web server, if it has one. */
const partsOf = ({ name, web }: Site): readonly string[] => [
  replicaUnit(name, '%i'),
  ...(web.server === undefined ? [] : [webUnit(name, '%i')]),
];

/** Of several units systemctl says that they are active when one of them is. */
const isDown = (site: Site): string =>
  partsOf(site)
    .map(unit => `! systemctl --quiet is-active ${unit}`)
    .join(' || ');

/**
 * The template unit that puts a replica into the balancer after its start, whoever started it, unless a roll does so once it is proven. What
 * there is to see before is for systemd to see: a command takes a sandbox of its own, which is most of what a short one costs (facts.md N50).
 */
export const renderAdmitUnit = (site: Site, { paths, program }: RenderContext): string => {
  const parts = partsOf(site).join(' ');
  return `${renderHeader(site, '#')}
[Unit]
Description=Replica %i of site ${site.name} on its way into the balancer
Documentation=man:php-zd(8)
SourcePath=${site.file}
PartOf=${parts}
After=${parts} ${gateUnit(site.name, '%i')} php-zd-haproxy.service dbus.service
StartLimitIntervalSec=0
# By hand a replica puts itself back into the balancer; after a crash its gate is still open. In a roll the slot is held.
ConditionPathExists=!${paths.gate('%i')}
ConditionPathIsSymbolicLink=!${paths.slotHold('%i')}

[Service]
Type=oneshot
ExecStart=/bin/sh -c '${isDown(site)} || exec ${program} unit admit ${site.name} %i'
TimeoutStartSec=${MARGIN_S}s
${sandbox}`;
};

/**
 * The template unit that drains a replica before its stop: it starts after the replica's own unit and stops before that, whoever starts or
 * stops it. Not a line of the replica's unit, since all commands of a unit, those of root too, run among its mounts (facts.md N1, N24): the
 * owner of a release could lay a directory of their own over /usr/bin there. A roll that stops a drained replica leaves it
 * as it is.
 */
export const renderGateUnit = (site: Site, { paths, program }: RenderContext): string => {
  const parts = partsOf(site).join(' ');
  return `${renderHeader(site, '#')}
[Unit]
Description=Gate of replica %i of site ${site.name}
Documentation=man:php-zd(8)
SourcePath=${site.file}
PartOf=${parts}
# A web server that is restarted by hand takes the gate along, which has the replica taken back: its own unit asks for neither.
Wants=${admitUnit(site.name, '%i')}
After=${parts} php-zd-haproxy.service dbus.service
StartLimitIntervalSec=0

[Service]
Type=oneshot
RemainAfterExit=yes
# Whoever stops it, it is drained first: a signal to a busy FPM loses requests. After a crash there is nobody to drain: the gate
# stays open for the next master. So many at once as the host can bear, where all stop. The replica may end before its turn, and another
# one be started in its slot: the start says which one is meant.
ExecStop=/bin/sh -c '[ ! -e ${paths.gate('%i')} ] || ${isDown(site)} || exec /usr/bin/dash ${dirname(program)}/in-turn.sh drains 3 ${program} unit drain ${site.name} %i --timeout ${site.drain.timeoutMs}ms --start="$$(systemctl show --property=InvocationID --value ${replicaUnit(site.name, '%i')})"'
TimeoutStopSec=${Math.ceil(site.drain.timeoutMs / 1000) + MARGIN_S}s
${sandbox}`;
};
