import { InvalidArgumentError } from 'commander';
import { renderHistory } from '../report/history.ts';
import { noRollYetWords } from '../report/words/verbs.ts';
import { type HistoryEntry, readHistory } from '../run/record/history.ts';
import { requireKnownSite } from '../run/site/known-site.ts';
import { hostedByName } from '../run/site/site-run.ts';
import { type Cli, Exit } from './context.ts';
import { jsonText } from './json.ts';
import { forEachSite, sitesOr } from './sites.ts';
import type { AddVerbs } from './verbs.ts';

export const addHistory: AddVerbs = (program, cli, verb) => {
  program
    .command('history [SITE...]')
    .description('the rolls of a site: when, who asked, from, to, the result, and what it cost')
    .option('-n, --lines <N>', `the last N rolls, ${PRESET_LINES} unless written; 0: all`, count)
    .option('--json', 'as JSON; all, unless -n is given')
    .action(verb((names: string[], options: HistoryOptions) => history(cli, names, options)));
};

const PRESET_LINES = 20;

interface HistoryOptions {
  readonly lines?: number;
  readonly json?: true;
}

const count = (text: string): number => {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It is a number of rolls.');
  return Number(text);
};

interface SiteHistory {
  readonly site: string;
  /** Oldest first. */
  readonly rolls: readonly HistoryEntry[];
}

const history = async (cli: Cli, names: readonly string[], options: HistoryOptions): Promise<Exit> => {
  const { json, lines = json ? 0 : PRESET_LINES } = options;
  const found: SiteHistory[] = [];
  const exit = await forEachSite(cli, await sitesOr(cli, names), async site => {
    const ports = await cli.ports();
    await requireKnownSite(ports, site);
    const rolls = await readHistory(hostedByName(site, ports));
    found.push({ site, rolls: lines === 0 ? rolls : rolls.slice(-lines) });
    return Exit.done;
  });
  if (json) cli.out(jsonText(found));
  else cli.out(found.map(each => pageOf(each, found.length > 1)).join('\n'));
  return exit;
};

const pageOf = ({ site, rolls }: SiteHistory, isOneOfMany: boolean): string => {
  const title = isOneOfMany ? `${site}:\n` : '';
  return `${title}${rolls.length === 0 ? noRollYetWords(site) : renderHistory(rolls)}`;
};
