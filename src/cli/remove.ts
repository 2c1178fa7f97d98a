import { removalWords, renamedWords } from '../report/words/removal.ts';
import { planRemoval, removeSite } from '../run/releases/remove-site.ts';
import { renameSite } from '../run/releases/rename-site.ts';
import { type Cli, Exit } from './context.ts';
import { forEachSite } from './sites.ts';
import type { AddVerbs } from './verbs.ts';

export const addRemove: AddVerbs = (program, cli, verb) => {
  program
    .command('remove <SITE...>')
    .description('give up a stopped site: all that php-zd has made of it, and not its releases')
    .option('--dry-run', 'only say what')
    .action(
      verb((names: string[], options: { dryRun?: true }) =>
        forEachSite(cli, names, name => remove(cli, name, options.dryRun === true)),
      ),
    );
  program
    .command('rename <SITE> <NEW-NAME>')
    .description('give a stopped site another name, with its file, sessions, home and history')
    .action(verb((site: string, name: string) => rename(cli, site, name)));
};

const remove = async (cli: Cli, site: string, isDry: boolean): Promise<Exit> => {
  const ports = await cli.ports();
  const removal = isDry ? await planRemoval(ports, site) : await removeSite(ports, site);
  cli.out(removalWords(site, removal, isDry));
  return Exit.done;
};

const rename = async (cli: Cli, site: string, name: string): Promise<Exit> => {
  const { left } = await renameSite(await cli.ports(), site, name);
  cli.out(renamedWords(site, name, left));
  return Exit.done;
};
