import { renderSnippet } from '../../render/snippets/snippet.ts';
import { type Shown, type WebView, webViewOf } from '../../render/snippets/web-view.ts';
import type { Problem } from '../../site/problem.ts';
import type { Site } from '../../site/site.ts';
import type { LoadedSite, SiteTexts } from '../site/load-site.ts';
import type { Ports } from '../site/ports.ts';
import { hostedByName } from '../site/site-run.ts';
import { whereIn } from '../site/where-in.ts';
import { loadPromoted, promotedTexts } from './generation.ts';

/** A part of a site file that the snippet has. */
interface Part {
  readonly section: string;
  readonly key?: string;
  readonly said: (site: Site, view: WebView) => unknown;
}

const parts: readonly Part[] = [
  { section: 'web', key: 'closed', said: (_, { closed }) => closed },
  { section: 'web', key: 'php_in', said: (_, { phpIn }) => phpIn },
  { section: 'web', key: 'root', said: ({ web }) => web.root },
  { section: 'web', key: 'index', said: (_, { index }) => index },
  { section: 'web', key: 'front_controller', said: (_, { frontController }) => frontController },
  { section: 'writable', said: ({ writable }) => writable },
  { section: 'shared', said: ({ shared }) => [...shared] },
];

/**
 * A warning where the snippet of the site is another one than that of what was promoted: what has the former one goes on by it, whatever a
 * roll says. What a web server of each replica's own has is rolled with it, and what comes over HTTP knows nothing of the release.
 */
export const changedSnippet = async (ports: Ports, { site, texts }: LoadedSite): Promise<readonly Problem[]> => {
  if (!ports.isRoot || site.web.server !== undefined || site.listen.http !== undefined) return [];
  const hosted = hostedByName(site.name, ports);
  const then = await promotedTexts(hosted);
  // Nearly always, and then nothing is parsed.
  if (then === undefined || areSame(then, texts)) return [];
  const former = await loadPromoted(hosted);
  if (former === undefined) return [];
  const shown: Shown = { links: new Map(), indexed: [], isFile: ports.host.isFile };
  // Of the mount point and the socket there is another word.
  const { mount, listen } = former.site;
  const asBefore = { ...site, mount, listen };
  const server = site.haproxy === undefined ? 'nginx' : 'haproxy';
  if (renderSnippet(server, asBefore, shown) === renderSnippet(server, former.site, shown)) return [];
  const views = [former.site, asBefore].map(each => ({ site: each, view: webViewOf(each, shown) }));
  const changed = parts.filter(({ said }) => {
    const [then, now] = views.map(({ site: of, view }) => JSON.stringify(said(of, view) ?? null));
    return then !== now;
  });
  const names = changed.map(({ section, key }) => (key === undefined ? `[${section}]` : `'${key}'`)).join(', ');
  const message =
    `${names === '' ? 'the snippet' : names} changed, and a web server with what "php-zd snippet" printed before goes on by that: ` +
    `bring in what "php-zd snippet ${site.name} ${server}" prints`;
  return [{ ...whereIn(texts, site.name, changed[0]), message }];
};

const areSame = (then: SiteTexts, now: SiteTexts): boolean => then.site === now.site && then.defaults === now.defaults;
