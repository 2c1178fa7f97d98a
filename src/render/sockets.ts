import { SERVICE_DIRECTORIES } from '../site/service-directories.ts';
import type { Site } from '../site/site.ts';
import { renderHeader } from './generated.ts';
import { pathList } from './paths-in-units.ts';

/** A few forks and mounts. */
const KEEP_TIMEOUT_S = 10;

/** /etc/resolv.conf is, or becomes while replicas run, a link into one of these (facts.md N143). */
const RESOLVERS = ['systemd/resolve', 'resolvconf', 'NetworkManager', 'connman'].map(name => `/run/${name}`);
/** Where modules of NSS have their sockets. */
const NAME_SERVICES = ['avahi-daemon', 'nscd', 'nslcd'].map(name => `/run/${name}`);

/** The directories of /run in which a site finds sockets of the host's services. */
const socketDirectories = ({ sandbox }: Pick<Site, 'sandbox'>): readonly string[] => [
  ...new Set([...SERVICE_DIRECTORIES, ...sandbox.sockets]),
];

/** A value of BindReadOnlyPaths= that leaves out what the host does not have. A socket can be connected to read-only, too. */
const bindThoseThereAre = (paths: readonly string[]): string => pathList(paths.map(path => `-${path}`));

export const nameServiceBinds = bindThoseThereAre([...RESOLVERS, ...NAME_SERVICES]);

/** What is kept, so that a replica finds there what comes later. */
const keptDirectories = (site: Pick<Site, 'sandbox'>): readonly string[] => [...RESOLVERS, ...socketDirectories(site)];

export const socketBinds = (site: Pick<Site, 'sandbox'>): string => bindThoseThereAre(socketDirectories(site));

/**
 * The unit that keeps the directories the ones that a replica has bound. A directory of RuntimeDirectory= is another one after
 * each restart of its service (facts.md N20), unless it is a mount point, which can be emptied and not removed (facts.md N27). A
 * directory that is missing is made, for a service that is started later. One that systemd-tmpfiles makes stays by itself, and
 * its package may want to remove it. Not a command of the replica's unit, which has none of root's (facts.md N24).
 */
export const renderServicesUnit = (site: Site): string => `${renderHeader(site, '#')}
[Unit]
Description=Directories of the services that site ${site.name} talks to
Documentation=man:php-zd(8)
SourcePath=${site.file}
StartLimitIntervalSec=0
# Where all are mounted there is nothing to do, which systemd sees in less time than a command takes.
${keptDirectories(site)
  .map(path => `ConditionPathIsMountPoint=|!${path}`)
  .join('\n')}

# The mounts are the host's: no setting that gives the command mounts of its own.
[Service]
Type=oneshot
ExecStart=-/bin/sh -c '${keepDirectories(site).replaceAll('$', '$$$$')}'
TimeoutStartSec=${KEEP_TIMEOUT_S}s
Slice=php-zd.slice
CapabilityBoundingSet=CAP_SYS_ADMIN CAP_DAC_OVERRIDE
NoNewPrivileges=yes
UMask=0022
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=none
IPAddressDeny=any
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
SystemCallFilter=@system-service @mount
SystemCallFilter=~@resources
`;

const keepDirectories = (site: Pick<Site, 'sandbox'>): string => {
  const ofTmpfiles =
    'grep -qsE "^[^#]*[[:blank:]](/var)?$d[[:blank:]]" /usr/lib/tmpfiles.d/*.conf /etc/tmpfiles.d/*.conf';
  return (
    `for d in ${keptDirectories(site).join(' ')}; do ` +
    `[ -L $d ] || mountpoint -q $d || ${ofTmpfiles} || { mkdir -p -m 755 $d && mount --bind $d $d; }; done`
  );
};
