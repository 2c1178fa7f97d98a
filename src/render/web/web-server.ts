import { posix } from 'node:path';
import type { SitePaths } from '../../base/paths.ts';
import type { Site, WebServer, WebServerKind } from '../../site/site.ts';
import type { RenderContext } from '../generated.ts';
import { webViewOf } from '../snippets/web-view.ts';
import { apache } from './apache.ts';
import { caddy } from './caddy.ts';
import { type OwnPlaces, type Renderer, type ReplicaWebView, WEB_TMP } from './context.ts';
import { nginx } from './nginx.ts';

/** A further web server is a further member. */
const renderers: Readonly<Record<WebServerKind, Renderer>> = { nginx, apache, caddy };

/** A replica's own web server sees what its PHP sees: no path of it is one of the host's. */
const replicaWebView = (site: Site, { paths, written = [] }: RenderContext): ReplicaWebView => {
  const view = webViewOf(site, { links: new Map(), indexed: [], isFile: () => false });
  const { mount, web, shared } = site;
  return {
    ...view,
    files: view.scripts,
    latestFiles: posix.join(paths.staticFiles, web.root),
    formerFiles: posix.join(paths.formerStaticFiles, web.root),
    // Over the release lies what is shared: a file of it is one like the others.
    shared: [],
    written: [...new Set([...written, ...view.written])],
    sendable: [mount, ...new Set(shared.values())].map(path => ({
      ...{ path, host: path },
      ...{ isFile: false, linksFrom: path },
    })),
  };
};

export const renderWebConfig = (site: Site, server: WebServer, context: RenderContext): string =>
  renderers[server.kind].config(site, server, { paths: context.paths, view: replicaWebView(site, context) });

export const renderWebOwn = (site: Site, kind: WebServerKind, own: OwnPlaces): string => renderers[kind].own(site, own);

/** At which a web server sends what it has begun to send, and ends. */
export const stopSignalOf = ({ kind }: WebServer): string => renderers[kind].stopSignal;

/** What a web server runs for. */
type Purpose = 'test' | { readonly slot: string; readonly socket: string };

/** A shell's words that run the web server, or have it judge its configuration. What is left of one that was killed goes first. */
export const webCommand = ({ kind }: WebServer, { webConfig: config }: SitePaths, what: Purpose): string => {
  const { command, test, leftovers } = renderers[kind];
  const tmp = `${WEB_TMP}/${what === 'test' ? what : what.slot}`;
  const make = `mkdir -p -m 0700 ${WEB_TMP} ${tmp}`;
  if (what === 'test') return `${make} && ${test({ config, tmp })}`;
  return `${make} && rm -f ${[what.socket, ...leftovers(what.socket)].join(' ')} && ${command({ config, tmp })}`;
};
