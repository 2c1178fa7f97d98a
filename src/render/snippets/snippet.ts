import type { Site } from '../../site/site.ts';
import { renderApache } from './apache.ts';
import { renderCaddy } from './caddy.ts';
import { renderHaproxyApp } from './haproxy.ts';
import { renderNginx } from './nginx.ts';
import { type Shown, type WebView, webViewOf } from './web-view.ts';

export const WEB_SERVERS = ['nginx', 'apache', 'caddy', 'haproxy'] as const;
export type WebServer = (typeof WEB_SERVERS)[number];

const renderers: { readonly [Server in WebServer]: (site: Site, view: WebView) => string } = {
  nginx: renderNginx,
  apache: renderApache,
  caddy: renderCaddy,
  haproxy: renderHaproxyApp,
};

/** What an operator puts into the web server's configuration for the site. */
export const renderSnippet = (server: WebServer, site: Site, shown: Shown): string =>
  renderers[server](site, webViewOf(site, shown));
