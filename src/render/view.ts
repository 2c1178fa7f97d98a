import { dirname } from 'node:path';
import { paths as hostPaths, type SitePaths } from '../base/paths.ts';
import { lineOf } from '../site/lines.ts';
import { isTimeout } from '../site/read-pool.ts';
import type { NetworkAccess, Site } from '../site/site.ts';
import { bound, pathList } from './paths-in-units.ts';
import { nameServiceBinds, socketBinds } from './sockets.ts';

/** A setting of a unit, for a unit file and for systemd-run(1) alike. */
export interface Property {
  readonly name: string;
  readonly value: string;
  /** A comment that stands above the setting in a unit file. */
  readonly why?: string;
}

/** What a view is made of. */
export interface ViewSource {
  /** The directory that has `php-fpm.conf` and `php/`. */
  readonly config: string;
  readonly paths: SitePaths;
  /** Directories of php-zd's in /run that the process sees, and may write to. */
  readonly own?: readonly string[];
  /** The file that says what the mount points are to show (`renderIdentity`). */
  readonly identity: string;
  /** The file that says what is laid into the view (`renderLaidMounts`). */
  readonly mounts: string;
  /** What is /dev/shm. Undefined: an empty one, gone with the process. */
  readonly shm: string | undefined;
  /** The site has no directories of its own yet: /tmp is an empty one, gone with the process. */
  readonly isFirst?: boolean;
  /** Somebody sits before it, whose terminal it finds by its name too. */
  readonly hasTerminal?: boolean;
}

/**
 * What a process of the site sees, once the release is laid into it: nothing of php-zd's or of other sites'. No place here is one that
 * the site's user, or whoever deploys, may write to.
 */
export const viewProperties = (
  site: Site,
  { config, paths, own = [], isFirst = false, hasTerminal = false, identity, mounts, shm }: ViewSource,
): readonly Property[] => [
  {
    name: 'BindReadOnlyPaths',
    value: [pathList([hostPaths.mountsSocket]), bound(mounts, hostPaths.mountsToLay)].join(' '),
    why: 'Asks for the release and what is shared in it, which lie where others than root may put a link.',
  },
  isFirst ? emptyTmp : tmpProperty(paths.tmp(site.user)),
  shm === undefined ? emptyShm : { name: 'BindPaths', value: bound(shm, '/dev/shm') },
  {
    name: 'TemporaryFileSystem',
    value: `/run:ro ${hostPaths.state}:ro ${hostPaths.config}:ro`,
    why: 'Of /run and of php-zd only what follows: no bus, no control socket, nothing of another site.',
  },
  ...runProperties(site),
  hasTerminal ? noNewTerminals : noTerminals,
  ...(isFirst
    ? []
    : [
        {
          name: 'BindPaths',
          value: [pathList([...own, paths.sessions(site.user)]), ...laterBinds(site, paths)].join(' '),
        },
      ]),
  {
    name: 'BindReadOnlyPaths',
    value: [bound(`${config}/php-fpm.conf`, paths.fpmConfig), bound(`${config}/php`, paths.phpIni)].join(' '),
  },
  // A view in which something is only judged has none.
  { name: 'BindReadOnlyPaths', value: bound(`-${identity}`, paths.identity) },
  ...(site.environmentFile === undefined
    ? []
    : [{ name: 'BindReadOnlyPaths', value: bound(`${config}/environment.sh`, paths.environment) }]),
  ...(site.sandbox.hasSendmail ? [{ name: 'BindReadOnlyPaths', value: pathList([`-${paths.mail}`]) }] : []),
  { name: 'ProtectSystem', value: 'strict' },
  ...writableProperties(site),
  { name: 'ProtectHome', value: 'tmpfs' },
  {
    name: 'TemporaryFileSystem',
    value: '/home:ro /root:ro /run/user:ro',
    why: 'What systemd 252 makes of ProtectHome=tmpfs everybody could write to.',
  },
];

/** What a process of the site sees of the host's /run. */
const runProperties = (site: Site): readonly Property[] => [
  { name: 'BindReadOnlyPaths', value: '/run/systemd/journal', why: 'To log.' },
  {
    name: 'InaccessiblePaths',
    value: ['socket', 'stdout', 'syslog'].map(name => `-/run/systemd/journal/${name}`).join(' '),
    // A process has its own output before it has its view.
    why: 'journald takes entries of 32 MiB there, with any fields, and has so many streams for the host (facts.md N131). syslog(3) goes by dev-log.',
  },
  { name: 'BindReadOnlyPaths', value: nameServiceBinds, why: 'To resolve names.' },
  {
    name: 'BindReadOnlyPaths',
    value: socketBinds(site),
    why: "The host's databases and caches, and [sandbox] sockets.",
  },
];

/** PrivateDevices= leaves the host's pseudo-terminals, of which the kernel has so many for all (facts.md N133). */
export const noTerminals: Property = { name: 'InaccessiblePaths', value: '-/dev/pts -/dev/ptmx' };
const noNewTerminals: Property = { name: 'InaccessiblePaths', value: '-/dev/pts/ptmx -/dev/ptmx' };

const emptyTmp: Property = {
  name: 'TemporaryFileSystem',
  value: '/tmp:mode=1777 /var/tmp:mode=1777 /run/lock:mode=1777',
};

const emptyShm: Property = { name: 'TemporaryFileSystem', value: '/dev/shm:mode=1777' };

const tmpProperty = (directory: string): Property => ({
  name: 'BindPaths',
  value: ['/tmp', '/var/tmp', '/run/lock'].map(place => bound(directory, place)).join(' '),
  why: 'One private /tmp for all replicas of the site: sessions, uploads and locks there survive a roll.',
});

/** Where the release is mounted. */
export const mountsOf = ({ mount }: Pick<Site, 'mount'>, formerMount: string | undefined): readonly string[] => [
  mount,
  ...(formerMount === undefined ? [] : [formerMount]),
];

interface Entry {
  /** The absolute path of php-zd, beside which the script lies. */
  readonly program: string;
  readonly paths: SitePaths;
  readonly formerMount: string | undefined;
  /** A script with variables, as the process sees it, or "-". */
  readonly environment: string;
  /** The exit status where a mount point shows, or would show, something else than what was found fit. */
  readonly status: number;
  /** The exit status where the release cannot be laid into the view now. */
  readonly notNow: number;
}

/** The words before those of a command, which runs only in the view that is meant. */
export const enterView = (
  site: Pick<Site, 'mount'>,
  { program, paths, formerMount, environment, status, notNow }: Entry,
): readonly string[] => [
  ...['/usr/bin/perl', `${dirname(program)}/ask-for-mounts.pl`, String(status), String(notNow)],
  ...['/usr/bin/dash', `${dirname(program)}/enter-view.sh`, String(status), paths.identity, environment],
  ...[...mountsOf(site, formerMount), '--'],
];

/** Of what the process sees only what is bound or laid there. */
export const HIDDEN = ['/home', '/root', '/run', hostPaths.state, hostPaths.config] as const;

/**
 * What is shared is writable by its own name too, by which a link in the release may name it.
 * Not BindPaths=, which would follow a link of the site's own out of the view. What is missing keeps nothing from its start.
 */
const writableProperties = ({ shared, writable }: Site): readonly Property[] => {
  const directories = [...new Set([...shared.values(), ...writable.filter(path => path.startsWith('/'))])];
  return directories.length === 0
    ? []
    : [{ name: 'ReadWritePaths', value: pathList(directories.map(path => `-${path}`)) }];
};

/** PHP's HOME. */
export const homeOf = ({ home, user }: Site, paths: SitePaths): string => home ?? paths.home(user);

/** What a site that was never started does not have yet. */
const laterBinds = (site: Site, paths: SitePaths): readonly string[] => [
  pathList([`-${homeOf(site, paths)}`]),
  bound(`-${paths.notes(site.user)}`, paths.ownNotes),
];

/**
 * What a process of the site and its descendants may use up besides what the site's slice bounds. Room for the children, and
 * for what each of them may start.
 */
export const limitProperties = ({ maxChildren }: Site): readonly Property[] => [
  {
    name: 'LimitNPROC',
    value: String(PROCESSES + maxChildren * PROCESSES_A_CHILD),
    why: 'Counted for this unit alone (facts.md N30), also where the host has no controller for TasksMax=.',
  },
  {
    name: 'LimitSIGPENDING',
    value: String(SIGNALS_AND_TIMERS),
    why: "Counted for this unit, and as root's too, who has so many for all (facts.md N130).",
  },
];

/** Signals with a value that wait for a process, and timers of timer_create(2): PHP has neither. */
const SIGNALS_AND_TIMERS = 1024;

const PROCESSES = 1024;
const PROCESSES_A_CHILD = 64;

/** The user and the group of a process of the site, and what others may do with its files. */
export const ownerProperties = ({ user, group, umask }: Site): readonly Property[] => [
  { name: 'User', value: user },
  { name: 'Group', value: group },
  { name: 'UMask', value: umask.toString(8).padStart(4, '0') },
];

/**
 * The sandbox of a PHP application (systemd.exec(5), facts.md F10). Left out are MemoryDenyWriteExecute=, which breaks the JIT
 * of PCRE and PHP, and ProcSubset=pid, which breaks sys_getloadavg().
 */
export const sandboxProperties: readonly Property[] = [
  { name: 'NoNewPrivileges', value: 'yes' },
  { name: 'CapabilityBoundingSet', value: '' },
  { name: 'PrivateDevices', value: 'yes' },
  { name: 'PrivateIPC', value: 'yes' },
  { name: 'PrivateMounts', value: 'yes' },
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
  // The kernel counts AIO for all users together, and who opens a FIFO that he takes for a file waits for ever (facts.md N132, N134).
  { name: 'SystemCallFilter', value: '~@aio mknod mknodat' },
  // With PrivateUsers= the kernel counts these as root's, who has 128 inotify instances and so many bytes of queues (facts.md N130).
  { name: 'SystemCallFilter', value: '~inotify_init inotify_init1 mq_open' },
  // PHP's rename() from one mount to another, as from /tmp, gives the file to whose it is already, and warns where it may not. Without
  // capabilities nothing of anybody else's can be had by it.
  { name: 'SystemCallFilter', value: '@chown' },
];

/** The sandbox of the site's own code, with what [sandbox] loosens and tightens. Of a setting that takes a list an empty line forgets the lines before. */
export const siteSandboxProperties = ({ sandbox }: Pick<Site, 'sandbox'>): readonly Property[] => [
  ...sandboxProperties,
  ...networkProperties(sandbox.network),
  ...(sandbox.hasNamespaces ? namespaceProperties : []),
  ...(sandbox.hasInotify ? [{ name: 'SystemCallFilter', value: 'inotify_init inotify_init1' }] : []),
  ...(sandbox.hasSetgid ? [{ name: 'RestrictSUIDSGID', value: 'no' }] : []),
];

/** Not PrivateNetwork=, which systemd passes over in silence in a unit that joins the IPC namespace of one without it (facts.md N77). */
const networkProperties = (network: NetworkAccess): readonly Property[] => {
  if (network === 'yes') return [];
  if (network === 'no') {
    return [
      { name: 'RestrictAddressFamilies', value: '' },
      { name: 'RestrictAddressFamilies', value: 'AF_UNIX' },
    ];
  }
  return [
    { name: 'IPAddressDeny', value: 'any' },
    { name: 'IPAddressAllow', value: network.join(' ') },
  ];
};

/**
 * What Chromium makes its sandbox of: it needs chroot(2) in there, for which it has the right in its own namespace alone, and capset(2) to
 * give that right away (facts.md N76).
 */
const namespaceProperties: readonly Property[] = [
  { name: 'RestrictNamespaces', value: 'user pid net' },
  { name: 'SystemCallFilter', value: 'capset chroot' },
];

/** What the operator's directives of PHP-FPM take beyond the sandbox. */
export const poolProperties = ({ pool }: Site): readonly Property[] => {
  const [files, slow] = [lineOf(pool, 'rlimit_files'), lineOf(pool, 'request_slowlog_timeout')];
  return [
    ...(files === undefined || Number(files) === 0 ? [] : [{ name: 'LimitNOFILE', value: files }]),
    // The master reads the stack of its children, and of no other process (fpm_trace_ptrace.c; facts.md F14).
    ...(isTimeout(slow) ? [{ name: 'SystemCallFilter', value: 'ptrace' }] : []),
  ];
};

/** The settings as lines of a unit file. */
export const propertyLines = (properties: readonly Property[]): string =>
  properties.map(({ name, value, why }) => `${why === undefined ? '' : `# ${why}\n`}${name}=${value}`).join('\n');
