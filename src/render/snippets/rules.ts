import type { WebView } from './web-view.ts';

// Regular expressions over the path of a URL, decoded, for nginx, Apache and HAProxy (PCRE) and for Caddy (RE2, without
// lookaround). The order of the rules: what is closed, then scripts, then what is hidden, then the rest.

/**
 * A script, and what stands behind its name (PATH_INFO). No directory on the way to it is hidden; what stands behind may have any
 * name, such as /remote.php/dav/files/a/.bashrc.
 */
export const scriptRule = ({ extensions }: Extended): string => `^(?:/+[^/.][^/]*)+${anyEnding(extensions)}(?:/|$)`;

/** The endings of scripts: `\\.php`, or one of several. */
export const scriptEnding = ({ extensions }: Extended): string => anyEnding(extensions);

type Extended = Pick<WebView, 'extensions'>;

const anyEnding = (extensions: readonly string[]): string =>
  extensions.length === 1 ? extensions.map(escaped).join('') : `\\.(?:${namesOf(extensions)})`;

/** Without the dots that they begin with. */
const namesOf = (extensions: readonly string[]): string =>
  extensions.map(extension => escaped(extension.slice(1))).join('|');

/** Hidden files and directories, but for /.well-known/ (RFC 8615), of which WELL_KNOWN tells. */
export const HIDDEN = '/\\.';
export const WELL_KNOWN = '/.well-known/';

/**
 * Source text and what editors and package managers leave beside it: whatever of it is no script that runs would be sent as it
 * is. In upper case too, which PHP-FPM does not run (security.limit_extensions).
 */
export const sourceRule = ({ extensions }: Extended): string =>
  `(?i)\\.(?:ph(?:p[0-9]?|ps|tml|ar|t)|inc|sql${orMore(extensions)})(?:~|[.](?:bak|dist|old|orig|save|sw[op]))?(?:/|$)|` +
  '/(?:composer\\.(?:json|lock)|package(?:-lock)?\\.json|yarn\\.lock|web\\.config)$';

/** What is a script besides .php. */
const orMore = (extensions: readonly string[]): string => {
  const more = extensions.filter(extension => extension !== '.php');
  return more.length === 0 ? '' : `|${namesOf(more)}`;
};

/** What is closed by its place: it neither runs nor is sent. Beginning with ^. */
export const closedRules = (view: WebView): readonly string[] => [
  ...(view.closed.length === 0 ? [] : [`^(?i:${listedRule(view)})`]),
  ...closedByPlace(view),
];

/** In upper case too: whoever closed it in a web server by a pattern may have meant both, as with nginx's `~*`. */
const listedRule = ({ closed }: WebView): string => `${anyOf(closed)}(?:/|$)`;

/** Drupal's private files, where its manual has them closed: in each snippet. */
export const PRIVATE = '^/sites/[^/]+/(?:files/)?private/';

const closedByPlace = (view: WebView): readonly string[] => [
  ...(view.isWholeRelease
    ? [
        `^/(?:vendor|node_modules)/.*\\.(?:php${orMore(view.extensions)}|phar|json|lock|xml|ya?ml|neon|dist|md|txt|sh|bat)(?:/|$)`,
      ]
    : []),
  PRIVATE,
];

/**
 * Where no script runs: [shared], [writable] and what WordPress and Drupal call their uploads. No directory on the way there has a dot in its
 * name, so that /remote.php/dav/uploads/a/x.php is Nextcloud's to answer.
 */
export const writtenRules = ({ written, extensions }: WebView): readonly string[] => {
  const script = `${anyEnding(extensions)}(?:/|$)`;
  return [
    ...(written.length === 0 ? [] : [`^${anyOf(written)}/.*${script}`]),
    `^/(?:[^/.]+/)*uploads/.*${script}`,
    `^/sites/[^/]+/files/.*${script}`,
  ];
};

/** Of these directories scripts run nevertheless; undefined when there is none. */
export const allowedRule = ({ phpIn }: WebView): string | undefined =>
  phpIn.length === 0 ? undefined : `^${anyOf(phpIn)}/`;

/** The rules of places as one, for a server that knows lookahead. */
export const placeRule = (view: WebView): string => [...closedRules(view), unlessAllowed(view)].join('|');

const unlessAllowed = (view: WebView): string => {
  const allowed = allowedRule(view);
  const written = writtenRules(view).join('|');
  return allowed === undefined ? written : `^(?!${allowed.slice(1)})(?:${written.replaceAll('^', '')})`;
};

/** What tells whether every server that is told of these rules answers the path of a URL with 403. */
export const closedIn = (view: WebView): ((url: string) => boolean) => {
  // Node.js' regular expressions have no (?i:).
  const isListed = view.closed.length === 0 ? undefined : new RegExp(`^${listedRule(view)}`, 'i');
  const isPlace = new RegExp([...closedByPlace(view), unlessAllowed(view)].join('|'));
  const isScript = new RegExp(scriptRule(view));
  const isHidden = new RegExp(`${HIDDEN}(?!well-known/)`);
  const isSource = new RegExp(sourceRule(view).replace('(?i)', ''), 'i');
  return url =>
    isListed?.test(url) === true ||
    isPlace.test(url) ||
    (!isScript.test(url) && (isHidden.test(url) || isSource.test(url)));
};

/**
 * Paths have no other characters that mean anything in a regular expression (relativePathProblem in src/site/paths.ts); `*` is any text,
 * in what is closed (closedPathProblem in src/site/value-types.ts).
 */
export const escaped = (path: string): string => path.replace(/[.+]/g, '\\$&').replaceAll('*', '.*');

const anyOf = (paths: readonly string[]): string =>
  paths.length === 1 ? paths.map(escaped).join('') : `(?:${paths.map(escaped).join('|')})`;
