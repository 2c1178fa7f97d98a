import { listSites } from '../run/load-site.ts';
import type { Cli, Exit } from './context.ts';
import { reportFailure, worst } from './failure.ts';

/** The named sites, or all. */
export const sitesOr = async (cli: Cli, names: readonly string[]): Promise<readonly string[]> =>
  names.length > 0 ? names : await listSites(await cli.ports());

/** Does it for each site, one after the other; what fails for one is said and does not keep the next from it. */
export const forEachSite = async (
  cli: Cli,
  names: readonly string[],
  work: (site: string) => Promise<Exit>,
): Promise<Exit> => {
  const exits: Exit[] = [];
  for (const site of names) {
    if (cli.signal.aborted) {
      cli.err(`php-zd: ${site} was left out: nothing was asked of it.\n`);
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
