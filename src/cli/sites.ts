import { leftOutWords, NO_SITE_WORDS, whichSitesWords } from '../report/words/verbs.ts';
import { listSites } from '../run/site/load-site.ts';
import type { Cli, Exit } from './context.ts';
import { reportFailure, worst } from './failure.ts';

/** The named sites, or all. */
export const sitesOr = async (cli: Cli, names: readonly string[]): Promise<readonly string[]> =>
  names.length > 0 ? names : await allSites(cli);

const allSites = async (cli: Cli): Promise<readonly string[]> => {
  const sites = await listSites(await cli.ports());
  if (sites.length === 0) cli.err(NO_SITE_WORDS);
  return sites;
};

interface Asked {
  readonly names: readonly string[];
  readonly all: true | undefined;
}

/**
 * The named sites, or, with --all, every site: a verb that changes a site does not change all by mistake. Undefined when names
 * and --all were both given, or neither, which is said then.
 */
export const namedOrAll = async (
  cli: Cli,
  verb: string,
  { names, all }: Asked,
): Promise<readonly string[] | undefined> => {
  if (all && names.length === 0) return await allSites(cli);
  if (!all && names.length > 0) return names;
  cli.err(whichSitesWords(verb, all === true));
  return undefined;
};

/** Does the work for each site, one after the other. A failure is said, and does not keep the next site from its turn. */
export const forEachSite = async (
  cli: Cli,
  names: readonly string[],
  work: (site: string) => Promise<Exit>,
): Promise<Exit> => {
  const exits: Exit[] = [];
  for (const site of names) {
    if (cli.signal.aborted) {
      cli.err(leftOutWords(site));
      continue;
    }
    try {
      exits.push(await work(site));
    } catch (error) {
      exits.push(reportFailure(cli, error));
    }
  }
  return worst(exits);
};
