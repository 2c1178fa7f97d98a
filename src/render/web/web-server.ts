import { posix } from 'node:path';
import type { SitePaths } from '../../base/paths.ts';
import type { Site, WebServer } from '../../site/site.ts';
import type { RenderContext } from '../generated.ts';
import { webViewOf } from '../snippets/web-view.ts';
import { type OwnPlaces, type ReplicaWebView, WEB_TMP, type WebContext } from './context.ts';
import { nginxCommand, renderNginxConfig, renderNginxOwn } from './nginx.ts';

/** What is the same of every web server that a replica may have: a further one is a further member. */
interface Renderer {
  readonly config: (site: Site, server: WebServer, context: WebContext) => string;
  /** What one replica has of its own. */
  readonly own: (site: Site, own: OwnPlaces) => string;
  /** The command that runs it in the foreground on a configuration. */
  readonly command: (config: string) => string;
  /** As `command`, which only judges the configuration. */
  readonly test: (config: string) => string;
}

const renderers: { readonly [Kind in WebServer['kind']]: Renderer } = {
  nginx: {
    config: renderNginxConfig,
    own: renderNginxOwn,
    command: nginxCommand,
    test: config => `${nginxCommand(config)} -q -t`,
  },
};

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
      ...{ isFile: false, isWritten: false },
    })),
  };
};

export const renderWebConfig = (site: Site, server: WebServer, context: RenderContext): string =>
  renderers[server.kind].config(site, server, { paths: context.paths, view: replicaWebView(site, context) });

export const renderWebOwn = (site: Site, server: WebServer, own: OwnPlaces): string =>
  renderers[server.kind].own(site, own);

/** A shell's words that run the web server, or have it judge its configuration. What is left of one that was killed goes first. */
export const webCommand = (server: WebServer, paths: SitePaths, what: 'test' | { readonly socket: string }): string => {
  const make = `mkdir -p -m 0700 ${WEB_TMP} && `;
  const { command, test } = renderers[server.kind];
  return what === 'test'
    ? `${make}exec ${test(paths.webConfig)}`
    : `${make}rm -f ${what.socket} && exec ${command(paths.webConfig)}`;
};
