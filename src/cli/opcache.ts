import { noReplicaWords, opcacheResetWords } from '../report/words/opcache.ts';
import { resetOpcache } from '../run/replica/reset-opcache.ts';
import { requireSiteFile } from '../run/site/known-site.ts';
import { hostedByName } from '../run/site/site-run.ts';
import { type Cli, Exit } from './context.ts';
import { forEachSite } from './sites.ts';
import type { AddVerbs } from './verbs.ts';

export const addOpcache: AddVerbs = (program, cli, verb) => {
  program
    .command('reset-opcache <SITE...>')
    .description('empty the OPcache of every replica; requests go on')
    .action(verb((names: string[]) => forEachSite(cli, names, site => reset(cli, site))));
};

const reset = async (cli: Cli, site: string): Promise<Exit> => {
  const ports = await cli.ports();
  await requireSiteFile(ports, site);
  const resets = await resetOpcache(hostedByName(site, ports));
  if (resets.length === 0) {
    cli.err(noReplicaWords(site));
    return Exit.failed;
  }
  const isWhole = resets.every(({ outcome }) => outcome === 'emptied');
  for (const each of resets) (each.outcome === 'emptied' ? cli.out : cli.err)(opcacheResetWords(site, each));
  return isWhole ? Exit.done : Exit.failed;
};
