import type { PhpZdError } from '../base/errors.ts';
import { jobFailureWords, rollOutcomeWords } from '../report/words/roll-outcome.ts';
import { stillRunningWords } from '../report/words/verbs.ts';
import type { LastRoll } from '../run/record/last-roll.ts';
import { type Cli, Exit } from './context.ts';
import { exitOfRefusal } from './failure.ts';

export const sayRollFailure = (cli: Cli, site: string, roll: LastRoll): Exit => {
  cli.err(rollOutcomeWords(site, roll));
  if (roll.outcome === 'refused') return roll.error === undefined ? Exit.failed : exitOfRefusal(roll.error.code);
  return { rolled: Exit.failed, 'rolled-back': Exit.failed, unsettled: Exit.look }[roll.outcome ?? 'unsettled'];
};

/** Says that a job failed which was no roll, or which ended before its roll began. */
export const sayJobFailure = (cli: Cli, site: string, error: PhpZdError): Exit => {
  cli.err(jobFailureWords(site, error));
  return Exit.failed;
};

/** Says, after ^C, that systemd goes on with the job. */
export const sayStillRunning = (cli: Cli, site: string): Exit => {
  cli.err(stillRunningWords(site));
  return Exit.failed;
};
