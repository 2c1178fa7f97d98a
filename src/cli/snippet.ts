import { Argument } from 'commander';
import { renderSnippet, WEB_SERVERS, type WebServer } from '../render/snippets/snippet.ts';
import { loadSite } from '../run/site/load-site.ts';
import { lookAtShown } from '../run/site/shown.ts';
import { type Cli, Exit } from './context.ts';
import type { AddVerbs } from './verbs.ts';

export const addSnippet: AddVerbs = (program, cli, verb) => {
  program
    .command('snippet')
    .argument('<SITE>')
    .addArgument(new Argument('<WEB-SERVER>').choices(WEB_SERVERS))
    .description("print what a web server's configuration needs for the site")
    .action(verb((name: string, server: WebServer) => snippet(cli, name, server)));
};

/** Prints a snippet. Only for a site whose file is right: a snippet of a broken one would be wrong too. */
const snippet = async (cli: Cli, name: string, server: WebServer): Promise<Exit> => {
  const ports = await cli.ports();
  const { site } = await loadSite(ports, name);
  cli.out(renderSnippet(server, site, await lookAtShown(ports, site)));
  return Exit.done;
};
