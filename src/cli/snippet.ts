import { Argument } from 'commander';
import { renderEdge } from '../render/snippets/edge.ts';
import { renderSnippet, WEB_SERVERS, type WebServer } from '../render/snippets/snippet.ts';
import { unfollowedWords } from '../report/words/verbs.ts';
import { findUnfollowed } from '../run/front/static-files.ts';
import { requireEdge } from '../run/site/fit-edge.ts';
import { loadSite } from '../run/site/load-site.ts';
import { lostOverrides } from '../run/site/overrides.ts';
import { lookAtShown } from '../run/site/shown.ts';
import { formatProblem } from '../site/problem.ts';
import { type Cli, Exit } from './context.ts';
import type { AddVerbs } from './verbs.ts';

export const addSnippet: AddVerbs = (program, cli, verb) => {
  program
    .command('snippet')
    .argument('<SITE>')
    .addArgument(new Argument('<WEB-SERVER>').choices(WEB_SERVERS))
    .description("print what a web server's configuration needs for the site")
    .option('--edge', 'of the server that has the TLS and passes every request on to [listen] http')
    .action(verb((name: string, server: WebServer, { edge }: Options) => snippet(cli, { name, server, edge })));
};

interface Options {
  readonly edge?: boolean;
}

interface Asked {
  readonly name: string;
  readonly server: WebServer;
  readonly edge: boolean | undefined;
}

/** Prints a snippet. Only for a site whose file is right: a snippet of a broken one would be wrong too. */
const snippet = async (cli: Cli, { name, server, edge = false }: Asked): Promise<Exit> => {
  const ports = await cli.ports();
  const loaded = await loadSite(ports, name);
  const { site } = loaded;
  const showsFiles = edge ? site.web.server !== undefined : server !== 'haproxy';
  const obeys = server === 'apache' && !edge ? 'apache' : 'nothing';
  const warnings = showsFiles ? await lostOverrides(ports, site, { obeys }) : [];
  for (const warning of warnings) cli.err(`${formatProblem(warning)} (warning)\n`);
  const isStrict = !edge && (server === 'nginx' || server === 'apache') && site.web.server === undefined;
  const unfollowed = isStrict ? await findUnfollowed(ports, name) : undefined;
  if (unfollowed !== undefined) cli.err(unfollowedWords(name, unfollowed));
  cli.out(
    edge
      ? renderEdge(server, site, requireEdge(loaded, server))
      : renderSnippet(server, site, await lookAtShown(ports, site)),
  );
  return Exit.done;
};
