import { flipBack } from '../run/releases/rollback.ts';
import { toNobody } from '../run/site/events.ts';
import { loadSite } from '../run/site/load-site.ts';
import { siteRun } from '../run/site/site-run.ts';
import type { Cli, Exit } from './context.ts';
import { addFollowOptions, type FollowOptions } from './control.ts';
import { reportUntouched } from './failure.ts';
import { type Flipped, rollFlipped } from './flipped.ts';
import { forEachSite } from './sites.ts';
import type { AddVerbs } from './verbs.ts';

export const addRollback: AddVerbs = (program, cli, verb) => {
  const command = program
    .command('rollback <SITE...>')
    .description('point the link at the previous release again and roll to it; with a standby at once');
  addFollowOptions(command).action(verb((names: string[], options: FollowOptions) => rollback(cli, names, options)));
};

/** Points the link at the previous release again and rolls to it; when that fails, the link is as it was. */
const rollback = async (cli: Cli, names: readonly string[], options: FollowOptions): Promise<Exit> =>
  await forEachSite(cli, names, async name => {
    const ports = await cli.ports();
    let flipped: Flipped;
    try {
      const run = siteRun((await loadSite(ports, name)).site, ports, toNobody);
      flipped = { run, flip: await flipBack(run), action: 'reload' };
    } catch (error) {
      return reportUntouched(cli, error);
    }
    return await rollFlipped(cli, flipped, options);
  });
