import type { Command } from 'commander';
import { describeEvent } from '../report/words/events.ts';
import { jobFailureWords, rollOutcomeWords } from '../report/words/roll-outcome.ts';
import {
  askedSystemdWords,
  notActiveWords,
  notAtBootWords,
  startedAlreadyWords,
  stillRunningWords,
  underWayWords,
} from '../report/words/verbs.ts';
import { isStartedAtBoot } from '../run/ask/at-boot.ts';
import type { LastRoll } from '../run/record/last-roll.ts';
import { runSiteJob, type SiteAction, type SiteJobEnd } from '../run/roll/site-job.ts';
import type { Ports } from '../run/site/ports.ts';
import { namedRun } from '../run/site/site-run.ts';
import { sayAsked } from './asked.ts';
import { type Cli, Exit } from './context.ts';
import { exitOfRefusal } from './failure.ts';
import { chooseShow, showUntil } from './follow-roll.ts';

/** Adds the options of every verb that asks systemd for a job which takes its time. */
export const addJobOptions = (command: Command): Command =>
  command
    .option('--no-block', 'ask systemd and return; "php-zd follow" shows how it goes')
    .option('--json', 'the events as JSON, one a line');

export interface JobOptions {
  /** False with --no-block. */
  readonly block?: boolean;
  readonly json?: true;
  /** False for a verb that prints the roll's receipt itself. */
  readonly receipt?: boolean;
}

export interface AskedJob {
  readonly action: SiteAction;
  readonly site: string;
  readonly options: JobOptions;
  readonly isAsPromoted?: boolean;
}

/** Asks systemd for a job on a site, and shows what comes of it. */
export const askForJob = (
  cli: Cli,
  ports: Ports,
  { action, site, options, isAsPromoted = false }: AskedJob,
): Promise<SiteJobEnd> =>
  runSiteJob(
    namedRun(site, ports, event => cli.err(`${describeEvent(site, event).text}\n`)),
    {
      action,
      isAwaited: options.block !== false,
      isAsPromoted,
      signal: cli.signal,
      asking: async () => {
        await sayAsked(cli, site, action);
        // What follows a failure, such as a link that is put back, must happen without the terminal too.
        if (options.block !== false) cli.outliveTerminal?.();
      },
      show: async (followed, job) => {
        if (followed.isOther) cli.err(underWayWords(site));
        await showUntil(ports, { ...followed, show: chooseShow(cli, options) }, job);
      },
    },
  );

/** Says of a site that was started, if it was, that it is not enabled: no promoted release comes back by itself then. */
export const sayIfNotAtBoot = async (cli: Cli, ports: Ports, site: string, exit: Exit): Promise<Exit> => {
  if (exit === Exit.done && !(await isStartedAtBoot(ports, site))) cli.err(notAtBootWords(site));
  return exit;
};

/** Says how a job ended, unless it was shown, and gives the exit status. */
export const sayJobEnd = (cli: Cli, { action, site }: Omit<AskedJob, 'options'>, end: SiteJobEnd): Exit => {
  switch (end.kind) {
    case 'done':
      return Exit.done;
    case 'needless':
      cli.err(end.action === 'stop' ? notActiveWords(site) : startedAlreadyWords(site));
      return Exit.done;
    case 'queued':
      cli.err(askedSystemdWords(site, action));
      return Exit.done;
    case 'left':
      cli.err(stillRunningWords(site));
      return Exit.failed;
    case 'roll-failed':
      cli.err(rollOutcomeWords(site, end.roll));
      return exitOfRoll(end.roll);
    case 'job-failed':
      cli.err(jobFailureWords(site, end.error));
      return Exit.failed;
  }
};

const exitOfRoll = ({ outcome, error }: LastRoll): Exit => {
  if (outcome === 'refused') return error === undefined ? Exit.failed : exitOfRefusal(error);
  return { rolled: Exit.failed, 'rolled-back': Exit.failed, killed: Exit.failed, unsettled: Exit.look }[
    outcome ?? 'unsettled'
  ];
};
