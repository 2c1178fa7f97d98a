import { InvalidArgumentError } from 'commander';
import { pruneWords, renderReleases } from '../report/releases.ts';
import { keptWords, removingWords } from '../report/words/verbs.ts';
import { observeNeeds } from '../run/releases/needs.ts';
import { pruneReleases } from '../run/releases/prune.ts';
import { hostedToList, hostedToShow, observeReleases, type Release } from '../run/releases/releases.ts';
import type { HostedSite } from '../run/site/site-run.ts';
import { type Cli, Exit } from './context.ts';
import { jsonText } from './json.ts';
import { forEachSite, namedOrAll, sitesOr } from './sites.ts';
import type { AddVerbs } from './verbs.ts';

export const addReleases: AddVerbs = (program, cli, verb) => {
  program
    .command('releases [SITE...]')
    .description('the releases of a site: which is promoted, previous, linked, bad, and who uses it')
    .option('--json', 'as JSON')
    .action(verb((names: string[], options: { json?: true }) => releases(cli, names, options)));
  program
    .command('prune [SITE...]')
    .description('remove releases but the newest, and never one that is in use')
    .requiredOption('--keep <N>', 'so many of the newest stay', keepCount)
    .option('--dry-run', 'only say which')
    .option('--all', 'every site')
    .option('--json', 'as JSON')
    .action(verb((names: string[], options: PruneOptions) => prune(cli, names, options)));
};

interface PruneOptions {
  readonly keep: number;
  readonly dryRun?: true;
  readonly all?: true;
  readonly json?: true;
}

const keepCount = (text: string): number => {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError('It is a number of releases.');
  return Number(text);
};

const releases = async (cli: Cli, names: readonly string[], { json }: { readonly json?: true }): Promise<Exit> => {
  const found: { readonly site: string; readonly releases: readonly Release[] }[] = [];
  const ports = await cli.ports();
  const needs = await observeNeeds(ports);
  const exit = await forEachSite(cli, await sitesOr(cli, names), async site => {
    const hosted = await hostedToShow(ports, site, needs);
    found.push({ site, releases: await observeReleases(hosted, needs) });
    return Exit.done;
  });
  if (json) cli.out(jsonText(found));
  else cli.out(found.map(each => renderReleases(each.site, each.releases)).join('\n'));
  return exit;
};

const prune = async (cli: Cli, names: readonly string[], options: PruneOptions): Promise<Exit> => {
  const sites = await namedOrAll(cli, 'prune', { names, all: options.all });
  if (sites === undefined) return Exit.invalid;
  const { keep, dryRun: isDry = false, json } = options;
  const removing = (release: string) => cli.err(removingWords(release));
  const kept = (release: string) => cli.err(keptWords(release));
  const found: { readonly site: string; readonly removed: readonly string[] }[] = [];
  const exit = await forEachSite(cli, sites, async site => {
    const request = { keep, isDry, removing, kept, signal: cli.signal };
    const removed = await pruneReleases(await runOf(cli, site), request);
    if (json) found.push({ site, removed });
    else cli.out(pruneWords(site, removed, isDry));
    return Exit.done;
  });
  if (json) cli.out(jsonText(found));
  return exit;
};

const runOf = async (cli: Cli, name: string): Promise<HostedSite> => {
  const ports = await cli.ports();
  return await hostedToList(ports, name);
};
