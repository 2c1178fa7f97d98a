import { posix } from 'node:path';
import { isError } from '../../base/errors.ts';
import type { FpmRequest } from '../../ports/php-fpm.ts';
import type { SiteUrl } from '../../site/site.ts';
import type { HostedSite } from '../site/site-run.ts';

/**
 * A request of php-zd's own, as the web server would pass on that of a visitor: for the script that the path names, else for the
 * site's index; with the site's url and parameters and the headers of [health], since an application may redirect or refuse what
 * comes by another host name or without HTTPS. `release` is a path of the release on the host, links followed.
 */
export const ownRequest = ({ site, ports }: HostedSite, release: string, uri: string): FpmRequest => {
  const { mount, index, web, health, url, params } = site;
  const [path = ''] = uri.split('?', 1);
  const named = scriptIn(path, script => ports.host.isFile(posix.join(release, web.root, script)));
  return {
    scriptFilename: posix.join(mount, named === undefined ? index : posix.join(web.root, named.script)),
    documentRoot: posix.join(mount, web.root),
    uri,
    method: 'GET',
    url,
    params: new Map([...(named?.info ? [['PATH_INFO', named.info] as const] : []), ...params]),
    headers: new Map([['Host', hostHeader(url)], ['User-Agent', 'php-zd'], ...(health?.headers ?? [])]),
  };
};

export const hostHeader = ({ scheme, host, port }: SiteUrl): string =>
  port === { http: 80, https: 443 }[scheme] ? host : `${host}:${port}`;

interface Script {
  /** The path of the script, as it begins the path of the request. */
  readonly script: string;
  /** What follows. */
  readonly info: string;
}

/** The script that a path names, as web servers look for it: a file, with or without more behind it, or a directory's index. */
const scriptIn = (path: string, isFile: (script: string) => boolean): Script | undefined => {
  // A path that could leave the document root is the application's alone.
  if (path.split('/').includes('..') || path.includes('%')) return undefined;
  const end = path.indexOf('.php');
  const script = end === -1 ? `${path}index.php` : path.slice(0, end + '.php'.length);
  const info = end === -1 ? '' : path.slice(script.length);
  const isNamed = end === -1 ? path !== '/' && path.endsWith('/') : info === '' || info.startsWith('/');
  return isNamed && isFile(script) ? { script, info } : undefined;
};

/** How there was no answer; undefined: not in time. Throws what is no fault of the replica's. */
export const brokenBy = (error: unknown): string | undefined => {
  if (isError(error, 'deadline')) return undefined;
  if (isError(error, 'fastcgi-unreachable')) return error.facts.errno;
  if (isError(error, 'fastcgi-broken')) return error.facts.reason;
  throw error;
};
