import { Command } from 'commander';
import { withoutControls } from '../base/printable.ts';
import type { Drawing } from '../report/terminal/drawing.ts';
import { addAbort } from './abort.ts';
import { addCheck } from './check.ts';
import { type Cli, Exit, type Outside } from './context.ts';
import { addControls } from './control.ts';
import { addDeploy } from './deploy.ts';
import { addDoctor } from './doctor.ts';
import { addDrill } from './drill.ts';
import { addExec } from './exec.ts';
import { reportFailure } from './failure.ts';
import { addFollow } from './follow.ts';
import { addHelp } from './help.ts';
import { addHistory } from './history.ts';
import { addInit } from './init.ts';
import { addLogs } from './logs.ts';
import { addPlan } from './plan.ts';
import { addReleases } from './releases.ts';
import { addRollback } from './rollback.ts';
import { addSnippet } from './snippet.ts';
import { addStatus } from './status.ts';
import { addTraffic } from './traffic.ts';
import { addUnitVerbs } from './unit.ts';
import type { AddVerbs, Verb } from './verbs.ts';

const families: readonly AddVerbs[] = [
  addCheck,
  addPlan,
  addDoctor,
  addStatus,
  addControls,
  addDeploy,
  addRollback,
  addAbort,
  addFollow,
  addExec,
  addReleases,
  addHistory,
  addLogs,
  addDrill,
  addTraffic,
  addInit,
  addSnippet,
  addUnitVerbs,
  addHelp,
];

/** Runs the verb that the command line names, and gives the exit status (php-zd(8), EXIT STATUS). */
export const runProgram = async (outside: Outside, argv: readonly string[]): Promise<number> => {
  const cli: Cli = { ...outside, out: said => outside.out(shownOf(said)), err: said => outside.err(shownOf(said)) };
  let exit: number = Exit.done;
  const verb: Verb =
    work =>
    async (...args) => {
      try {
        exit = await work(...args);
      } catch (error) {
        exit = reportFailure(cli, error);
      }
    };
  const program = makeProgram(cli, verb);
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    // commander has said what is wrong; --help and --version come here too, with 0, and `exec` has a number of its own.
    if (!isCommanderExit(error)) throw error;
    return error.exitCode === 1 ? Exit.invalid : error.exitCode;
  }
  return exit;
};

/** The one way out: nothing that a site, a client or a file name says to a terminal comes through. */
const shownOf = (said: string | Drawing): string => (typeof said === 'string' ? withoutControls(said) : String(said));

/** All verbs with their arguments and options. The manual and the shells' completions are made from this too. */
export const makeProgram = (cli: Cli, verb: Verb): Command => {
  const program = new Command('php-zd')
    .description('Restart PHP-FPM without downtime and switch releases atomically.')
    .version(`php-zd ${cli.version}`, '-V, --version', 'the version')
    .helpOption('-h, --help', 'this help')
    .exitOverride()
    .configureOutput({
      writeOut: cli.out,
      writeErr: cli.err,
      outputError: (text, write) => write(usageError(text)),
    })
    .showSuggestionAfterError()
    .showHelpAfterError('See "php-zd help".');
  for (const add of families) add(program, cli, verb);
  for (const command of program.commands) command.showHelpAfterError(usageOf(command));
  return program;
};

/** A message of commander's in the form of php-zd's own. */
const usageError = (text: string): string =>
  text
    .replace(/^error: (.*[^.?!\n])$/m, 'error: $1.')
    .replace(/^error:/, 'php-zd:')
    .replace('command-argument value', 'value');

/** How the verb is written, to stand below the reason why the line was refused. */
const usageOf = (command: Command): string =>
  `Usage: php-zd ${command.name()} ${command.usage()}\nSee "php-zd ${command.name()} --help".`;

const isCommanderExit = (error: unknown): error is { readonly exitCode: number } =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('commander.');
