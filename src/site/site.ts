import type { OwnHaproxies } from '../base/own-haproxies.ts';
import type { Lines } from './lines.ts';

/** A site as its file describes it, every default filled in, every value checked. Times are milliseconds. */
export interface Site {
  readonly name: string;
  /** The site file, for messages and for SourcePath= of the units. */
  readonly file: string;
  /** The release as the operator names it: usually the symlink that the deployment flips. */
  readonly link: string;
  /** The directory, links followed, that all its releases lie in; the release itself where `link` is no link. */
  readonly releases: string;
  /** Where a replica sees its release. */
  readonly mount: string;
  readonly user: string;
  readonly group: string;
  readonly replicas: number;
  /** How many replicas a roll may start beyond `replicas`; as many again may still be at their last requests. */
  readonly surge: number;
  /** `blue-green`: all new replicas are proven first, and then all requests switched in one step. */
  readonly strategy: 'rolling' | 'blue-green';
  /** One replica of the previous release is kept running, drained. */
  readonly standby: boolean;
  /** How long a replica that serves is watched before the roll goes on; 0: not at all. */
  readonly bakeMs: number;
  /**
   * How many times the share of 5xx among the answers of a replica that is watched, and the time that it takes to answer, may be those of
   * the replicas that it is to replace. Undefined: neither is compared.
   */
  readonly bakeErrors: number | undefined;
  readonly bakeLatency: number | undefined;
  readonly access: 'read-only' | 'read-write';
  /** The front controller, relative to the release: what a health request runs. */
  readonly index: string;
  /** Bits that new files of PHP's do not get. */
  readonly umask: number;
  /** PHP's HOME; undefined: a directory that php-zd keeps for the site. */
  readonly home: string | undefined;
  /** What requests of php-zd's own look like. */
  readonly url: SiteUrl;
  readonly params: ReadonlyMap<string, string>;
  readonly environmentFile: string | undefined;
  /** What that file said when it was read, for a roll; nothing before. */
  readonly environment: ReadonlyMap<string, string>;
  readonly php: Php;
  /** Directives of php-fpm's pool section, in the order of the file, defaults of ours included (pm, pm.max_children). */
  readonly pool: Lines;
  /** pm.max_children: what one replica can do at once. */
  readonly maxChildren: number;
  readonly env: ReadonlyMap<string, string>;
  /** Path in the release -> absolute path on the host, bound writable over it. */
  readonly shared: ReadonlyMap<string, string>;
  /** Directories that PHP may write to: paths in the release, and absolute ones on the host. */
  readonly writable: readonly string[];
  readonly listen: Listen;
  readonly web: Web;
  /** HAProxies of the operator's that balance the replicas too. */
  readonly haproxy: OwnHaproxy | undefined;
  /** Undefined: a replica is proven by FPM's ping, and by the front controller answering without a 5xx. */
  readonly health: Health | undefined;
  readonly warmup: Warmup;
  readonly drain: Drain;
  readonly hooks: Hooks;
  readonly limits: Limits;
  readonly sandbox: Sandbox;
}

export interface Php {
  /** Absolute path of the php-fpm binary. */
  readonly binary: string;
  /** For example `8.2`. */
  readonly version: string;
  /** Extra php.ini settings. */
  readonly ini: Lines;
  /** Who said where PHP's sessions are: the site's file, the host's, or nobody, so that php-zd does. */
  readonly sessionsBy: 'site' | 'host' | 'nobody';
  /** Whether somebody else than php-zd says what mail() calls. */
  readonly hasSendmailPath: boolean;
  /** The host's open_basedir, where the site has no other. */
  readonly hostBasedir: string | undefined;
}

/** Where visitors find a site. */
export interface SiteUrl {
  readonly scheme: 'http' | 'https';
  /** Name or address, without a port. */
  readonly host: string;
  readonly port: number;
}

/**
 * How a site is reached. All ways end at the one balancer, which gives each connection, and so each request, to a replica: what holds
 * or drains there holds for all of them.
 */
export interface Listen {
  /** The socket path that the web server uses: it speaks FastCGI there. */
  readonly fastcgi: string;
  /** Undefined: the site is not reached over HTTP but through a web server. */
  readonly http: Http | undefined;
  /** A user who may connect besides the group. */
  readonly owner: string | undefined;
  readonly group: string;
  /** Permission bits, for example 0o660. */
  readonly mode: number;
  /** How long a request waits in the balancer for a free child. */
  readonly queueTimeoutMs: number;
}

/** A way in over HTTP, to the site's front controller. */
export interface Http {
  readonly at: HttpPlace;
  /** By what whoever stands in front says who the visitor is, and whether he came by https. `none`: visitors come by themselves. */
  readonly edge: 'none' | 'headers' | 'proxy-protocol';
  /** The addresses and networks of those who are believed. Of a socket nobody has an address: who may connect there is believed. */
  readonly edgeFrom: readonly string[];
}

/** A socket on the host, or an address of IPv4 or IPv6; `*` is every address of both. */
export type HttpPlace =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'address'; readonly host: string; readonly port: number };

/** The web servers that a replica may have of its own. */
export const WEB_SERVERS = ['nginx', 'apache', 'caddy'] as const;
export type WebServerKind = (typeof WEB_SERVERS)[number];

/** A web server of each replica's own. */
export interface WebServer {
  readonly kind: WebServerKind;
  /** A file with directives of the operator's. */
  readonly include: string | undefined;
  /** What that file said when it was read, for a roll; nothing before. */
  readonly directives: string;
}

/** What the web server shows of the release. All paths are relative to `root`, but for `root` itself. */
export interface Web {
  /** Undefined: the replicas are PHP-FPM alone, and whoever stands in front sends the static files. */
  readonly server: WebServer | undefined;
  /** The document root, relative to the release; `.` is the release itself. */
  readonly root: string;
  /** The names of a directory's index, the most wanted first. */
  readonly index: readonly string[];
  /** The script for what is neither a file nor a directory with an index. Undefined: there is none. */
  readonly frontController: string | undefined;
  /** Files and directories that are not public; an asterisk stands for any text. */
  readonly closed: readonly string[];
  /** Directories whose scripts run although the site writes there. */
  readonly phpIn: readonly string[];
  /** The .htaccess files that the operator has dealt with, relative to `root`. */
  readonly htaccessDone: readonly string[];
  /** Undefined: any replica may answer any request of a visitor's. */
  readonly sticky: Sticky | undefined;
}

/**
 * HAProxies of the operator's: a way in past php-zd's own balancer, which balances the same replicas through the same gates, and is
 * driven with them.
 */
export interface OwnHaproxy extends OwnHaproxies {
  /** The user that their workers run as. */
  readonly user: string;
  readonly mode: 'http' | 'tcp';
}

/** A visitor over HTTP stays with the release that has answered him, until its last replica is taken out. */
export interface Sticky {
  /** How long before that new pages come from the other release, and only the files of pages that visitors have from this one. */
  readonly graceMs: number;
}

export interface Health {
  readonly path: string;
  readonly status: number;
  readonly body: RegExp | undefined;
  readonly headers: ReadonlyMap<string, string>;
  /** How many good answers in a row. */
  readonly passes: number;
  readonly intervalMs: number;
  /** After the last pass the replica must still be well for this long. */
  readonly soakMs: number;
  readonly deadlineMs: number;
}

/** What a new replica is asked before it is proven, so that the first visitor does not wait while PHP compiles. */
export interface Warmup {
  readonly paths: readonly string[];
  /** How often each of them is asked. */
  readonly count: number;
  /** How many requests are under way at once. */
  readonly concurrency: number;
  /** Whether a failed request ends the roll; otherwise it is a warning. */
  readonly isRequired: boolean;
  /** The scripts that OPcache holds in a replica that serves are compiled in the new one. */
  readonly opcache: boolean;
  /** For the whole of the warming. */
  readonly deadlineMs: number;
}

export interface Drain {
  readonly timeoutMs: number;
  /**
   * What becomes of a replica that is not idle in time. `abort`: it goes back to work and the roll fails. `park`: it is stopped
   * once it is free. `kill`: it is stopped now.
   */
  readonly onTimeout: 'abort' | 'park' | 'kill';
  /** How long a parked replica is left to its last requests; Infinity: for ever. */
  readonly parkTimeoutMs: number;
  /** Names of programs that requests may leave running: nobody waits for these, and they end with their replica. */
  readonly daemons: readonly string[];
}

/** What all processes of the site may use up of the host, in the words of systemd and, for shm, of mount(8). */
export interface Limits {
  readonly memory: string;
  readonly tasks: string;
  /** The size of /dev/shm. */
  readonly shm: string;
}

/** What the site's processes may besides what every site's may. */
export interface Sandbox {
  /** Directories directly in /run, whose sockets they may connect to as far as the sockets' own modes allow. */
  readonly sockets: readonly string[];
  readonly network: NetworkAccess;
  /** Whether mail() comes to the host's sendmail, outside of the sandbox. */
  readonly hasSendmail: boolean;
  /** Whether programs may make namespaces, for a sandbox of their own. */
  readonly hasNamespaces: boolean;
  /** Whether programs may watch files, by what root has so much of for all sites. */
  readonly hasInotify: boolean;
  /** Whether PHP may set the set-group-ID and the set-user-ID bit. */
  readonly hasSetgid: boolean;
}

/** What may be reached over the network: everything, nothing, or these addresses and networks alone. */
export type NetworkAccess = 'yes' | 'no' | readonly string[];

/** When a hook runs: before anything is changed, before visitors meet the release, after a good roll, after any other. */
export const HOOKS = ['before_roll', 'before_serve', 'after_roll', 'on_failure'] as const;
export type HookName = (typeof HOOKS)[number];

export type Hooks = { readonly [Name in HookName]?: HookCommand } & {
  /** For each hook. */
  readonly timeoutMs: number;
};

export interface HookCommand {
  readonly words: readonly string[];
  /** Whether the command runs as root, and not as the site's user. */
  readonly isRoot: boolean;
}

/**
 * The numbers of a site's slots, from 1. With surge there are two for each replica, so that all new replicas have a place while
 * the old ones are at their last requests; without surge each replica is restarted in its place. The standby has one more.
 */
export const slotsOf = ({
  replicas,
  surge,
  standby,
}: Pick<Site, 'replicas' | 'surge' | 'standby'>): readonly number[] =>
  Array.from({ length: (surge > 0 ? 2 * replicas : replicas) + (standby ? 1 : 0) }, (_, index) => index + 1);
