import { paths as hostPaths, type SitePaths } from '../base/paths.ts';
import type { Site } from '../site/site.ts';

/** A setting of a unit, for a unit file and for systemd-run(1) alike. */
export interface Property {
  readonly name: string;
  readonly value: string;
  /** A comment that stands above the setting in a unit file. */
  readonly why?: string;
}

/** What a view is made of. */
export interface ViewSource {
  /** The release, or a link to the release, which is followed when the process starts. */
  readonly release: string;
  /** The directory that has `php-fpm.conf` and `php/`. */
  readonly config: string;
  readonly paths: SitePaths;
  /** A second mount point of the release, which the site had before. */
  readonly formerMount?: string | undefined;
  /** Directories of php-zd's in /run that the process sees, and may write to. */
  readonly own?: readonly string[];
  /** The site has no directories of its own yet: /tmp is an empty one, gone with the process. */
  readonly isFirst?: boolean;
}

/**
 * What a process of the site sees: the release at its mount point, the site's own /tmp, and nothing of php-zd's or of other
 * sites'.
 */
export const viewProperties = (
  site: Site,
  { release, config, own = [], isFirst = false, ...source }: ViewSource,
): readonly Property[] => {
  const { paths, formerMount } = source;
  const mounts = [site.mount, ...(formerMount === undefined ? [] : [formerMount])];
  const [first, ...more] = mounts.flatMap(mount => releaseProperties(site, release, mount));
  const why =
    'The release: the pin is followed when the replica starts, and what it led to then is kept until it stops.';
  return [
    ...(first === undefined ? [] : [{ ...first, why }]),
    ...more,
    isFirst ? emptyTmp : tmpProperty(paths.tmp(site.user)),
    {
      name: 'TemporaryFileSystem',
      value: `${hostPaths.run}:ro ${hostPaths.state}:ro ${hostPaths.config}:ro`,
      why: 'Nothing of php-zd or of another site is in sight, and no control socket.',
    },
    ...withoutManager,
    ...(isFirst ? [] : [{ name: 'BindPaths', value: [...own, paths.sessions(site.user)].join(' ') }]),
    {
      name: 'BindReadOnlyPaths',
      value: `${config}/php-fpm.conf:${paths.fpmConfig} ${config}/php:${paths.phpIni}`,
    },
    ...(site.environmentFile === undefined
      ? []
      : [{ name: 'BindReadOnlyPaths', value: `${config}/environment.sh:${paths.environment}` }]),
    { name: 'ProtectSystem', value: 'strict' },
    // Not ProtectHome=tmpfs, which everybody may write to (facts.md N9).
    { name: 'TemporaryFileSystem', value: '/home:ro /root:ro' },
  ];
};

/**
 * The service manager's sockets, the bus and what users of the host share are out of sight. Other sockets in /run are there, as
 * their own modes let them: a directory of RuntimeDirectory= is another one after each restart of its service (facts.md N20), so
 * that a list of those that PHP may see would cut a site off from its Redis or Memcached.
 */
const withoutManager: readonly Property[] = [
  {
    name: 'TemporaryFileSystem',
    value: '/run/dbus:ro /run/lock:ro /run/systemd:ro /run/user:ro',
    why: "Neither the bus nor the service manager's sockets, but to say READY, to log and to resolve names.",
  },
  { name: 'BindReadOnlyPaths', value: '/run/systemd/notify /run/systemd/journal -/run/systemd/resolve' },
];

const emptyTmp: Property = { name: 'TemporaryFileSystem', value: '/tmp:mode=1777 /var/tmp:mode=1777' };

const tmpProperty = (directory: string): Property => ({
  name: 'BindPaths',
  value: `${directory}:/tmp ${directory}:/var/tmp`,
  why: 'One private /tmp for all replicas of the site: sessions, uploads and locks there survive a roll.',
});

const releaseProperties = ({ access, shared }: Site, release: string, mount: string): readonly Property[] => [
  { name: access === 'read-only' ? 'BindReadOnlyPaths' : 'BindPaths', value: `${release}:${mount}` },
  ...[...shared].map(([inRelease, onHost]) => ({ name: 'BindPaths', value: `${onHost}:${mount}/${inRelease}` })),
];

/** The user and the group of a process of the site. */
export const ownerProperties = ({ user, group }: Site): readonly Property[] => [
  { name: 'User', value: user },
  { name: 'Group', value: group },
];

/**
 * The sandbox of a PHP application (systemd.exec(5), facts.md F10). Left out are MemoryDenyWriteExecute=, which breaks the JIT
 * of PCRE and PHP, and ProcSubset=pid, which breaks sys_getloadavg().
 */
export const sandboxProperties: readonly Property[] = [
  { name: 'UMask', value: '0027' },
  { name: 'NoNewPrivileges', value: 'yes' },
  { name: 'CapabilityBoundingSet', value: '' },
  { name: 'PrivateDevices', value: 'yes' },
  { name: 'PrivateUsers', value: 'yes' },
  { name: 'ProtectClock', value: 'yes' },
  { name: 'ProtectControlGroups', value: 'yes' },
  { name: 'ProtectHostname', value: 'yes' },
  { name: 'ProtectKernelLogs', value: 'yes' },
  { name: 'ProtectKernelModules', value: 'yes' },
  { name: 'ProtectKernelTunables', value: 'yes' },
  { name: 'ProtectProc', value: 'invisible' },
  { name: 'LockPersonality', value: 'yes' },
  { name: 'RemoveIPC', value: 'no' },
  { name: 'RestrictAddressFamilies', value: 'AF_UNIX AF_INET AF_INET6 AF_NETLINK' },
  { name: 'RestrictNamespaces', value: 'yes' },
  { name: 'RestrictRealtime', value: 'yes' },
  { name: 'RestrictSUIDSGID', value: 'yes' },
  { name: 'SystemCallArchitectures', value: 'native' },
  { name: 'SystemCallErrorNumber', value: 'EPERM' },
  { name: 'SystemCallFilter', value: '@system-service' },
  { name: 'SystemCallFilter', value: '~@privileged' },
];

/** The settings as lines of a unit file. */
export const propertyLines = (properties: readonly Property[]): string =>
  properties.map(({ name, value, why }) => `${why === undefined ? '' : `# ${why}\n`}${name}=${value}`).join('\n');
