import { type ErrorCode, isError } from '../base/errors.ts';
import { describeError } from '../report/words/errors.ts';
import { type Cli, Exit } from './context.ts';

const exits: Partial<Record<ErrorCode, Exit>> = {
  'site-invalid': Exit.invalid,
  'site-exists': Exit.invalid,
  'site-unknown': Exit.noSuchSite,
  'release-missing': Exit.invalid,
  'release-incomplete': Exit.invalid,
  'release-unfit': Exit.invalid,
  'not-promoted': Exit.refused,
  'not-a-link': Exit.invalid,
  'no-previous': Exit.invalid,
  'not-run-yet': Exit.invalid,
  'slots-parked': Exit.refused,
  'not-started': Exit.refused,
  'roll-under-way': Exit.refused,
  'front-outdated': Exit.refused,
  'drain-refused': Exit.refused,
  'replica-unfit': Exit.refused,
  'page-unfit': Exit.invalid,
  'capacity-short': Exit.refused,
  'drill-refused': Exit.refused,
};

/** Says what failed. What is no error of ours is a bug and goes on with its stack. */
export const reportFailure = (cli: Cli, error: unknown): Exit => {
  if (!isError(error)) throw error;
  const text = describeError(error);
  cli.err(error.code === 'site-invalid' ? `${text}\n` : `php-zd: ${text}\n`);
  return exits[error.code] ?? Exit.failed;
};

/** A number of several: the worst of them, by the order of the table. */
export const worst = (exits: readonly Exit[]): Exit => [...exits].sort((a, b) => b - a)[0] ?? Exit.done;
