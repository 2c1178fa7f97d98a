import type { SitePaths } from '../../base/paths.ts';
import type { Site, WebServer } from '../../site/site.ts';
import type { WebView } from '../snippets/web-view.ts';

/**
 * What the site's HAProxy tells a replica's web server of the visitor: the address with its port, and each of them alone, for who cannot take
 * that apart; `on` for https; the address and the port that the visitor came to.
 */
export const CLIENT_HEADER = 'X-Php-Zd-Client';
export const CLIENT_ADDRESS_HEADER = 'X-Php-Zd-Client-Address';
export const CLIENT_PORT_HEADER = 'X-Php-Zd-Client-Port';
export const HTTPS_HEADER = 'X-Php-Zd-Https';
export const PORT_HEADER = 'X-Php-Zd-Port';
export const SERVER_HEADER = 'X-Php-Zd-Server';

/** The headers that are the site's HAProxy's to say, and that neither a visitor nor PHP has. */
export const OWN_HEADERS = [
  ...[CLIENT_HEADER, CLIENT_ADDRESS_HEADER, CLIENT_PORT_HEADER],
  ...[HTTPS_HEADER, PORT_HEADER, SERVER_HEADER],
] as const;

/** A header as PHP would have it. */
export const headerParam = (header: string): string => `HTTP_${header.toUpperCase().replaceAll('-', '_')}`;

/** How many files a web server may have open: HAProxy gives a site some hundred requests at once, each with a file or PHP's answer beside it. */
export const WEB_FILES = 16_384;

/** How long a web server waits for PHP, which has limits of its own. */
export const LONGEST_S = 86_400;

/**
 * Where the web servers keep what they have no other place for, such as a body that comes in chunks: a directory for each of them, in the
 * site's own /tmp.
 */
export const WEB_TMP = '/tmp/.php-zd-web';

/** What a replica's own web server sees of its site. */
export interface ReplicaWebView extends WebView {
  /** Where the files are of the release that the site goes to. */
  readonly latestFiles: string;
}

/** The pages of the releases before and after ask for their files too, whichever replica they come to. */
export const furtherRoots = ({ formerFiles, latestFiles }: ReplicaWebView) =>
  [
    { name: 'latest', root: latestFiles, why: 'In a roll the pages of another release ask for its files too.' },
    { name: 'former', root: formerFiles, why: 'And those of the release before.' },
  ] as const;

export interface WebContext {
  readonly paths: SitePaths;
  readonly view: ReplicaWebView;
}

/** Where one replica's web server listens, and where its PHP is. */
export interface OwnPlaces {
  readonly socket: string;
  readonly php: string;
}

/** What a web server is started with. */
export interface Start {
  readonly config: string;
  /** A directory of its own, for what it has no other place for. */
  readonly tmp: string;
}

/** What is the same of every web server that a replica may have. */
export interface Renderer {
  readonly config: (site: Site, server: WebServer, context: WebContext) => string;
  /** What one replica has of its own. */
  readonly own: (site: Site, own: OwnPlaces) => string;
  /** A shell's words that become it, in the foreground. Not a word of systemd's: they have no character that means something there. */
  readonly command: (start: Start) => string;
  /** As `command`, which only judges the configuration. */
  readonly test: (start: Start) => string;
  /** At which it sends what it has begun to send, and ends. */
  readonly stopSignal: string;
  /** What it may leave beside its socket where it is killed. */
  readonly leftovers: (socket: string) => readonly string[];
}
