import { isError } from '../../base/errors.ts';
import { replicaUnit } from '../../base/paths.ts';
import { printable } from '../../base/printable.ts';
import type { Hosted } from '../site/site-run.ts';

/**
 * What php_error_cb() of PHP's main.c writes. "Fatal" is also an error of the core, of the compiler or of trigger_error() that
 * ended a script.
 */
const FATAL = '(?:^|: )(PHP (?:Fatal|Parse|Recoverable fatal) error: .*)';
/** What FPM writes of a child that crashed: PHP itself writes nothing then. */
const CRASH = String.raw`(child \d+ exited on signal \d+ \(SIG(?:SEGV|BUS|ILL|ABRT).*)`;

const SECOND_MS = 1_000;

/** The fatal error that ended a script, from what PHP sent beside the answer; undefined when no error did. */
export const fatalError = (stderr: string): string | undefined => {
  const fatal = new RegExp(FATAL, 'm').exec(stderr)?.[1];
  return fatal === undefined ? undefined : quotePhp(fatal);
};

/**
 * The two times in which a logged fatal error counts: before `until` and after `since`. One in between may be that of a request
 * whose answer was judged already, and which was asked again.
 */
export interface LogWindow {
  /** Errors before this instant are those of the start itself. Milliseconds since 1970. */
  readonly until: number;
  /** Errors since this instant are those of a replica that was well. Milliseconds since 1970. */
  readonly since: number;
}

/**
 * The first fatal error that the replica has logged since its unit was started. Its answers do not show all errors: neither
 * those after fastcgi_finish_request(), nor what a script writes to php://stderr, which FPM catches for the journal. Undefined
 * also when no journal can be asked.
 */
export const findLoggedFatal = async (
  { site, ports }: Hosted,
  slot: number,
  { until, since }: LogWindow,
): Promise<string | undefined> => {
  const ask = async (...args: readonly string[]): Promise<string> => {
    try {
      return await ports.commands.run('journalctl', args);
    } catch (error) {
      // journalctl also ends with status 1 when it has found nothing.
      if (isError(error, 'command-failed')) return '';
      throw error;
    }
  };
  // Only entries of this start of the unit, by any of its processes, those by syslog too (systemd.journal-fields(7)).
  const { invocationId } = await ports.systemd.unit(replicaUnit(site.name, slot));
  if (invocationId === '') return undefined;
  await ask('--sync');
  const match = [`_SYSTEMD_INVOCATION_ID=${invocationId}`, `--grep=${FATAL}|${CRASH}`];
  const log = await ask(...match, '--output=short-unix', '--quiet', '--no-pager');
  const isMeant = (line: string) => {
    const loggedAt = Number.parseFloat(line) * SECOND_MS;
    return loggedAt < until || loggedAt >= since;
  };
  return log.split('\n').filter(isMeant).map(errorOf).find(Boolean);
};

const errorOf = (line: string): string | undefined => {
  const crash = new RegExp(CRASH).exec(line)?.[1];
  return crash === undefined ? fatalError(line) : quotePhp(crash);
};

/** A line of PHP's, cut short and fit for a terminal. */
export const quotePhp = (line: string): string => printable(line, 200);
