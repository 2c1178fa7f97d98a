import * as v from 'valibot';
import { blocker } from './blocker.ts';
import {
  deployReason,
  drillRefusal,
  noPreviousReason,
  pageReason,
  unfitReason,
  unprovenReason,
  warmUpReason,
  worseReason,
} from './error-reasons.ts';
import { leftProcess } from './left-process.ts';

const text = v.string();
const count = v.number();
const list = <Item extends v.GenericSchema>(item: Item) => v.pipe(v.array(item), v.readonly());

/**
 * Everything that can go wrong for a reason of the world's, not of ours: the code of each error, and its facts. As values, since
 * an error is read again from the history of a site, where another version of php-zd may have written it. Words for people stand
 * in report/words/errors/, exit statuses in cli/failure.ts; both are complete by their types. Numbers of replicas and slots count
 * from 1; `ms` are milliseconds.
 */
export const errorFacts = {
  // the site file and what it names
  /** The site file has problems: a `SiteProblems`, which has them. `problems` are the first of them, as FILE:LINE: MESSAGE. */
  'site-invalid': v.object({ site: text, problems: v.optional(v.array(text)) }),
  /** The site has a file already. */
  'site-exists': v.object({ site: text, file: text }),
  'site-unknown': v.object({ site: text, file: text }),
  /** A site is to have a name of which this path is there already. */
  'name-taken': v.object({ site: text, path: text }),
  /** What a rename would move is a mount point, or has one in it. */
  'rename-mounted': v.object({ site: text, name: text, path: text }),
  /** A rename has begun, and did not come to its end. `output` is what the command that failed said. */
  'rename-broken-off': v.object({ site: text, name: text, output: text }),
  /** Where the web server looks for the site's socket lies something that is not php-zd's. */
  'socket-taken': v.object({ path: text }),

  // systemd
  /** The bus cannot be reached, or it went away, or systemd is not on it. */
  'bus-unavailable': v.object({ address: v.optional(text), reason: text }),
  /** What `who`, systemd or the bus, says over D-Bus is none of its messages, or another than php-zd asked for, or too long. */
  'bus-broken': v.object({ who: text, reason: text }),
  /** systemd has no such unit. In this error and the next two, `name` and `text` are the D-Bus error's. */
  'unit-unknown': v.object({ unit: text, name: v.optional(text), text: v.optional(text) }),
  'unit-masked': v.object({ unit: text, name: v.optional(text), text: v.optional(text) }),
  /** polkit or the bus refused. */
  'bus-denied': v.object({ unit: v.optional(text), name: text, text }),
  /** A job ended with anything but "done". `job` is systemctl's verb, `result` systemd's word. */
  'job-failed': v.object({ unit: text, job: text, result: text }),
  /** Any other refusal, in the D-Bus error's words. */
  'systemd-refused': v.object({ unit: v.optional(text), name: text, text }),

  // the balancer
  /** HAProxy's runtime socket refuses, or an answer is cut. `reason` is an errno, or how the exchange ended. */
  'balancer-unreachable': v.object({ socket: text, reason: text }),
  /** HAProxy answered a command with an error. */
  'balancer-refused': v.object({ command: text, answer: text }),

  // a release
  /** The release is no directory. */
  'release-missing': v.object({ path: text }),
  /** The release lacks what the site file names. */
  'release-incomplete': v.object({ path: text, missing: list(text) }),
  'release-unfit': v.object({ path: text, reason: deployReason }),
  /** There is no whole promoted generation. */
  'not-promoted': v.object({ site: text }),
  /** The path of the site's link is something else than a link. */
  'not-a-link': v.object({ path: text }),
  /** There is nothing to roll back to. */
  'no-previous': v.object({ site: text, reason: noPreviousReason }),
  /** Nothing of the site ever ran as this user. */
  'not-run-yet': v.object({ site: text, user: text }),

  // a replica
  /** Connecting to PHP-FPM failed. */
  'fastcgi-unreachable': v.object({ socket: text, errno: text }),
  /** PHP-FPM's answer is cut, reset, or no FastCGI. `status` and `body` are what came of it. */
  'fastcgi-broken': v.object({ socket: text, reason: text, status: v.optional(count), body: v.optional(text) }),
  /**
   * A new replica is not what it should be. `php` is what PHP said about it, `ms` for how long it was asked, `links` those of its release
   * that lead elsewhere or nowhere for it.
   */
  'replica-unproven': v.object({
    ...{ replica: count, reason: unprovenReason, ms: v.optional(count), php: v.optional(text) },
    links: v.optional(list(text)),
  }),
  /** A request of [warmup], or the compiling of scripts, failed; `failures` counts all, this is the first. */
  'warmup-failed': v.object({ replica: count, path: text, reason: warmUpReason, failures: v.optional(count) }),
  /** A replica serves, and does worse than it should. `others`: those that are as new, and were counted with it. */
  'replica-worse': v.object({
    ...{ replica: count, reason: worseReason },
    ...{ others: v.optional(list(count)), site: v.optional(text) },
  }),
  /** HAProxy does not take the replica. `state` is HAProxy's word, missing where HAProxy does not know the replica. */
  'not-serving': v.object({ replica: count, state: v.optional(text) }),
  /**
   * The replica was not idle in time. `sessions` are HAProxy's, `waiting` those in the accept queue, `active` the children at
   * work.
   */
  'drain-timeout': v.object({
    ...{ site: text, replica: count, ms: count },
    ...{ sessions: count, waiting: count, active: count, blockers: list(blocker) },
    /** What requests left running. */
    processes: v.optional(list(leftProcess)),
  }),

  // a roll
  /** Draining this replica would leave too few that serve. */
  'nobody-else-serves': v.object({ replica: count, serving: count, mustServe: count }),
  /** Parked replicas have the slots that a roll needs. */
  'slots-parked': v.object({ slots: list(count) }),
  /** A roll would leave too few children for what there is to do: the figures of plan/capacity.ts. */
  'capacity-short': v.object({
    ...{ site: text, children: count, busy: count, queued: count, silent: list(count) },
    ...{ least: count, leastAt: v.optional(count), away: list(count) },
  }),
  /**
   * A hook failed. `result` is systemd's word, `status` the command's or the signal's number, `output` the last line, `ms` the
   * timeout.
   */
  'hook-failed': v.object({
    ...{ hook: text, unit: text, result: text, status: count, ms: count, output: v.optional(text) },
  }),

  // by hand
  /** The site is stopped. */
  'not-started': v.object({ site: text }),
  /** The site is started, or a replica of it runs. */
  'site-started': v.object({ site: text }),
  'roll-under-way': v.object({ site: text }),
  /** HAProxy's part of the site is of an older php-zd, and can neither hold requests nor answer in maintenance. */
  'front-outdated': v.object({ site: text }),
  /** The socket of HAProxy's by which the site's visitors come in was removed. */
  'front-gone': v.object({ site: text, socket: text }),
  /** Visitors come by HAProxies of the operator's, past the front where requests can be held, or answered in maintenance. */
  'front-bypassed': v.object({ site: text }),
  /** Too few other replicas would serve. */
  'drain-refused': v.object({ site: text, replica: count, serving: count, mustServe: count }),
  /** While a drain by hand waited, the replica was made ready, or a roll took it. */
  'drain-overtaken': v.object({ site: text, replica: count }),
  /** The replica cannot be drained, or serve, as it is. */
  'replica-unfit': v.object({ site: text, replica: count, reason: unfitReason }),
  /** `requests` ran until the hold was over. */
  'still-busy': v.object({ site: text, ms: count, requests: count, blockers: list(blocker) }),
  'page-unfit': v.object({ path: text, reason: pageReason }),
  /** A drill would do more than it says, or harm visitors. */
  'drill-refused': v.object({ site: text, reason: drillRefusal }),

  // the host
  /** What was awaited did not come in time; with what is known of it. */
  deadline: v.object({
    ...{ what: text, ms: count },
    ...{ unit: v.optional(text), socket: v.optional(text), address: v.optional(text) },
  }),
  /** Somebody asked to stop. */
  aborted: v.object({}),
  /** A program of the host failed. `status` is the exit status, a signal, an errno, or that the program did not end. */
  'command-failed': v.object({ command: text, status: text, output: text }),
  /** The addresses of [sandbox] network, which this host's systemd does not hold. */
  'network-unheld': v.object({ network: v.pipe(v.array(text), v.readonly()) }),
  /** A file system has too little room for a roll: bytes, or files. */
  'no-room': v.object({ path: text, what: v.picklist(['bytes', 'files']), free: count, needed: count }),
  /** What the site's user had in these directories of his is `uid`'s: he was removed, and made anew with another number. */
  'former-owner': v.object({ site: text, user: text, uid: count, directories: list(text) }),
  /** A roll writes to a path on a read-only file system. `isOnlyHere`: that is mounted at `mount` alone so. */
  'read-only': v.object({ path: text, mount: text, isOnlyHere: v.boolean() }),
  /** `errno` is errno(3)'s name. */
  'file-system': v.object({ path: text, errno: text }),
  /** A file is to be of a group that the host does not have. */
  'group-unknown': v.object({ path: text, group: text }),
} as const;

export type ErrorCode = keyof typeof errorFacts;
export type ErrorFacts = {
  readonly [Code in ErrorCode]: Readonly<v.InferOutput<(typeof errorFacts)[Code]>>;
};
