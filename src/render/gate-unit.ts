import { replicaUnit } from '../base/paths.ts';
import type { Site } from '../site/site.ts';
import { type RenderContext, renderHeader } from './generated.ts';

/** How long HAProxy and PHP-FPM may take to say that a replica serves, or that it is drained, beside the drain itself. */
const MARGIN_S = 60;

/**
 * The template unit that puts a replica into the balancer after its start, and drains it before its stop: it starts after the
 * replica's own unit and stops before that, whoever starts or stops it. Not lines of the replica's unit, since all commands of a
 * unit, those of root too, run among its mounts (facts.md N1, N24): the owner of a release could lay a directory of their own
 * over /usr/bin there.
 */
export const renderGateUnit = (site: Site, { paths, program }: RenderContext): string => {
  const replica = replicaUnit(site.name, '%i');
  const [gate, hold] = [paths.gate('%i'), paths.slotHold('%i')];
  const isDown = `! systemctl --quiet is-active ${replica}`;
  return `${renderHeader(site, '#')}
[Unit]
Description=Gate of replica %i of site ${site.name}
Documentation=man:php-zd(8)
SourcePath=${site.file}
PartOf=${replica}
After=${replica} php-zd-haproxy.service dbus.service
StartLimitIntervalSec=0

[Service]
Type=oneshot
RemainAfterExit=yes
# By hand or after a crash a replica puts itself back into the balancer; in a roll the roll does, once it is proven.
ExecStart=/bin/sh -c '[ -e ${gate} ] || [ -L ${hold} ] || [ -e ${hold} ] || ${isDown} || exec ${program} unit admit ${site.name} %i'
# Whoever stops it, it is drained first: a signal to a busy FPM loses requests. In a roll it is already. After a crash there is
# nobody to drain: the gate stays open for the next master.
ExecStop=/bin/sh -c '[ ! -e ${gate} ] || ${isDown} || exec ${program} unit drain ${site.name} %i --timeout ${site.drain.timeoutMs}ms'
TimeoutStartSec=${MARGIN_S}s
TimeoutStopSec=${Math.ceil(site.drain.timeoutMs / 1000) + MARGIN_S}s
# Not the site's own slice, whose bounds are the site's to use up.
Slice=php-zd.slice

CapabilityBoundingSet=CAP_DAC_OVERRIDE
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths=/run/php-zd
ProtectHome=yes
PrivateDevices=yes
PrivateTmp=yes
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
};
