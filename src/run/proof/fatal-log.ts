import { isError } from '../../base/errors.ts';
import { replicaUnit } from '../../base/paths.ts';
import { printable } from '../../base/printable.ts';
import type { Hosted } from '../site/site-run.ts';

/** php_error_cb() of PHP's main.c: a script ended by an error of the core, the compiler or trigger_error() is "Fatal" too. */
const FATAL = '(?:^|: )(PHP (?:Fatal|Parse|Recoverable fatal) error: .*)';
/** FPM's own word on a child that crashed, which leaves no word of PHP's. */
const CRASH = String.raw`(child \d+ exited on signal \d+ \(SIG(?:SEGV|BUS|ILL|ABRT).*)`;

const SECOND_MS = 1_000;

/** What PHP said beside an answer: the error that ended the script, undefined when none did. */
export const fatalError = (stderr: string): string | undefined => {
  const fatal = new RegExp(FATAL, 'm').exec(stderr)?.[1];
  return fatal === undefined ? undefined : quotePhp(fatal);
};

/** Outside of these two times an error may be that of a request which was judged by its answer, and asked again. */
export interface LogWindow {
  /** Errors of the start itself: milliseconds since 1970. */
  readonly until: number;
  /** Errors since then: milliseconds since 1970. */
  readonly since: number;
}

/**
 * The first fatal error that the replica logged since its unit was started. Its answers do not show all of them: not those after
 * fastcgi_finish_request(), nor what a script writes to php://stderr, which FPM catches for the journal. Undefined also when
 * there is no journal to be asked.
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
      // Also its status 1 when it found nothing.
      if (isError(error, 'command-failed')) return '';
      throw error;
    }
  };
  // This start's entries alone, whoever of its processes wrote them, also by syslog (systemd.journal-fields(7)).
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

/** A line of PHP's, as far as it is worth repeating. */
export const quotePhp = (line: string): string => printable(line, 200);
