import { basename, posix } from 'node:path';
import { isError } from '../../base/errors.ts';
import { isClosed } from '../../render/snippets/rules.ts';
import { webViewOf } from '../../render/snippets/web-view.ts';
import { parseHtaccess } from '../../site/htaccess.ts';
import type { ClosedBy, Closing } from '../../site/htaccess-closings.ts';
import { relativePathProblem } from '../../site/paths.ts';
import type { Problem } from '../../site/problem.ts';
import type { Site } from '../../site/site.ts';
import type { Ports } from './ports.ts';

/** How deep below the document root, and below what is shared in it, whose directories may have very many files. */
const DEPTH = '5';
const SHARED_DEPTH = '2';
const MOST_FILES = 100;
const MOST_BYTES = 64 * 1024;
/** Whoever may write a .htaccess chose it. */
const MOST_PATH = 200;
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
  const found = await findLost(ports, site, known);
  if (found.length === 0) return [];
  const server = obeys ?? (await obeysOf(ports, site));
  const lost = server === undefined ? [] : found.filter(({ closing }) => !OBEYED[server].includes(closing.by));
  return [...byKey(site, lost), ...byHand(site, lost)];
};

/** One for all that `closed` can say: the line as it is to be written. */
const byKey = (site: Site, lost: readonly Lost[]): readonly Problem[] => {
  const said = lost.filter(({ paths }) => paths !== undefined);
  const [first, ...others] = said;
  if (first === undefined) return [];
  const all = new Set([...site.web.closed, ...said.flatMap(({ paths }) => paths ?? [])]);
  const places = others.slice(0, MOST_PLACES).map(placeOf).join(', ');
  const more = others.length > MOST_PLACES ? ` and ${others.length - MOST_PLACES} more` : '';
  const also = others.length === 0 ? '' : ` (as ${places}${more})`;
  const message = `closes what the web server would show or run${also}: write 'closed = ${[...all].join(' ')}' in [web] of ${basename(site.file)}, and bring what php-zd snippet prints then into the web server`;
  return [{ file: first.file, line: first.closing.line, message }];
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

const findLost = async (ports: Ports, site: Site, known: Overrides): Promise<readonly Lost[]> => {
  const root = rootOf(ports, site);
  if (root === undefined) return [];
  const view = webViewOf(site, { links: new Map(), indexed: [], isFile: ports.host.isFile });
  const shared = view.shared.filter(({ isFile }) => !isFile).map(({ path, host }) => ({ url: path.slice(1), host }));
  const files = [
    ...(await filesIn(ports, { url: '', host: root }, DEPTH, known)),
    ...(await Promise.all(shared.map(place => filesIn(ports, place, SHARED_DEPTH, NOTHING)))).flat(),
  ];
  const lost: Lost[] = [];
  const isDone = (url: string) => site.web.htaccessDone.includes(posix.join(url, '.htaccess'));
  for (const { url, file } of files.filter(each => !isDone(each.url)).slice(0, MOST_FILES)) {
    const text = (await ports.files.readStraight(file, MOST_BYTES)) ?? '';
    for (const closing of parseHtaccess(text, url, view.extensions)) {
      const paths = closing.paths?.filter(path => path.length > MOST_PATH || !isClosed(view, sampleOf(path)));
      if (paths?.length === 0) continue;
      if (!closing.isMaybeRoute || paths?.some(path => isThere(ports, root, path)))
        lost.push({ file, done: posix.join(url, '.htaccess'), closing, paths });
    }
  }
  return lost;
};

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
  if (resolved === undefined) return [];
  const found = known.get(resolved) ?? (await overridesIn(ports, [resolved], depth)).get(resolved) ?? [];
  return found
    .filter(path => relativePathProblem(path) === undefined)
    .sort((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1))
    .map(path => {
      const directory = posix.join(url, posix.dirname(path));
      return { url: directory === '.' ? '' : directory, file: posix.join(resolved, path) };
    });
};

/** The .htaccess files of directories, by their paths below each. */
type Overrides = ReadonlyMap<string, readonly string[]>;

const NOTHING: Overrides = new Map();

/** Those of the document roots of all sites by one process; none where one of them is gone, so that each is asked about by itself. */
export const overridesOfAll = async (ports: Ports, sites: readonly Site[]): Promise<Overrides> => {
  const named = sites.flatMap(site => rootOf(ports, site) ?? []);
  const roots = named.flatMap(root => ports.host.resolveDirectory(root) ?? []);
  return roots.length === 0 ? NOTHING : await overridesIn(ports, [...new Set(roots)], DEPTH);
};

const rootOf = ({ host }: Ports, { link, web }: Site): string | undefined => {
  const release = host.resolveDirectory(link);
  return release === undefined ? undefined : posix.join(release, web.root);
};

/** None at all where one of the directories is gone, or this user may not look there. */
const overridesIn = async ({ commands }: Ports, directories: readonly string[], depth: string): Promise<Overrides> => {
  const names = ['-name', 'node_modules', '-prune', '-o', '-name', '.htaccess', '-type', 'f', '-printf', '%H\\0%P\\0'];
  try {
    const parts = (await commands.run('find', [...directories, '-xdev', '-maxdepth', depth, ...names])).split('\0');
    const found = new Map<string, string[]>(directories.map(directory => [directory, []]));
    for (let at = 0; at + 1 < parts.length; at += 2) found.get(parts[at] ?? '')?.push(parts[at + 1] ?? '');
    return found;
  } catch (error) {
    if (isError(error, 'command-failed')) return NOTHING;
    throw error;
  }
};

/** Web servers that obey nothing of a .htaccess, and where each has its configuration. */
const OTHERS = ['/etc/nginx', '/etc/caddy', '/etc/lighttpd'];

/** Undefined for a site of which nobody shows a file: visitors come by php-zd's own HAProxy to PHP alone. */
const obeysOf = async (ports: Ports, { web, listen }: Site): Promise<Obeys | undefined> => {
  if (web.server !== undefined) return 'nothing';
  const names = async (directories: readonly string[]): Promise<boolean> => {
    try {
      await ports.commands.run('grep', ['-Rqs', '--fixed-strings', '--', listen.fastcgi, ...directories]);
      return true;
    } catch (error) {
      if (isError(error, 'command-failed')) return false;
      throw error;
    }
  };
  if (await names(OTHERS)) return 'nothing';
  return listen.http === undefined || (await names(['/etc/apache2'])) ? 'apache' : undefined;
};
