import type { WebPlace, WebRequest } from '../../ports/web.ts';
import type { Http, Site } from '../../site/site.ts';
import { hostHeader } from '../proof/own-request.ts';

/**
 * Where a visitor over HTTP comes in, as far as this host can be one: who stands in front and speaks the PROXY protocol alone may come to
 * such a site. Undefined: nowhere.
 */
export const wayIn = ({ listen: { http } }: Site): WebPlace | undefined => {
  if (http === undefined || http.edge === 'proxy-protocol') return undefined;
  return placeOf(http);
};

/** Who listens at every address listens at these. */
const OF_ANY: Readonly<Record<string, string>> = { '*': '127.0.0.1', '0.0.0.0': '127.0.0.1', '::': '::1' };

const placeOf = ({ at }: Http): WebPlace => {
  if (at.kind === 'socket') return at.path;
  const host = at.host.replace(/^\[|\]$/g, '');
  return { host: OF_ANY[host] ?? host, port: at.port };
};

/** What a visitor's browser sends, and who stands in front of the site says of him. */
export const visit = ({ url, health }: Site, path: string): WebRequest => ({
  path,
  headers: new Map([
    ['Host', hostHeader(url)],
    ['User-Agent', 'php-zd'],
    ['X-Forwarded-For', '127.0.0.1'],
    ['X-Forwarded-Proto', url.scheme],
    ...(health?.headers ?? []),
  ]),
});
