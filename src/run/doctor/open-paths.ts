import { closedIn, PRIVATE } from '../../render/snippets/rules.ts';
import { webViewOf } from '../../render/snippets/web-view.ts';
import type { NginxNode } from '../../site/existing/nginx-file.ts';
import type { Site } from '../../site/site.ts';

/**
 * What the site file closes, or has no script run in, and a server block with the snippet of an earlier site file does not: URLs that
 * nginx sends, or passes to PHP. None of a block that is not made of a snippet, whose writer has his own ways.
 */
export const openPaths = (site: Site, server: NginxNode, isFile: (path: string) => boolean): readonly string[] => {
  if (!locationsIn(server).some(({ args }) => args.at(-1)?.includes(PRIVATE))) return [];
  const view = webViewOf(site, { links: new Map(), indexed: [], isFile });
  const isClosed = closedIn(view);
  const urls = [
    ...view.closed.map(path => path.replaceAll('*', 'x')),
    ...view.written.map(path => `${path}/x${view.extensions[0] ?? '.php'}`),
  ];
  return urls.filter(url => isClosed(url) && isOpen(locationFor(server, url)));
};

const locationsIn = ({ children = [] }: NginxNode): readonly NginxNode[] =>
  children.filter(({ name }) => name === 'location');

/** One that does something else than the snippet's own is the operator's, who knows why. */
const isOpen = (location: NginxNode | undefined): boolean =>
  location === undefined ||
  location.args.join(' ') === '/' ||
  (location.children ?? []).some(({ name }) => name === 'fastcgi_pass');

/** The location that nginx takes for a URL: the longest prefix, unless a pattern fits and the prefix has no ^~. */
const locationFor = (block: NginxNode, url: string): NginxNode | undefined => {
  const all = locationsIn(block);
  const prefix = all
    .filter(({ args }) => isPrefix(args) && url.startsWith(args.at(-1) ?? '-'))
    .sort((a, b) => (b.args.at(-1)?.length ?? 0) - (a.args.at(-1)?.length ?? 0))[0];
  const exact = all.find(({ args: [mark, path] }) => mark === '=' && path === url);
  const found = exact ?? (prefix?.args[0] === '^~' ? prefix : (all.find(({ args }) => fits(args, url)) ?? prefix));
  return found && (locationFor(found, url) ?? found);
};

const isPrefix = ([mark, path]: readonly string[]): boolean =>
  mark === '^~' || (path === undefined && mark?.startsWith('/') === true);

const fits = ([mark, written]: readonly string[], url: string): boolean => {
  if (written === undefined || (mark !== '~' && mark !== '~*')) return false;
  try {
    // Node.js' regular expressions have neither of these; the URLs are written as in the site file.
    const pattern = written.replaceAll('(?i:', '(?:').replaceAll('(?i)', '');
    return new RegExp(pattern, mark === '~*' ? 'i' : '').test(url);
  } catch {
    return false;
  }
};
