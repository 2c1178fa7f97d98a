import { basename, posix } from 'node:path';
import { isError } from '../../base/errors.ts';
import { closedIn } from '../../render/snippets/rules.ts';
import { type WebView, webViewOf } from '../../render/snippets/web-view.ts';
import { Allowance } from '../../site/allowance.ts';
import { parseHtaccess, settingIn } from '../../site/htaccess.ts';
import type { ClosedBy, Closing } from '../../site/htaccess-closings.ts';
import { relativePathProblem } from '../../site/paths.ts';
import type { Problem } from '../../site/problem.ts';
import type { Site } from '../../site/site.ts';
import { type Found, findBelow, findBelowAll, isUnfinished } from './found-below.ts';
import { isNamedIn } from './named-in.ts';
import type { Ports } from './ports.ts';

/** How deep below the document root, and below what is shared in it, whose directories may have very many files. */
const DEPTH = '5';
const SHARED_DEPTH = '2';
/** A site chose its .htaccess files: these bounds keep it from taking the time of others, whatever it writes. */
const MOST_FILES = 1_000;
const MOST_BYTES = 64 * 1024;
const MOST_BYTES_OF_ALL = 512 * 1024;
const MOST_LETTERS = 300_000;
const MOST_PATH = 200;
/** How many letters of paths are told at once: the others are told once these are written. */
const MOST_TOLD = 2_000;
const MOST_BY_HAND = 10;
const MOST_PLACES = 5;

/** What a web server obeys of a .htaccess: what the snippet for Apache lets pass, or nothing. */
export type Obeys = 'apache' | 'nothing';

const OBEYED: Readonly<Record<Obeys, readonly ClosedBy[]>> = { apache: ['access', 'alias'], nothing: [] };

/** A line of a .htaccess that closes what the rules of the snippets leave open. */
interface Lost {
  readonly file: string;
  /** What `htaccess_done` calls it. */
  readonly done: string;
  readonly closing: Closing;
  /** What `closed` has to say besides; undefined where it cannot. */
  readonly paths: readonly string[] | undefined;
}

/**
 * Warnings of what .htaccess files close below the document root and the web server shows: `obeys` says of which, else it is the one
 * that is there.
 */
export const lostOverrides = async (
  ports: Ports,
  site: Site,
  { obeys, found: known = NOTHING }: { readonly obeys?: Obeys; readonly found?: Overrides } = {},
): Promise<readonly Problem[]> => {
  const found = await findFiles(ports, site, known);
  if (found === undefined || found.files.length + found.unlooked.length === 0) return [];
  const server = obeys ?? (await obeysOf(ports, site));
  if (server === undefined) return [];
  const { lost: all, sets, unlooked } = await lostIn(ports, site, found);
  const lost = all.filter(({ closing }) => !OBEYED[server].includes(closing.by));
  // Elsewhere nobody ever obeyed them.
  const isApaches =
    sets.length > 0 &&
    (obeys === 'apache' || (server === 'apache' && (await isNamedIn(ports, site.listen.fastcgi, APACHE))));
  return [
    ...byKey(site, lost),
    ...byHand(site, lost),
    ...(isApaches ? setsOf(site, sets) : []),
    ...found.unlooked,
    ...unlooked,
  ];
};

const setsOf = (site: Site, sets: readonly Setting[]): readonly Problem[] =>
  sets.slice(0, MOST_BY_HAND).map(({ file, done, line, directive }) => {
    const message = `${directive} sets what PHP or visitors get, and Apache obeys none of it here: write what the file sets in the virtual host, and 'htaccess_done = ${[...site.web.htaccessDone, done].join(' ')}' in [web] of ${basename(site.file)}`;
    return { file, line, message };
  });

/** One for all that `closed` can say: the line as it is to be written. */
const byKey = (site: Site, lost: readonly Lost[]): readonly Problem[] => {
  const said = lost.filter(({ paths }) => paths !== undefined);
  const [first, ...others] = said;
  if (first === undefined) return [];
  const paths = new Set(said.flatMap(each => each.paths ?? []));
  const told = firstOf([...paths], MOST_TOLD);
  const all = new Set([...site.web.closed, ...told]);
  const places = others.slice(0, MOST_PLACES).map(placeOf).join(', ');
  const more = others.length > MOST_PLACES ? ` and ${others.length - MOST_PLACES} more` : '';
  const also = others.length === 0 ? '' : ` (as ${places}${more})`;
  const rest = told.length === paths.size ? '' : '; what else they close is told then';
  const message = `closes what the web server would show or run${also}: write 'closed = ${[...all].join(' ')}' in [web] of ${basename(site.file)}, and bring what php-zd snippet prints then into the web server${rest}`;
  return [{ file: first.file, line: first.closing.line, message }];
};

/** As many as have so many letters together, and one at least. */
const firstOf = (texts: readonly string[], letters: number): readonly string[] => {
  let sum = 0;
  return texts.filter((text, at) => {
    sum += text.length + 1;
    return at === 0 || sum <= letters;
  });
};

const byHand = (site: Site, lost: readonly Lost[]): readonly Problem[] =>
  lost
    .filter(({ paths }) => paths === undefined)
    .slice(0, MOST_BY_HAND)
    .map(({ file, done, closing: { line } }) => {
      const message = `${BY_HAND}, and write 'htaccess_done = ${[...site.web.htaccessDone, done].join(' ')}' in [web] of ${basename(site.file)}`;
      return { file, line, message };
    });

const BY_HAND =
  "closes what the web server would show or run, by a rule that 'closed' in [web] cannot say: close in the web server's configuration what visitors may not have";

const placeOf = ({ file, closing: { line } }: Lost): string => `${file}:${line}`;

interface Sought {
  readonly root: string;
  readonly view: WebView;
  readonly files: readonly SoughtFile[];
  /** Of directories in which not all of them could be found. */
  readonly unlooked: readonly Problem[];
}

interface SoughtFile {
  /** Its directory. */
  readonly url: string;
  readonly file: string;
}

/** The files to look at; undefined without a release. */
const findFiles = async (ports: Ports, site: Site, known: Overrides): Promise<Sought | undefined> => {
  const root = rootOf(ports, site);
  if (root === undefined) return undefined;
  const view = webViewOf(site, { links: new Map(), indexed: [], isFile: ports.host.isFile });
  const shared = view.shared.filter(({ isFile }) => !isFile).map(({ path, host }) => ({ url: path.slice(1), host }));
  const all = await Promise.all([
    filesIn(ports, { url: '', host: root }, DEPTH, known),
    ...shared.map(place => filesIn(ports, place, SHARED_DEPTH, NOTHING)),
  ]);
  const isDone = (url: string) => site.web.htaccessDone.includes(posix.join(url, '.htaccess'));
  const files = all.flatMap(each => each.files).filter(({ url }) => !isDone(url));
  return { root, view, files, unlooked: all.flatMap(each => each.unlooked) };
};

/** The first line of a .htaccess that sets what the application or its visitors get. */
interface Setting {
  readonly file: string;
  readonly done: string;
  readonly line: number;
  readonly directive: string;
}

interface AllLost {
  readonly lost: readonly Lost[];
  readonly sets: readonly Setting[];
  /** Of files that were not looked at whole. */
  readonly unlooked: readonly Problem[];
}

const lostIn = async (ports: Ports, site: Site, { root, view, files }: Sought): Promise<AllLost> => {
  const isClosed = closedIn(view);
  const { extensions } = view;
  const allowance = new Allowance(MOST_LETTERS);
  const lost: Lost[] = [];
  const sets: Setting[] = [];
  const unlooked: Problem[] = [];
  let bytes = 0;
  for (const [at, { url, file }] of files.entries()) {
    const text = (await ports.files.readStraight(file, MOST_BYTES)) ?? '';
    bytes += text.length;
    const closings = parseHtaccess(text, { directory: url, extensions, allowance });
    if (at >= MOST_FILES || bytes > MOST_BYTES_OF_ALL || allowance.isSpent) {
      unlooked.push(notLookedAt(file, `${LEFT_OFF} ${doneWords(site)}`));
      break;
    }
    if (text.length >= MOST_BYTES) unlooked.push(notLookedAt(file, `${TOO_LONG} ${doneWords(site)}`));
    const set = settingIn(text);
    if (set !== undefined) sets.push({ file, done: posix.join(url, '.htaccess'), ...set });
    for (const closing of closings) {
      const paths = closing.paths?.filter(path => !isClosed(sampleOf(path)));
      if (paths?.length === 0) continue;
      if (!closing.isMaybeRoute || paths?.some(path => isThere(ports, root, path)))
        lost.push({ file, done: posix.join(url, '.htaccess'), closing, paths });
    }
  }
  return { lost, sets, unlooked };
};

const notLookedAt = (file: string, message: string): Problem => ({ file, line: 1, message });

const LEFT_OFF = `is not looked at, nor are the .htaccess files that come after it: of a site php-zd looks at ${MOST_FILES} of them, ${MOST_BYTES_OF_ALL / 1024} KiB, whose patterns stand for ${MOST_LETTERS} letters;`;
const TOO_LONG = `is not looked at whole: php-zd reads its first ${MOST_BYTES / 1024} KiB;`;
const doneWords = (site: Site): string =>
  `name in 'htaccess_done' in [web] of ${basename(site.file)} those that close nothing which the web server does not close`;

const sampleOf = (path: string): string => `/${path.replaceAll('*', 'x')}`;

/** Whether that is in the release which stands before any asterisk. */
const isThere = ({ host }: Ports, root: string, path: string): boolean => {
  const [begin = ''] = path.split('*');
  const named = begin === path ? path : posix.dirname(`${begin}x`);
  const at = posix.join(root, named);
  return named !== '.' && (host.isFile(at) || host.isDirectory(at));
};

interface Place {
  readonly url: string;
  readonly host: string;
}

/** The .htaccess files below a place, the highest first, each with its directory as URLs have it. None where this user may not look. */
const filesIn = async (ports: Ports, { url, host: begin }: Place, depth: string, known: Overrides) => {
  const resolved = ports.host.resolveDirectory(begin);
  if (resolved === undefined) return { files: [], unlooked: [] };
  const { entries, isWhole } = known.get(resolved) ?? (await overridesIn(ports, resolved, depth));
  const files = entries
    .flatMap(([path = '']) => (relativePathProblem(path) === undefined && path.length <= MOST_PATH ? [path] : []))
    .sort((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1))
    .map(path => {
      const directory = posix.join(url, posix.dirname(path));
      return { url: directory === '.' ? '' : directory, file: posix.join(resolved, path) };
    });
  return { files, unlooked: isWhole ? [] : [notLookedAt(resolved, TOO_MANY)] };
};

const TOO_MANY = 'is not looked at whole for .htaccess files: there is too much in it';

/** The .htaccess files of directories, by their paths below each. */
type Overrides = ReadonlyMap<string, Found>;

const NOTHING: Overrides = new Map();

const wantedFiles = (depth: string) => ({
  tests: ['-maxdepth', depth, '-name', 'node_modules', '-prune', '-o', '-name', '.htaccess', '-type', 'f'],
  fields: ['%P'],
  most: 2 * MOST_FILES,
});

/** Those of the document roots of all sites by one process; of none where that could not be found out for all at once. */
export const overridesOfAll = async (ports: Ports, sites: readonly Site[]): Promise<Overrides> => {
  const named = sites.flatMap(site => rootOf(ports, site) ?? []);
  const roots = named.flatMap(root => ports.host.resolveDirectory(root) ?? []);
  return await findBelowAll(ports, roots, wantedFiles(DEPTH));
};

const rootOf = ({ host }: Ports, { link, web }: Site): string | undefined => {
  const release = host.resolveDirectory(link);
  return release === undefined ? undefined : posix.join(release, web.root);
};

/** None where the directory is gone, or this user may not look there. */
const overridesIn = async (ports: Ports, directory: string, depth: string): Promise<Found> => {
  try {
    return (await findBelow(ports, [directory], wantedFiles(depth))).get(directory) ?? NONE;
  } catch (error) {
    if (isUnfinished(error)) return { entries: [], isWhole: false };
    if (isError(error, 'command-failed')) return NONE;
    throw error;
  }
};

const NONE: Found = { entries: [], isWhole: true };

/** Web servers that obey nothing of a .htaccess, and where each has its configuration. */
const OTHERS = ['/etc/nginx', '/etc/caddy', '/etc/lighttpd'];
const APACHE = ['/etc/apache2'];

/** Undefined for a site of which nobody shows a file: visitors come by php-zd's own HAProxy to PHP alone. */
const obeysOf = async (ports: Ports, site: Site): Promise<Obeys | undefined> => {
  const { web, listen } = site;
  if (web.server !== undefined) return 'nothing';
  if (await isNamedIn(ports, listen.fastcgi, OTHERS)) return 'nothing';
  return listen.http === undefined || (await isNamedIn(ports, listen.fastcgi, APACHE)) ? 'apache' : undefined;
};
