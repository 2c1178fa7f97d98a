import { resolve } from 'node:path';
import { describeEvent } from '../report/words/events.ts';
import { flipWords, passedOverWords } from '../report/words/flip.ts';
import { promotedMeta } from '../run/generation/generation.ts';
import { flipTo } from '../run/releases/flip.ts';
import type { FlippedSite } from '../run/releases/link-after.ts';
import { prepareRollback } from '../run/releases/rollback.ts';
import { abortRoll } from '../run/roll/abort.ts';
import { requireSiteFile } from '../run/site/known-site.ts';
import { namedRun } from '../run/site/site-run.ts';
import { endRoll } from './abort.ts';
import { type Cli, Exit } from './context.ts';
import { reportUntouched } from './failure.ts';
import { requireFitForOthers, rollFlipped } from './flipped.ts';
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
    let flipped: FlippedBack;
    try {
      flipped = await flipBack(cli, name, options.to);
    } catch (error) {
      return reportUntouched(cli, error);
    }
    if (flipped.isRolling && (await isBackWithoutRoll(cli, flipped, options))) return Exit.done;
    return await rollFlipped(cli, flipped, options);
  });

interface FlippedBack extends FlippedSite {
  /** Whether a roll was under way when the link was flipped. */
  readonly isRolling: boolean;
}

/** Ends the roll that is under way. True when the release that was promoted before it serves again, so that no roll is needed. */
const isBackWithoutRoll = async (cli: Cli, { run, flip }: FlippedBack, options: JobOptions): Promise<boolean> => {
  if (options.block === false) {
    await abortRoll(run);
    return false;
  }
  const end = await endRoll(cli, run.site.name, options);
  const isSettled = end?.kind !== 'roll-failed' || end.roll.outcome !== 'unsettled';
  if (end?.kind === 'left' || !isSettled || (await promotedMeta(run))?.release !== flip.release) return false;
  cli.err(flipWords(flip));
  return true;
};

const flipBack = async (cli: Cli, name: string, to: string | undefined): Promise<FlippedBack> => {
  const ports = await cli.ports();
  await requireSiteFile(ports, name);
  const named = namedRun(name, ports, event => cli.err(`${describeEvent(name, event).text}\n`));
  const prepared = await prepareRollback(named, to);
  await requireFitForOthers(cli, prepared);
  const { run, release, action, passed, isRolling } = prepared;
  cli.err(passed.map(passedOverWords).join(''));
  return { run, action, isRolling, flip: await flipTo(run, release) };
};
