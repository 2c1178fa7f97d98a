import { resolve } from 'node:path';
import { CommanderError } from 'commander';
import { isError } from '../base/errors.ts';
import { systemdsStatusWords } from '../report/words/verbs.ts';
import { execInView } from '../run/transient/exec.ts';
import type { Cli } from './context.ts';
import { reportFailure } from './failure.ts';
import type { AddVerbs } from './verbs.ts';

/** The exit status when php-zd itself failed, as of env(1), timeout(1) and docker(1). All other numbers are the command's. */
const NOT_RUN = 125;
/** The exit statuses of a process that systemd could not make ready for its command (systemd.exec(5)). */
const SYSTEMDS = { from: 200, to: 243 } as const;

export const addExec: AddVerbs = (program, cli, verb) => {
  program
    .command('exec <SITE> <COMMAND...>')
    .exitOverride(({ exitCode, code, message }) => {
      throw new CommanderError(exitCode === 0 ? 0 : NOT_RUN, code, message);
    })
    .usage('[--release DIR] [--write] SITE -- COMMAND [ARG...]')
    .description("run a command as the site's user where its PHP runs: release, environment and sandbox of a replica")
    .option('--release <DIR>', 'of this release, which need not be promoted, and with the site file as it is now')
    .option('--write', 'the command may write to the release, where file modes allow it')
    .action(
      verb((site: string, command: string[], options: ExecOptions) => execInSite(cli, { site, command, ...options })),
    );
};

interface ExecOptions {
  readonly release?: string;
  readonly write?: true;
}

interface ExecCommand extends ExecOptions {
  readonly site: string;
  readonly command: readonly string[];
}

/** Runs the command, and gives its exit status. */
const execInSite = async (cli: Cli, { site, command, release, write }: ExecCommand): Promise<number> => {
  try {
    const request = {
      ...{ site, command },
      id: cli.newRollId().slice(0, 8),
      release: release === undefined ? undefined : resolve(release),
      isWritable: write === true,
      hasTerminal: cli.isAllTerminal === true,
    };
    const { status, unit } = await execInView(await cli.ports(), request, cli.foreground);
    if (status >= SYSTEMDS.from && status <= SYSTEMDS.to) {
      cli.err(systemdsStatusWords(status, unit));
    }
    return status;
  } catch (error) {
    if (!isError(error)) throw error;
    reportFailure(cli, error);
    return NOT_RUN;
  }
};
