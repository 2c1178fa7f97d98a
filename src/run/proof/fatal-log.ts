import { PhpZdError } from '../../base/errors.ts';
import { replicaUnit } from '../../base/paths.ts';
import { printable } from '../../base/printable.ts';
import { inOrder } from '../ask/at-once.ts';
import { askJournal, hasInfo, isInfoKept } from '../ask/journal.ts';
import { show } from '../ask/shown.ts';
import type { Ports } from '../site/ports.ts';
import type { Hosted } from '../site/site-run.ts';

/**
 * What php_error_cb() of PHP's main.c writes. "Fatal" is also an error of the core, of the compiler or of trigger_error() that
 * ended a script.
 */
export const FATAL = '(?:^|: )(PHP (?:Fatal|Parse|Recoverable fatal) error: .*)';
/** What FPM writes of a child that crashed: PHP itself writes nothing then. */
export const CRASH = String.raw`(child \d+ exited on signal \d+ \(SIG(?:SEGV|BUS|ILL|ABRT).*)`;

/**
 * FPM's own first line of each start, at a level that no site file changes, by its standard error: what a script says to syslog comes
 * another way, whatever it says (systemd.journal-fields(7)).
 */
const BEGUN = ['_TRANSPORT=stdout', '--grep=NOTICE: fpm is running, pid ', '--lines=1'];

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
  /** Errors before this instant are those of the start itself; with 0 there are none. Milliseconds since 1970. */
  readonly until: number;
  /** Errors since this instant are those of a replica that was well. Milliseconds since 1970. */
  readonly since: number;
}

/** One is enough to fail a proof: however many there are, no more is read of them. */
const MOST_ENTRIES = 20;

/**
 * A fatal error that the replica has logged since its unit was started. Its answers do not show all errors: neither those after
 * fastcgi_finish_request(), nor what a script writes to php://stderr, which FPM catches for the journal. Rejects with
 * `command-failed` when the journal cannot be asked, and with `replica-unproven` when it has not even FPM's own first line and would have
 * it: since journald had no stream left for the replica, since its log goes elsewhere, or since others have logged so much that it is
 * gone again. That is not the same as a log without errors. A journald that keeps nothing of anybody, or no line so light (`Storage=none`, `MaxLevelStore=`), and a unit whose
 * LogLevelMax= leaves that line out, fail no roll: doctor tells of both.
 */
export const findLoggedFatal = async (
  { site, ports }: Hosted,
  slot: number,
  { until, since }: LogWindow,
): Promise<string | undefined> => {
  const unit = replicaUnit(site.name, slot);
  // Only entries of this start of the unit, by any of its processes, those by syslog too (systemd.journal-fields(7)).
  const [{ invocationId }] = await inOrder([ports.systemd.lastStart(unit), ports.log.sync()]);
  const ofReplica = `_SYSTEMD_INVOCATION_ID=${invocationId}`;
  const find = async (...range: readonly string[]) =>
    (await askJournal(ports, ofReplica, ...range, `--lines=${MOST_ENTRIES}`, `--grep=${FATAL}|${CRASH}`)).split('\n');
  // Nearly always there is none at all, and a process that reads a journal costs as much as what it looks for.
  const [all, begun] = await inOrder([find(), askJournal(ports, ofReplica, ...BEGUN)]);
  if (!all.some(errorOf)) {
    if (begun !== '' || !(await wouldHaveBegun(ports, unit, invocationId))) return undefined;
    throw new PhpZdError('replica-unproven', { replica: slot, reason: { kind: 'no-log' } });
  }
  const ranges = [...(until > 0 ? [`--until=${instant(until, -1)}`] : []), `--since=${instant(since, 0)}`];
  const logs = await inOrder(ranges.map(range => find(range)));
  return logs.flat().map(errorOf).find(Boolean);
};

/**
 * Whether the journal would have PHP-FPM's first line. It has where systemd's own word of the start is there. That goes away again too
 * where others log much, so it is written to, and asked for what was written: the newest entry is the last that goes.
 */
const wouldHaveBegun = async (ports: Ports, unit: string, invocationId: string): Promise<boolean> => {
  if ((await askJournal(ports, `INVOCATION_ID=${invocationId}`, '_PID=1', '--lines=1')) !== '') return true;
  const [shown] = await show(ports, ['LogLevelMax'], [unit]);
  if (!hasInfo(shown?.get('LogLevelMax'))) return false;
  return await isInfoKept(ports, `The journal has nothing of the start ${invocationId} of ${unit}.`, invocationId);
};

/** In journalctl's words: milliseconds since 1970, and microseconds more or less. */
const instant = (ms: number, moreUs: number): string => {
  const us = String(BigInt(ms) * 1_000n + BigInt(moreUs)).padStart(7, '0');
  return `@${us.slice(0, -6)}.${us.slice(-6)}`;
};

const errorOf = (line: string): string | undefined => {
  const crash = new RegExp(CRASH).exec(line)?.[1];
  return crash === undefined ? fatalError(line) : quotePhp(crash);
};

/** A line of PHP's, cut short and fit for a terminal. */
export const quotePhp = (line: string): string => printable(line, 200);
