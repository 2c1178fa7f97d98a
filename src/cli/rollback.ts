import { resolve } from 'node:path';
import { describeEvent } from '../report/words/events.ts';
import { passedOverWords } from '../report/words/flip.ts';
import { flipTo } from '../run/releases/flip.ts';
import type { FlippedSite } from '../run/releases/link-after.ts';
import { prepareRollback } from '../run/releases/rollback.ts';
import { requireSiteFile } from '../run/site/known-site.ts';
import { namedRun } from '../run/site/site-run.ts';
import type { Cli, Exit } from './context.ts';
import { reportUntouched } from './failure.ts';
import { rollFlipped } from './flipped.ts';
import { addJobOptions, type JobOptions } from './job.ts';
import { forEachSite } from './sites.ts';
import type { AddVerbs } from './verbs.ts';

export const addRollback: AddVerbs = (program, cli, verb) => {
  const command = program
    .command('rollback <SITE...>')
    .description('point the link at the release before and roll to it; with a standby at once')
    .option('--to <RELEASE>', 'to this release: its name, or its directory', to =>
      to.includes('/') ? resolve(to) : to,
    );
  addJobOptions(command).action(verb((names: string[], options: RollbackOptions) => rollback(cli, names, options)));
};

interface RollbackOptions extends JobOptions {
  readonly to?: string;
}

/** Points the link at an earlier release and rolls to that. When the roll fails, the link is as it was. */
const rollback = async (cli: Cli, names: readonly string[], options: RollbackOptions): Promise<Exit> =>
  await forEachSite(cli, names, async name => {
    let flipped: FlippedSite;
    try {
      flipped = await flipBack(cli, name, options.to);
    } catch (error) {
      return reportUntouched(cli, error);
    }
    return await rollFlipped(cli, flipped, options);
  });

const flipBack = async (cli: Cli, name: string, to: string | undefined): Promise<FlippedSite> => {
  const ports = await cli.ports();
  await requireSiteFile(ports, name);
  const named = namedRun(name, ports, event => cli.err(`${describeEvent(name, event).text}\n`));
  const { run, release, action, passed } = await prepareRollback(named, to);
  cli.err(passed.map(passedOverWords).join(''));
  return { run, action, flip: await flipTo(run, release) };
};
