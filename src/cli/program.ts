import { Command } from 'commander';
import { withoutControls } from '../base/printable.ts';
import type { Drawing } from '../report/terminal/drawing.ts';
import { type Cli, Exit, type Outside } from './context.ts';
import { reportFailure } from './failure.ts';
import { addHelp } from './help.ts';
import type { AddVerbs, Verb } from './verbs.ts';

interface Family {
  readonly verbs: readonly string[];
  readonly load: () => Promise<AddVerbs>;
}

/** Each is loaded only for a line that needs it: what other verbs rest on costs as much time as Node.js itself takes. */
const families: readonly Family[] = [
  { verbs: ['check'], load: async () => (await import('./check.ts')).addCheck },
  { verbs: ['plan'], load: async () => (await import('./plan.ts')).addPlan },
  { verbs: ['doctor'], load: async () => (await import('./doctor.ts')).addDoctor },
  { verbs: ['status', 'list'], load: async () => (await import('./status.ts')).addStatus },
  { verbs: ['start', 'reload', 'stop', 'restart'], load: async () => (await import('./control.ts')).addControls },
  { verbs: ['deploy'], load: async () => (await import('./deploy.ts')).addDeploy },
  { verbs: ['rollback'], load: async () => (await import('./rollback.ts')).addRollback },
  { verbs: ['abort'], load: async () => (await import('./abort.ts')).addAbort },
  { verbs: ['follow'], load: async () => (await import('./follow.ts')).addFollow },
  { verbs: ['exec'], load: async () => (await import('./exec.ts')).addExec },
  { verbs: ['releases', 'prune'], load: async () => (await import('./releases.ts')).addReleases },
  { verbs: ['history'], load: async () => (await import('./history.ts')).addHistory },
  { verbs: ['logs'], load: async () => (await import('./logs.ts')).addLogs },
  { verbs: ['drill'], load: async () => (await import('./drill.ts')).addDrill },
  {
    verbs: ['drain', 'ready', 'hold', 'release-hold', 'maintenance'],
    load: async () => (await import('./traffic.ts')).addTraffic,
  },
  { verbs: ['reset-opcache'], load: async () => (await import('./opcache.ts')).addOpcache },
  { verbs: ['init'], load: async () => (await import('./init.ts')).addInit },
  { verbs: ['remove', 'rename'], load: async () => (await import('./remove.ts')).addRemove },
  { verbs: ['snippet'], load: async () => (await import('./snippet.ts')).addSnippet },
  { verbs: ['unit'], load: async () => (await import('./unit.ts')).addUnitVerbs },
];

/**
 * Loads the families that a command line needs: that of its verb, none to say the version, and else all of them, to list them
 * or to name the verb that was meant. Without a line all.
 */
export const loadFamilies = async ([first]: readonly string[] = []): Promise<readonly AddVerbs[]> => {
  if (first === '--version' || first === '-V') return [];
  const named = families.filter(({ verbs }) => first !== undefined && verbs.includes(first));
  return await Promise.all((named.length > 0 ? named : families).map(({ load }) => load()));
};

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
  const program = makeProgram(cli, verb, await loadFamilies(argv));
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

/** The verbs with their arguments and options. The manual and the shells' completions are made from this too. */
export const makeProgram = (cli: Cli, verb: Verb, families: readonly AddVerbs[]): Command => {
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
  for (const add of [...families, addHelp]) add(program, cli, verb);
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
