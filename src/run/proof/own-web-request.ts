import type { WebRequest } from '../../ports/web.ts';
import {
  CLIENT_ADDRESS_HEADER,
  CLIENT_HEADER,
  CLIENT_PORT_HEADER,
  HTTPS_HEADER,
  PORT_HEADER,
} from '../../render/web/context.ts';
import type { Site } from '../../site/site.ts';
import { hostHeader } from './own-request.ts';

/** A request of php-zd's own to a replica's web server, as the site's HAProxy would pass on that of a visitor. */
export const ownWebRequest = ({ health, url }: Site, path: string): WebRequest => ({
  path,
  headers: new Map([
    ['Host', hostHeader(url)],
    ['User-Agent', 'php-zd'],
    [CLIENT_HEADER, '127.0.0.1:0'],
    [CLIENT_ADDRESS_HEADER, '127.0.0.1'],
    [CLIENT_PORT_HEADER, '0'],
    [PORT_HEADER, String(url.port)],
    ...(url.scheme === 'https' ? [[HTTPS_HEADER, 'on'] as const] : []),
    ...(health?.headers ?? []),
  ]),
});
