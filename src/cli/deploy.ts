import { resolve } from 'node:path';
import { describeEvent } from '../report/words/events.ts';
import { prepareDeployment } from '../run/releases/deploy.ts';
import { flipTo } from '../run/releases/flip.ts';
import { namedRun } from '../run/site/site-run.ts';
import type { Cli, Exit } from './context.ts';
import { addFollowOptions, type FollowOptions } from './control.ts';
import { reportUntouched } from './failure.ts';
import { type Flipped, rollFlipped } from './flipped.ts';
import type { AddVerbs } from './verbs.ts';

export const addDeploy: AddVerbs = (program, cli, verb) => {
  const command = program
    .command('deploy <SITE> <DIR>')
    .description('point the link at the release in DIR and roll to it; when that fails, point it back');
  addFollowOptions(command).action(
    verb((name: string, directory: string, options: FollowOptions) => deploy(cli, { name, directory, options })),
  );
};

interface Deployment {
  readonly name: string;
  readonly directory: string;
  readonly options: FollowOptions;
}

/** What is wrong before the flip did no harm, and that is said too. */
const deploy = async (cli: Cli, { name, directory, options }: Deployment): Promise<Exit> => {
  let flipped: Flipped;
  try {
    flipped = await flip(cli, name, resolve(directory));
  } catch (error) {
    return reportUntouched(cli, error);
  }
  return await rollFlipped(cli, flipped, options);
};

const flip = async (cli: Cli, name: string, directory: string): Promise<Flipped> => {
  const named = namedRun(name, await cli.ports(), event => cli.err(`${describeEvent(name, event).text}\n`));
  const { run, release, action } = await prepareDeployment(named, directory);
  return { run, action, flip: await flipTo(run, release) };
};
