import { paths as hostPaths, sliceUnit } from '../base/paths.ts';
import type { Site } from '../site/site.ts';
import { processControlTimeoutS, REPLICA_VARIABLE } from './fpm-config.ts';
import { type RenderContext, renderHeader } from './generated.ts';

/** Above the time that a drain may take, so that systemd never kills what still works. */
const STOP_MARGIN_S = 15;

/**
 * A command with all of root's rights in the host's own mount namespace: with '+' alone, BindPaths= and TemporaryFileSystem=
 * still apply (measured with systemd 252 and 257, against systemd.service(5)).
 */
const onHost = '+/usr/bin/nsenter --target 1 --mount -- ';

/** The template unit whose instances are the site's replicas. */
export const renderReplicaUnit = (site: Site, context: RenderContext): string => `${renderHeader(site, '#')}
[Unit]
Description=PHP-FPM replica %i of site ${site.name}
Documentation=man:php-zd(8) man:php-zd.ini(5)
SourcePath=${site.file}
After=network.target php-zd-haproxy.service
# A slot that no roll has given a release has nothing to run.
AssertPathExists=${context.paths.pin('%i')}/release
# A replica that crashes comes back, however often: the others serve meanwhile, and a roll is not a crash.
StartLimitIntervalSec=0

[Service]
Type=notify
User=${site.user}
Group=${site.group}
Slice=${sliceUnit(site.name)}
${lifeLines(site, context)}
${viewLines(site, context)}
${sandboxLines}`;

const lifeLines = (
  site: Site,
  { paths, program }: RenderContext,
): string => `Environment=PHP_INI_SCAN_DIR=:${paths.phpIni} ${REPLICA_VARIABLE}=%i
${site.environmentFile === undefined ? '' : `EnvironmentFile=${site.environmentFile}\n`}ExecStart=${site.php.binary} --nodaemonize --force-stderr --fpm-config ${paths.fpmConfig}
# By hand or after a crash a replica puts itself back into the balancer; in a roll the roll does, once it is proven.
ExecStartPost=${onHost}/bin/sh -c '[ -e ${paths.gate('%i')} ] || [ -e ${paths.hold('%i')} ] || exec ${program} unit admit ${site.name} %i'
# Whoever stops it, it is drained first: a signal to a busy FPM loses requests. In a roll it is already.
ExecStop=${onHost}/bin/sh -c '[ ! -e ${paths.gate('%i')} ] || exec ${program} unit drain ${site.name} %i --timeout ${site.drain.timeoutMs}ms'
# systemd's default SIGTERM kills requests.
KillSignal=SIGQUIT
KillMode=mixed
TimeoutStartSec=60s
TimeoutStopSec=${processControlTimeoutS(site) + STOP_MARGIN_S}s
Restart=always
RestartSec=200ms
# One child killed for memory must not end the master.
OOMPolicy=continue`;

const viewLines = (site: Site, context: RenderContext): string => {
  const { paths, formerMount } = context;
  const mounts = [site.mount, ...(formerMount === undefined ? [] : [formerMount])];
  return `
# The release: the pin is followed when the replica starts, and what it led to then is kept until it stops.
${mounts.map(mount => releaseLines(site, `${paths.pin('%i')}/release`, mount)).join('')}# One private /tmp for all replicas of the site: sessions, uploads and locks there survive a roll.
BindPaths=${paths.tmp(site.user)}:/tmp ${paths.tmp(site.user)}:/var/tmp
# Nothing of php-zd or of another site is in sight, and no control socket.
TemporaryFileSystem=${hostPaths.run}:ro ${hostPaths.state}:ro ${hostPaths.config}:ro
BindPaths=${paths.replica('%i')} ${paths.sessions(site.user)}
BindReadOnlyPaths=${paths.pin('%i')}/php-fpm.conf:${paths.fpmConfig} ${paths.pin('%i')}/php:${paths.phpIni}
ProtectSystem=strict
ProtectHome=tmpfs`;
};

const releaseLines = ({ access, shared }: Site, release: string, mount: string): string =>
  [
    `${access === 'read-only' ? 'BindReadOnlyPaths' : 'BindPaths'}=${release}:${mount}\n`,
    ...[...shared].map(([inRelease, onHost]) => `BindPaths=${onHost}:${mount}/${inRelease}\n`),
  ].join('');

/**
 * What a PHP application can bear (systemd.exec(5), facts.md F10). Left out: MemoryDenyWriteExecute=, which breaks the JIT of
 * PCRE and PHP; ProcSubset=pid, which breaks sys_getloadavg().
 */
const sandboxLines = `
UMask=0027
NoNewPrivileges=yes
CapabilityBoundingSet=
PrivateDevices=yes
PrivateUsers=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
LockPersonality=yes
RemoveIPC=no
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
`;
