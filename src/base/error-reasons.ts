import * as v from 'valibot';
import { leftProcess } from './left-process.ts';

// Why something is not as it should be, where one error has several reasons: each a closed list, worded in report/.

const text = v.string();
const count = v.number();
const list = <Item extends v.GenericSchema>(item: Item) => v.pipe(v.array(item), v.readonly());
const reason = <Kind extends string, Facts extends v.ObjectEntries>(kind: Kind, facts: Facts) =>
  v.pipe(v.object({ kind: v.literal(kind), ...facts }), v.readonly());

/** Why a release may not be deployed. */
export const deployReason = v.union([
  /** The release is below the mount point, where a replica sees its release. */
  reason('in-mount', { mount: text }),
  /** A directory in which many have something. */
  reason('of-host', {}),
  reason('unreadable', { user: text, index: text }),
  /**
   * Directories of [writable] that the user may not write to, links followed: `remedies` are what root can do about them without
   * following anybody, or taking anything from others; `directories` those for which there is nothing.
   */
  reason('unwritable', {
    ...{ user: text, directories: list(text) },
    remedies: v.optional(
      list(
        v.union([
          /** Given away, by `from`, who alone could put something else in their place meanwhile. */
          reason('give', { directories: list(text), from: count }),
          /** Opened, by their owner, the user. */
          reason('open', { directories: list(text) }),
          /** Others have things there: `own` is for this site alone, of `group` where it is to be made. */
          reason('own', { directory: text, own: text, group: v.optional(text) }),
          reason('below', { directory: text, below: v.array(text) }),
        ]),
      ),
      [],
    ),
  }),
  /** Another directory, or a link, has been put in its place since it was found fit, or in the place of what [shared] binds over it. */
  reason('replaced', {}),
  /** A place of [shared] in it lies behind a link to something else. */
  reason('linked-shared', { link: text, shared: text }),
  /** Its path has a character that a reader does not see, such as a line break. */
  reason('unseen', { character: text }),
  /** A path of [shared] that the site's user cannot come to by itself. */
  reason('unreachable-shared', { user: text, shared: text }),
  /** The mount point, or a place of [shared], is a link and was none before. */
  reason('linked-place', { place: text }),
]);
export type DeployReason = v.InferOutput<typeof deployReason>;

/**
 * A release that a rollback passes over. `removed`: there is no such directory any more. `bad`: the last roll to the release failed
 * for a fault of the release.
 */
const passedRelease = v.pipe(v.object({ release: text, why: v.picklist(['removed', 'bad']) }), v.readonly());
export type PassedRelease = v.InferOutput<typeof passedRelease>;

export const noPreviousReason = v.union([
  /** No release was promoted before this one. */
  reason('never', {}),
  /** All that were promoted before this one are gone or bad. */
  reason('passed', { passed: list(passedRelease) }),
]);
export type NoPreviousReason = v.InferOutput<typeof noPreviousReason>;

/**
 * A request had no answer in time, or `broken` says how the answer ended. `processes`: what the replica's requests had started and
 * what still ran then.
 */
const unanswered = reason('unanswered', {
  path: text,
  broken: v.optional(text),
  processes: v.optional(list(leftProcess)),
});

/** Why a new replica is not proven. */
export const unprovenReason = v.union([
  reason('other-release', { wanted: text }),
  /** A fatal error, as PHP worded it. */
  reason('logged', { error: text }),
  /** All answers were good, and too few of them for [health] soak. */
  reason('unsteady', { soakMs: count }),
  unanswered,
  /** `location` is where a redirect leads to. */
  reason('status', { path: text, status: count, wanted: v.optional(count), location: v.optional(text) }),
  /** The replica's own web server gave no answer, or another one than PHP by itself. */
  reason('web-unanswered', { path: text, broken: text }),
  reason('web-status', { path: text, status: count, wanted: v.optional(count) }),
  /** The body does not match what [health] body wants. */
  reason('body', { path: text, wanted: text }),
  /** On the body the pattern of [health] body takes longer than a proof waits for it. */
  reason('body-late', { path: text, wanted: text }),
  /** The log of the replica cannot be read; `said` is what journalctl said. */
  reason('unread-log', { said: text }),
  /** The journal has not a line of it. */
  reason('no-log', {}),
  /** The status is good, and an error ended the script. */
  reason('ended', { path: text, status: count }),
  /** PHP-FPM could not open the script, and gave the answer itself; `said` is what it said of that, empty where only its log has it. */
  reason('unopened', { path: text, status: count, said: text }),
]);
export type UnprovenReason = v.InferOutput<typeof unprovenReason>;

/** What went wrong while a replica was warmed up. */
export const warmUpReason = v.union([
  unanswered,
  /** The time of [warmup] was over before the path's turn came. */
  reason('unasked', { path: text }),
  reason('status', { path: text, status: count, php: v.optional(text) }),
  reason('scripts-late', { compiled: count, scripts: count }),
  /** The replica did not say which scripts it compiled; `broken` says how the answer ended. */
  reason('scripts-unanswered', { broken: text }),
  /** php-zd's script that compiles the others answered with something else. */
  reason('scripts-status', { script: text, status: count }),
]);
export type WarmUpReason = v.InferOutput<typeof warmUpReason>;

/** What a replica that serves did while it was watched. */
export const worseReason = v.union([
  reason('crashed', {}),
  /** `status` is HAProxy's word. */
  reason('down', { status: text }),
  reason('failed', { requests: count }),
  /** Of so many answers so many had a status of 5xx, and more than `most` times as large a share as of the replicas to be replaced. */
  reason('errors', { failed: count, answers: count, oldFailed: count, oldAnswers: count, most: v.number() }),
  /** The answers took so long on average, and more than `most` times as long as those of the replicas to be replaced. */
  reason('slow', { ms: count, answers: count, oldMs: count, oldAnswers: count, most: v.number() }),
]);
export type WorseReason = v.InferOutput<typeof worseReason>;

/** Why a replica cannot be drained, or be made ready, by hand. */
export const unfitReason = v.union([
  reason('standby', {}),
  reason('parked', {}),
  /** The replica runs another generation than the promoted one; `release` is that generation's, if it is known. */
  reason('not-promoted', { release: v.optional(text) }),
  reason('absent', { present: list(count) }),
  reason('stopped', { running: list(count) }),
  /** The replica still runs, and its unit is about to be stopped, or started anew. */
  reason('stopping', {}),
]);
export type UnfitReason = v.InferOutput<typeof unfitReason>;

/** Why a file is no page for a maintenance. */
export const pageReason = v.union([
  reason('missing', {}),
  reason('directory', {}),
  /** The file has more characters than `limit`. */
  reason('too-long', { limit: count }),
  reason('no-utf8', {}),
]);
export type PageReason = v.InferOutput<typeof pageReason>;

/** Why there is no drill. */
export const drillRefusal = v.union([
  reason('not-started', {}),
  reason('rolling', {}),
  reason('not-serving', { serving: count, wanted: count }),
  /** The link does not name the promoted release. */
  reason('other-release', { linked: text, promoted: text }),
  /** The site file or php-zd changed since the last roll. */
  reason('other-configuration', {}),
  /** A request of the drill would outlast [drain] timeout. */
  reason('too-long', { ms: count, timeoutMs: count }),
  /** Only `free` of PHP's children would be free. */
  reason('no-room', { free: count }),
  reason('no-script', { status: v.optional(count) }),
  reason('no-way-in', { broken: text }),
  reason('bad-app', { path: text, status: v.optional(count) }),
]);
export type DrillRefusal = v.InferOutput<typeof drillRefusal>;
