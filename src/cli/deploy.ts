import { resolve } from 'node:path';
import { describeEvent } from '../report/words/events.ts';
import { prepareDeployment } from '../run/releases/deploy.ts';
import { flipTo } from '../run/releases/flip.ts';
import type { FlippedSite } from '../run/releases/link-after.ts';
import { namedRun } from '../run/site/site-run.ts';
import type { Cli, Exit } from './context.ts';
import { reportUntouched } from './failure.ts';
import { requireFitForOthers, rollFlipped } from './flipped.ts';
import { addJobOptions, type JobOptions } from './job.ts';
import type { AddVerbs } from './verbs.ts';

export const addDeploy: AddVerbs = (program, cli, verb) => {
  const command = program
    .command('deploy <SITE> <DIR>')
    .description('point the link at the release in DIR and roll to it; when that fails, point it back');
  addJobOptions(command).action(
    verb((name: string, directory: string, options: JobOptions) => deploy(cli, { name, directory, options })),
  );
};

interface DeployRequest {
  readonly name: string;
  readonly directory: string;
  readonly options: JobOptions;
}

/** Flips the link and rolls. Of a failure before the flip it is said too that nothing was touched. */
const deploy = async (cli: Cli, { name, directory, options }: DeployRequest): Promise<Exit> => {
  let flipped: FlippedSite;
  try {
    flipped = await flip(cli, name, resolve(directory));
  } catch (error) {
    return reportUntouched(cli, error);
  }
  return await rollFlipped(cli, flipped, options);
};

const flip = async (cli: Cli, name: string, directory: string): Promise<FlippedSite> => {
  const named = namedRun(name, await cli.ports(), event => cli.err(`${describeEvent(name, event).text}\n`));
  const prepared = await prepareDeployment(named, directory);
  await requireFitForOthers(cli, prepared);
  const { run, release, action } = prepared;
  return { run, action, flip: await flipTo(run, release) };
};
