import type { ErrorCode } from '../base/error-facts.ts';
import { isError, isFound, type RecordedError } from '../base/errors.ts';
import { ownValue } from '../base/own.ts';
import { describeFailure } from '../report/words/failure.ts';
import { UNTOUCHED_WORDS } from '../report/words/verbs.ts';
import { type Cli, Exit } from './context.ts';

/** The exit status of a verb that ends with this error. */
const exits: { readonly [Code in ErrorCode]: Exit } = {
  'site-invalid': Exit.invalid,
  'site-exists': Exit.invalid,
  'site-unknown': Exit.noSuchSite,
  'name-taken': Exit.invalid,
  'rename-mounted': Exit.refused,
  'rename-broken-off': Exit.failed,
  'socket-taken': Exit.invalid,
  'bus-unavailable': Exit.failed,
  'bus-broken': Exit.failed,
  'bus-denied': Exit.failed,
  'unit-unknown': Exit.failed,
  'unit-masked': Exit.failed,
  'job-failed': Exit.failed,
  'systemd-refused': Exit.failed,
  'balancer-unreachable': Exit.failed,
  'balancer-refused': Exit.failed,
  'fastcgi-unreachable': Exit.failed,
  'fastcgi-broken': Exit.failed,
  'release-missing': Exit.invalid,
  'release-incomplete': Exit.invalid,
  'release-unfit': Exit.invalid,
  'not-promoted': Exit.refused,
  'not-a-link': Exit.invalid,
  'replica-unproven': Exit.failed,
  'drain-timeout': Exit.failed,
  'not-serving': Exit.failed,
  'nobody-else-serves': Exit.failed,
  'slots-parked': Exit.refused,
  'capacity-short': Exit.refused,
  'replica-worse': Exit.failed,
  'warmup-failed': Exit.failed,
  'not-run-yet': Exit.invalid,
  'drill-refused': Exit.refused,
  'hook-failed': Exit.failed,
  'no-previous': Exit.invalid,
  'not-started': Exit.refused,
  'site-started': Exit.refused,
  'roll-under-way': Exit.refused,
  'front-outdated': Exit.refused,
  'front-gone': Exit.refused,
  'front-bypassed': Exit.refused,
  'drain-overtaken': Exit.failed,
  'drain-refused': Exit.refused,
  'replica-unfit': Exit.refused,
  'still-busy': Exit.failed,
  'page-unfit': Exit.invalid,
  deadline: Exit.failed,
  aborted: Exit.failed,
  'command-failed': Exit.failed,
  'file-system': Exit.failed,
  'group-unknown': Exit.failed,
  'network-unheld': Exit.refused,
  'no-room': Exit.refused,
  'read-only': Exit.refused,
  'former-owner': Exit.refused,
};

/** Says what failed, and gives the exit status. An exception that is no PhpZdError is a bug, and passes with its stack. */
export const reportFailure = (cli: Cli, error: unknown): Exit => {
  if (!isError(error)) throw error;
  cli.err(describeFailure(error));
  return exits[error.code];
};

/** As `reportFailure`, for a failure that did no harm, which is said too. */
export const reportUntouched = (cli: Cli, error: unknown): Exit => {
  const exit = reportFailure(cli, error);
  cli.err(UNTOUCHED_WORDS);
  return exit;
};

/** The exit status for a refused roll, which touched nothing. What php-fpm or haproxy find wrong comes from the site file. */
export const exitOfRefusal = (error: RecordedError): Exit => {
  if (isFound(error)) return Exit.invalid;
  // A code of another version of php-zd has none.
  const exit = ownValue(exits, error.code) ?? Exit.failed;
  return exit === Exit.failed ? Exit.refused : exit;
};

/** From what needs a person at once to what needs nobody; php-zd(8), EXIT STATUS. */
const BADNESS: readonly Exit[] = [
  ...[Exit.look, Exit.failed, Exit.notServing, Exit.invalid, Exit.noSuchSite, Exit.refused],
  Exit.done,
];

/** Of several sites the worst counts, which is not the highest number: one that was refused for now serves as before. */
export const worst = (exits: readonly Exit[]): Exit => BADNESS.find(exit => exits.includes(exit)) ?? Exit.done;
