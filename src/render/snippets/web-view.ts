import { posix } from 'node:path';
import { sitePaths } from '../../base/paths.ts';
import { isAtOrBelow } from '../../site/paths.ts';
import { scriptExtensions } from '../../site/script-extensions.ts';
import type { Site } from '../../site/site.ts';

/** What the release has that a web server must be told of. */
export interface Shown {
  /** Links in the document root: path in it -> target as it is written. */
  readonly links: ReadonlyMap<string, string>;
  /** Directories of the document root that have an index, relative to it; without the root itself. */
  readonly indexed: readonly string[];
  /** Whether a path of the host is a file. */
  readonly isFile: (path: string) => boolean;
}

/** What every web server in front of a site needs to know of it. */
export interface WebView {
  /** Where the web server finds static files: below a link of php-zd's, so that it need not be told of a roll. */
  readonly files: string;
  /** Where the way of these two begins that others than root may have put links in. */
  readonly linksFrom: string;
  /** Where it looks for those that are not there: the pages of the release before are still being read. */
  readonly formerFiles: string;
  /** Where the replicas see the document root, whichever release they run. */
  readonly scripts: string;
  /** What the name of a script ends in, with its dot. */
  readonly extensions: readonly string[];
  readonly index: readonly string[];
  /** The URL of the front controller. */
  readonly frontController: string | undefined;
  /** The URLs of the directories that have an index, each with the URL of that index. */
  readonly indexed: readonly string[];
  /** What of [shared] is public. The deepest first, since some servers take the first that fits. */
  readonly shared: readonly Place[];
  /** Paths as PHP sees them, for X-Accel-Redirect, and where they are on the host. The deepest first. */
  readonly sendable: readonly Place[];
  /** URLs of directories whose scripts do not run, since the site writes there. */
  readonly written: readonly string[];
  /** URLs of directories of these, whose scripts do run. */
  readonly phpIn: readonly string[];
  /** URLs of what is not public. */
  readonly closed: readonly string[];
  /** Whether the document root is the release itself, with what package managers put there. */
  readonly isWholeRelease: boolean;
}

/** A path, of a URL or as PHP sees it, and what it stands for on the host. */
export interface Place {
  readonly path: string;
  readonly host: string;
  readonly isFile: boolean;
  /** The directory of the host below which a link on the way there counts only where it is its target's owner's. */
  readonly linksFrom: string;
  /** Where else on the host a file may be: in the release before, whose replicas may still answer. */
  readonly formerHost?: string;
}

/** The one place that knows where the document root is, for the web server and for PHP. */
export const webViewOf = (site: Site, shown: Shown): WebView => {
  const { mount, web } = site;
  const { run, staticFiles, formerStaticFiles } = sitePaths(site.name);
  const url = (path: string) => `/${path}`;
  const places = placesOf(site, shown);
  const closed = web.closed.map(url);
  const extensions = scriptExtensions(site.pool);
  const isScript = (path: string) => extensions.some(extension => path.endsWith(extension));
  return {
    files: posix.join(staticFiles, web.root),
    linksFrom: run,
    formerFiles: posix.join(formerStaticFiles, web.root),
    scripts: posix.join(mount, web.root),
    extensions,
    index: web.index,
    frontController: web.frontController === undefined ? undefined : url(web.frontController),
    indexed: shown.indexed.map(url),
    shared: places.filter(({ path }) => isPublic(path, closed) && !isScript(path)),
    sendable: sendableOf(site, shown),
    written: [
      ...new Set([
        ...places.filter(({ isFile, linksFrom }) => !isFile && linksFrom !== run).map(({ path }) => path),
        ...site.writable.flatMap(path => (posix.isAbsolute(path) ? [] : inRoot(site, path))).map(url),
      ]),
    ],
    phpIn: web.phpIn.map(url),
    closed,
    isWholeRelease: web.root === '.',
  };
};

/** A path in the release relative to the document root; none where it is not below that. */
const inRoot = ({ web }: Site, path: string): readonly string[] => {
  const within = posix.relative(web.root, path);
  return within === '' || within.startsWith('..') ? [] : [within];
};

/**
 * What of [shared] lies in the document root, by itself or by a link of the release, such as Laravel's public/storage; and what of [writable]
 * does by such a link, which is seldom of the user who writes there.
 */
const placesOf = (site: Site, { links, isFile }: Shown): readonly Place[] => {
  const { shared, web } = site;
  const direct = [...shared].flatMap(([path, host]) =>
    inRoot(site, path).map(within => [within, { host, share: host }] as const),
  );
  const linked = [...links].flatMap(([path, target]) => {
    const led = leadsTo(site, posix.join(web.root, path), target);
    return led === undefined ? [] : [[path, led] as const];
  });
  const all = new Map<string, Led>([...linked, ...direct]);
  return deepestFirst(
    [...all].map(([path, { host, share }]) => {
      const isOne = isFile(host);
      return {
        ...{ path: `/${path}`, host, isFile: isOne },
        linksFrom: isOne && host === share ? posix.dirname(host) : share,
      };
    }),
  );
};

/** Where a link leads: to something of what is shared, or of the releases, by the link that is php-zd's. */
interface Led {
  readonly host: string;
  /** Below this others than root may have put links. */
  readonly share: string;
}

/** What of [shared] or [writable] a link of the release leads to; undefined when it leads elsewhere. */
const leadsTo = (
  { name, mount, link, releases, shared, writable }: Site,
  path: string,
  target: string,
): Led | undefined => {
  const seen = posix.resolve(posix.dirname(posix.join(mount, path)), target);
  const inRelease = [mount, link].find(base => isAtOrBelow(seen, base));
  // Of releases/42/storage what lies behind the name of the release: a link may have been made in another one.
  const named = isAtOrBelow(seen, releases) ? posix.relative(releases, seen).split('/').slice(1).join('/') : undefined;
  const relative = inRelease === undefined ? named : seen.slice(inRelease.length + 1);
  for (const [shareName, host] of shared) {
    if (relative !== undefined && isAtOrBelow(relative, shareName))
      return { host: host + relative.slice(shareName.length), share: host };
    if (isAtOrBelow(seen, host)) return { host: seen, share: host };
  }
  if (relative === undefined || !writable.some(place => isAtOrBelow(relative, place))) return undefined;
  const { run, staticFiles } = sitePaths(name);
  return { host: posix.join(staticFiles, relative), share: run };
};

const isPublic = (url: string, closed: readonly string[]): boolean =>
  !url.includes('/.') && !closed.some(path => isAtOrBelow(url, path));

/**
 * The release at its mount point, which is empty on the host; and [shared], there and by its own path, which several lines may have: nginx
 * takes no location twice.
 */
const sendableOf = ({ name, mount, shared }: Site, { isFile }: Shown): readonly Place[] => {
  const { run, staticFiles: host, formerStaticFiles: formerHost } = sitePaths(name);
  const seen = new Map(
    [...shared].flatMap(([path, onHost]) => [
      [posix.join(mount, path), onHost],
      [onHost, onHost],
    ]),
  );
  return deepestFirst([
    { path: mount, host, formerHost, isFile: false, linksFrom: run },
    ...[...seen].map(([path, onHost]) => ({
      ...{ path, host: onHost, isFile: isFile(onHost) },
      linksFrom: isFile(onHost) ? posix.dirname(onHost) : onHost,
    })),
  ]);
};

const deepestFirst = (places: readonly Place[]): readonly Place[] =>
  [...places].sort((a, b) => b.path.split('/').length - a.path.split('/').length || (a.path < b.path ? -1 : 1));

/** The host of the site's address; without one a name for the operator to replace. */
export const serverName = ({ name, url }: Site): string =>
  url.host === 'localhost' ? `${name}.example.com` : url.host;

/** Debian's web servers run as this group, or are in it; HAProxy is not. */
export const WEB_GROUP = 'www-data';

/**
 * A comment that says how HAProxy's user may connect. `user` and `group` of [global], which Debian's has, drop all groups that usermod(8)
 * would give it.
 */
export const haproxyAccessLine = ({ listen, name }: Site): string =>
  listen.owner === 'haproxy' || listen.group === 'haproxy'
    ? ''
    : `# haproxy needs the socket: write owner = haproxy in [listen] of ${name}.ini, then php-zd reload ${name}.\n`;

/** A comment that says how the web server's user may connect; empty where `[listen]` lets that user connect already. */
export const accessLine = ({ listen, name }: Site, user: string, groups: readonly string[]): string =>
  listen.owner === user || groups.includes(listen.group)
    ? ''
    : `# ${user} needs the socket's group: usermod -aG ${listen.group} ${user}; or owner = ${user} in [listen] of ${name}.ini.\n`;
