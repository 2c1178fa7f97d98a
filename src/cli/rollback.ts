import { loadSite } from '../run/load-site.ts';
import { flipBack } from '../run/rollback.ts';
import { siteRun } from '../run/site-run.ts';
import { type Cli, Exit } from './context.ts';
import { controlSite } from './control.ts';
import { forEachSite } from './sites.ts';
import type { AddVerbs } from './verbs.ts';

export const addRollback: AddVerbs = (program, cli, verb) => {
  program
    .command('rollback <SITE...>')
    .description('point the link at the previous release again and roll to it; with a standby at once')
    .action(verb((names: string[]) => rollback(cli, names)));
};

/** Points the link at the previous release again and rolls to it; when that fails, the link is as it was. */
const rollback = async (cli: Cli, names: readonly string[]): Promise<Exit> =>
  await forEachSite(cli, names, async name => {
    const ports = await cli.ports();
    const { site } = await loadSite(ports, name);
    const flip = await flipBack(siteRun(site, ports, () => undefined));
    cli.err(`${site.release} names ${flip.release} again.\n`);
    const exit = await controlSite(cli, ports, 'reload', name);
    if (exit !== Exit.done && !cli.signal.aborted) {
      await flip.undo();
      cli.err(`${site.release} is as it was before the rollback.\n`);
    }
    return exit;
  });
