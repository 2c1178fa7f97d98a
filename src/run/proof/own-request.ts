import { isError } from '../../base/errors.ts';
import type { FpmRequest } from '../../ports/php-fpm.ts';
import type { Site } from '../../site/site.ts';

/**
 * A request to a replica that does not serve yet: for the site's index, named as the web server would name it, with the headers
 * of [health], since an application may redirect or refuse a request without a host name or X-Forwarded-Proto.
 */
export const ownRequest = ({ mount, index, health }: Site, uri: string): FpmRequest => {
  const scriptFilename = `${mount}/${index}`;
  return {
    scriptFilename,
    documentRoot: scriptFilename.slice(0, scriptFilename.lastIndexOf('/')),
    uri,
    method: 'GET',
    headers: new Map([['Host', 'localhost'], ['User-Agent', 'php-zd'], ...(health?.headers ?? [])]),
  };
};

/** How there was no answer; undefined: not in time. Throws what is no fault of the replica's. */
export const brokenBy = (error: unknown): string | undefined => {
  if (isError(error, 'deadline')) return undefined;
  if (isError(error, 'fastcgi-unreachable')) return error.facts.errno;
  if (isError(error, 'fastcgi-broken')) return error.facts.reason;
  throw error;
};
