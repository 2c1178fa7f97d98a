import { renderStatusPage, renderStatusTable } from '../report/status.ts';
import { loadSiteOrPromoted } from '../run/generation/site-or-promoted.ts';
import { siteRun } from '../run/site-run.ts';
import { isFullyServing, observeStatus, type SiteStatus } from '../run/status.ts';
import { formatProblem } from '../site/problem.ts';
import { type Cli, Exit } from './context.ts';
import { forEachSite, sitesOr } from './sites.ts';
import { type AddVerbs, slotNumber } from './verbs.ts';

export const addStatus: AddVerbs = (program, cli, verb) => {
  program
    .command('status [SITE...]')
    .description('how the sites and their replicas are, and what is not right')
    .option('--replica <N>', 'only this replica', slotNumber)
    .option('--json', 'as JSON')
    .action(verb((names: string[], options: StatusOptions) => status(cli, names, options)));
  program
    .command('list')
    .description('the names of the sites')
    .option('--json', 'as JSON')
    .action(verb((options: { json?: true }) => list(cli, options)));
};

interface StatusOptions {
  readonly json?: true;
  readonly replica?: number;
}

/** A table of all sites, a page for one. */
const status = async (cli: Cli, names: readonly string[], options: StatusOptions): Promise<Exit> => {
  const statuses: SiteStatus[] = [];
  const exit = await forEachSite(cli, await sitesOr(cli, names), async name => {
    const found = await statusOf(cli, name);
    const replicas = found.replicas.filter(({ slot }) => options.replica === undefined || slot === options.replica);
    statuses.push({ ...found, replicas });
    if (options.replica === undefined) return isFullyServing(found) ? Exit.done : Exit.notServing;
    return replicas.some(({ isServing }) => isServing) ? Exit.done : Exit.notServing;
  });
  const now = (await cli.ports()).clock.now();
  if (options.json) cli.out(`${JSON.stringify(statuses, undefined, 2)}\n`);
  else if (names.length > 0) cli.out(statuses.map(found => renderStatusPage(found, now)).join('\n'));
  else cli.out(renderStatusTable(statuses));
  return exit;
};

const statusOf = async (cli: Cli, name: string): Promise<SiteStatus> => {
  const ports = await cli.ports();
  const loaded = await loadSiteOrPromoted(ports, name, event => {
    if (event.kind === 'using-promoted') for (const problem of event.problems) cli.err(`${formatProblem(problem)}\n`);
  });
  return await observeStatus(siteRun(loaded.site, ports, () => undefined));
};

/** The names of the sites. */
const list = async (cli: Cli, options: { readonly json?: true }): Promise<Exit> => {
  const sites = await sitesOr(cli, []);
  cli.out(options.json ? `${JSON.stringify(sites)}\n` : sites.map(site => `${site}\n`).join(''));
  return Exit.done;
};
