import { SPEAKS_PROXY } from '../../render/snippets/edge.ts';
import type { WebServer } from '../../render/snippets/snippet.ts';
import type { Http } from '../../site/site.ts';
import { type LoadedSite, SiteProblems } from './load-site.ts';

/** How the site is reached over HTTP by this server. Rejects with `site-invalid` where nothing it says of a visitor is believed. */
export const requireEdge = ({ site, positions }: LoadedSite, server: WebServer): Http => {
  const { http } = site.listen;
  const position = positions.http ?? { file: site.file, line: 1 };
  if (http === undefined) throw new SiteProblems(site.name, [{ ...position, message: NO_HTTP }]);
  const message = problemOf(http, server);
  if (message !== undefined) throw new SiteProblems(site.name, [{ ...position, message }]);
  return http;
};

const NO_HTTP =
  "the site is not reached over HTTP: write 'http' in [listen], a socket or an address such as 127.0.0.1:8080";

const problemOf = ({ edge }: Http, server: WebServer): string | undefined => {
  if (edge === 'none') {
    return "whoever stands in front of 'http' is not believed, so PHP would see that one in place of the visitor: write 'edge = headers' in [listen]";
  }
  return edge === 'proxy-protocol' && server !== SPEAKS_PROXY
    ? `${server}, as Debian has it, does not say it by the PROXY protocol: write 'edge = headers' in [listen]`
    : undefined;
};
