import type { ErrorCode, Facts, PhpZdError } from '../../base/errors.ts';
import { formatTimeSpan } from '../../base/time-span.ts';
import { formatProblem } from '../../site/problem.ts';
import { drillRefusalWords } from '../drill/refusals.ts';
import { capacityWords } from './capacity.ts';

const list = (fact: Facts[string]): string => (Array.isArray(fact) ? fact.join(', ') : String(fact));
/** Tenths of a second are enough, of what is longer than one. */
const span = (fact: Facts[string]): string => {
  const ms = Number(fact);
  return formatTimeSpan(ms < 1000 ? Math.round(ms) : Math.round(ms / 100) * 100);
};

/** What failed and why, as the end of a sentence: no capital, no full stop. One for every code. */
const words: { readonly [Code in ErrorCode]: (facts: Facts) => string } = {
  'site-invalid': ({ site }) => `the site file of '${site}' has problems`,
  'site-exists': ({ site, file }) =>
    `there is a site '${site}' already, and nothing was touched: edit ${file} and type "php-zd check ${site}", or write it anew with --force`,
  'site-unknown': ({ site, file }) => `there is no site '${site}': ${file} does not exist`,
  'socket-taken': ({ path }) =>
    `${path}, where the web server looks for the site, is something else already: remove it, or write another fastcgi into [listen]`,
  'bus-unavailable': ({ address, reason }) => `systemd cannot be reached over D-Bus (${reason ?? address})`,
  'bus-denied': ({ unit }) =>
    `access denied${unit ? ` to ${unit}` : ''}: run it as root, or let polkit allow it (see RIGHTS in "man php-zd")`,
  'unit-unknown': ({ unit }) => `systemd has no unit ${unit}`,
  'unit-masked': ({ unit }) => `${unit} is masked: unmask it with "systemctl unmask ${unit}"`,
  'job-failed': ({ unit, job, result }) => `systemd could not ${job} ${unit} (${result})`,
  'systemd-refused': ({ name, text }) => `systemd refused: ${text ?? name}`,
  'balancer-unreachable': ({ socket, reason }) =>
    reason === 'EACCES'
      ? `HAProxy's socket ${socket}: ${errnoWords['EACCES']}`
      : `HAProxy does not answer${socket ? ` on ${socket}` : ''}${reason ? ` (${reason})` : ''}`,
  'balancer-refused': ({ command, answer }) => `HAProxy refused '${command}': ${answer}`,
  'fastcgi-unreachable': ({ socket, errno }) => `PHP-FPM cannot be reached on ${socket} (${errno})`,
  'fastcgi-broken': ({ socket, reason }) => `PHP-FPM on ${socket} broke its answer off: ${reason}`,
  'release-missing': ({ path }) => `the release ${path} is no directory`,
  'release-incomplete': ({ path, missing }) => `the release ${path} lacks ${list(missing)}`,
  'release-unfit': ({ path, reason }) => `the release ${path} ${reason}`,
  'not-promoted': ({ site }) => `what is promoted of '${site}' cannot be read: roll once with "php-zd reload ${site}"`,
  'not-a-link': ({ path }) => `${path} is no link, so it cannot name another release: put a link in its place`,
  'not-started': ({ site }) => `'${site}' is not started: start it with "php-zd start ${site}" first`,
  'replica-unproven': ({ replica, reason, ms, php }) =>
    `replica ${replica} ${reason}${Number(ms) >= 1 ? ` for ${span(ms)}` : ''}${php ? `; PHP says: ${php}` : ''}`,
  'drain-timeout': ({ replica, ms, blockers, sessions, waiting }) =>
    `replica ${replica} still had work after ${span(ms)}: ${
      Array.isArray(blockers) && blockers.length > 0
        ? list(blockers)
        : `${sessions} connections in HAProxy, ${waiting} waiting, no busy child; does the web server keep connections open?`
    }`,
  'not-serving': ({ replica, state }) => `HAProxy does not take replica ${replica} back (${state})`,
  'nobody-else-serves': ({ replica, serving, mustServe }) =>
    `replica ${replica} cannot be drained: ${serving} others serve, ${mustServe} must`,
  'slots-parked': ({ slots }) =>
    `it needs the slots of parked replicas (${list(slots)}), which are at their last requests: try again when these have ended`,
  'capacity-short': ({ site, ...facts }) => capacityShortWords(String(site), facts),
  'replica-worse': ({ replica, reason }) => `replica ${replica} ${reason}`,
  'warmup-failed': ({ replica, reason, failures }) =>
    `replica ${replica} ${reason} while it was warmed up${Number(failures) > 1 ? `, the first of ${failures} failures` : ''}`,
  'not-run-yet': ({ site, user }) =>
    `'${site}' never ran as user '${user}': start it with "php-zd start ${site}", or, if it is started, roll it with "php-zd reload ${site}"`,
  'drill-refused': drillRefusalWords,
  'hook-failed': ({ hook, unit, output, ...how }) =>
    `the hook ${hook} ${howEnded(how)}${output ? `: ${output}` : ''} (journalctl -eu ${unit})`,
  'no-previous': ({ site, reason }) => `'${site}' cannot be rolled back: ${reason}`,
  'roll-under-way': ({ site }) =>
    `a roll of ${site} is under way, which decides who serves: try again when it is over ("systemctl status php-zd@${site}")`,
  'front-outdated': ({ site }) =>
    `HAProxy's part of ${site} was written by an older php-zd, which could not do this: roll once with "php-zd reload ${site}"`,
  'drain-refused': ({ site, replica, serving, mustServe }) =>
    `replica ${replica} of ${site} goes on serving: ${serving} others would serve, ${mustServe} must. See "php-zd status ${site}", or insist with --force`,
  'replica-unfit': ({ site, replica, reason }) => `replica ${replica} of ${site} ${reason}`,
  'still-busy': ({ site, ms, blockers }) =>
    `requests of ${site} still ran when the hold was over, after ${span(ms)}: ${list(blockers)}. New requests go through again; "php-zd hold ${site} --for" a longer time waits longer`,
  'page-unfit': ({ path, reason }) => `${path} cannot be the page: ${reason}`,
  deadline: ({ what, ms }) => `gave up waiting for ${what} after ${span(ms)}`,
  aborted: () => 'it was asked to stop',
  'command-failed': ({ command, status, output }) => `'${command}' failed (${status}): ${output}`,
  'file-system': ({ path, errno }) => `${path}: ${errnoWords[String(errno)] ?? errno}`,
};

/** Nothing failed yet: what is left to do is a choice. */
const capacityShortWords = (site: string, { children, busy, queued, least, leastAt, away, silent }: Facts): string => {
  const numbers = (fact: Facts[string]) => (Array.isArray(fact) ? fact.map(Number) : []);
  const figures = capacityWords({
    ...{ children: Number(children), busy: Number(busy), queued: Number(queued), least: Number(least) },
    ...{ leastAt: leastAt === undefined ? undefined : Number(leastAt), away: numbers(away), silent: numbers(silent) },
  });
  return `a roll of '${site}' would make requests queue: ${figures}; try again when fewer are busy, or see "php-zd plan ${site}"`;
};

/** systemd's word for the result of a service (systemd.service(5)). */
const howEnded = ({ result, status, ms }: Facts): string => {
  if (result === 'exit-code') return `failed with status ${status}`;
  if (result === 'timeout') return `did not end within ${span(ms)} and was ended`;
  if (result === 'signal' || result === 'core-dump' || result === 'oom-kill') return `was ended by signal ${status}`;
  return `could not be run (${result})`;
};

/** errno(3), where there is something to say besides its name. */
const errnoWords: { readonly [Errno in string]?: string } = {
  EACCES: 'permission denied; run it as root',
  EPERM: 'permission denied; run it as root',
  ENOSPC: 'no space is left on its file system',
  EDQUOT: 'no space is left for its owner (quota)',
  EROFS: 'its file system is read-only',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is no directory',
  EIO: 'the disk cannot be read or written',
};

export const describeError = (error: PhpZdError): string => {
  if ('problems' in error && Array.isArray(error.problems)) return error.problems.map(formatProblem).join('\n');
  // A record of another version of php-zd may have a code that this one does not know.
  const describe: ((facts: Facts) => string) | undefined = words[error.code];
  return describe === undefined ? error.code : describe(error.facts);
};
