import type { SitePaths } from '../../base/paths.ts';
import type { WebView } from '../snippets/web-view.ts';

/** What the site's HAProxy tells a replica's web server of the visitor: the address with its port, `on` for https, the port. */
export const CLIENT_HEADER = 'X-Php-Zd-Client';
export const HTTPS_HEADER = 'X-Php-Zd-Https';
export const PORT_HEADER = 'X-Php-Zd-Port';
export const SERVER_HEADER = 'X-Php-Zd-Server';

/** Where a web server keeps what it has no other place for, such as a body that comes in chunks: in the site's own /tmp. */
export const WEB_TMP = '/tmp/.php-zd-web';

/** What a replica's own web server sees of its site. */
export interface ReplicaWebView extends WebView {
  /** Where the files are of the release that the site goes to. */
  readonly latestFiles: string;
}

export interface WebContext {
  readonly paths: SitePaths;
  readonly view: ReplicaWebView;
}

/** Where one replica's web server listens, and where its PHP is. */
export interface OwnPlaces {
  readonly socket: string;
  readonly php: string;
}
