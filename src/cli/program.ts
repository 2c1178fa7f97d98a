import { Command, InvalidArgumentError } from 'commander';
import type { Replica } from '../run/replica.ts';
import { check } from './check.ts';
import { type Cli, Exit } from './context.ts';
import { type Action, type ControlOptions, control, rollback } from './control.ts';
import { reportFailure } from './failure.ts';
import { plan } from './plan.ts';
import { list, type StatusOptions, status } from './status.ts';
import { unitVerbs } from './unit.ts';

/** The whole command line. Gives the exit status; php-zd(8). */
export const runProgram = async (cli: Cli, argv: readonly string[]): Promise<Exit> => {
  let exit: Exit = Exit.done;
  const verb =
    <Args extends unknown[]>(work: (...args: Args) => Promise<Exit>) =>
    async (...args: Args): Promise<void> => {
      try {
        exit = await work(...args);
      } catch (error) {
        exit = reportFailure(cli, error);
      }
    };
  const program = new Command('php-zd')
    .description('Restart PHP-FPM without downtime and switch releases atomically.')
    .version(`php-zd ${cli.version}`)
    .exitOverride()
    .configureOutput({ writeOut: cli.out, writeErr: cli.err })
    .showSuggestionAfterError()
    .addHelpText('after', '\nManual: man php-zd, man php-zd.ini');
  addReports(program, cli, verb);
  addControls(program, cli, verb);
  addRollback(program, cli, verb);
  addUnitVerbs(program, cli, verb);
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    // commander has said what is wrong; --help and --version come here too, with 0.
    if (!isCommanderExit(error)) throw error;
    return error.exitCode === 0 ? Exit.done : Exit.invalid;
  }
  return exit;
};

type Verb = <Args extends unknown[]>(work: (...args: Args) => Promise<Exit>) => (...args: Args) => Promise<void>;

const isCommanderExit = (error: unknown): error is { readonly exitCode: number } =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('commander.');

const addReports = (program: Command, cli: Cli, verb: Verb): void => {
  program
    .command('check [SITE...]')
    .description('check site files and what would be rendered of them; every problem at once')
    .action(verb((names: string[]) => check(cli, names)));
  program
    .command('plan [SITE...]')
    .description('say what a reload would do now, step by step')
    .option('--json', 'as JSON')
    .action(verb((names: string[], options: { json?: true }) => plan(cli, names, options)));
  program
    .command('status [SITE...]')
    .description('how the sites and their replicas are, and what is not right')
    .option('--replica <N>', 'only this replica', slotNumber)
    .option('--json', 'as JSON')
    .action(verb((names: string[], options: StatusOptions) => status(cli, names, options)));
  program
    .command('list')
    .description('the names of the sites')
    .option('--json', 'as JSON')
    .action(verb((options: { json?: true }) => list(cli, options)));
};

const controls: { readonly [Name in Action]: string } = {
  reload: 'roll: every replica starts anew on the release that the link names now; nothing is lost',
  start: 'bring the site up on its promoted release',
  stop: 'drain and stop every replica',
  restart: 'stop and start; unlike reload, nobody serves meanwhile',
};

const addControls = (program: Command, cli: Cli, verb: Verb): void => {
  for (const action of ['reload', 'start', 'stop', 'restart'] as const) {
    const command = program.command(`${action} [SITE...]`).description(controls[action]);
    if (action === 'reload') command.option('--if-changed', 'do nothing when nothing would change but the processes');
    command
      .option('--all', 'every site')
      .option('--replica <N>', 'only this replica, on the release it has', slotNumber)
      .action(verb((names: string[], options: ControlOptions) => control(cli, action, names, options)));
  }
};

const addRollback = (program: Command, cli: Cli, verb: Verb): void => {
  program
    .command('rollback <SITE...>')
    .description('point the link at the previous release again and roll to it; with a standby at once')
    .action(verb((names: string[]) => rollback(cli, names)));
};

const addUnitVerbs = (program: Command, cli: Cli, verb: Verb): void => {
  const unit = program.command('unit', { hidden: true }).description("what php-zd's units call");
  for (const name of ['start', 'roll', 'settle', 'stop'] as const) {
    unit.command(`${name} <SITE>`).action(verb((site: string) => unitVerbs[name](cli, site)));
  }
  unit
    .command('drain <SITE> <N>')
    .requiredOption('--timeout <TIME>')
    .action(
      verb((site: string, slot: string, { timeout }: { timeout: string }) =>
        unitVerbs.drain(cli, site, slotNumber(slot), timeout),
      ),
    );
  unit
    .command('admit <SITE> <N>')
    .action(verb((site: string, slot: string) => unitVerbs.admit(cli, site, slotNumber(slot))));
  unit.command('reap <SITE:N>').action(verb((instance: string) => unitVerbs.reap(cli, replicaOf(instance))));
};

/** As systemd names an instance of the units of parked replicas. */
const replicaOf = (instance: string): Replica => {
  const [site = '', slot = ''] = instance.split(':');
  return { site, slot: slotNumber(slot) };
};

const slotNumber = (text: string): number => {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new InvalidArgumentError('A replica is a number from 1.');
  return Number(text);
};
