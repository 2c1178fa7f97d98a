import type { FlippedSite } from '../run/releases/link-after.ts';
import { flipBack } from '../run/releases/rollback.ts';
import { loadSite } from '../run/site/load-site.ts';
import { hostedSite } from '../run/site/site-run.ts';
import type { Cli, Exit } from './context.ts';
import { reportUntouched } from './failure.ts';
import { rollFlipped } from './flipped.ts';
import { addJobOptions, type JobOptions } from './job.ts';
import { forEachSite } from './sites.ts';
import type { AddVerbs } from './verbs.ts';

export const addRollback: AddVerbs = (program, cli, verb) => {
  const command = program
    .command('rollback <SITE...>')
    .description('point the link at the previous release again and roll to it; with a standby at once');
  addJobOptions(command).action(verb((names: string[], options: JobOptions) => rollback(cli, names, options)));
};

/** Points the link at the previous release and rolls to that. When the roll fails, the link is as it was. */
const rollback = async (cli: Cli, names: readonly string[], options: JobOptions): Promise<Exit> =>
  await forEachSite(cli, names, async name => {
    const ports = await cli.ports();
    let flipped: FlippedSite;
    try {
      const run = hostedSite((await loadSite(ports, name)).site, ports);
      flipped = { run, flip: await flipBack(run), action: 'reload' };
    } catch (error) {
      return reportUntouched(cli, error);
    }
    return await rollFlipped(cli, flipped, options);
  });
