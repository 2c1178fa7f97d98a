/**
 * Everything that can go wrong for a reason of the world's, not of ours. A broken invariant is a plain Error: a bug.
 * An adapter translates a foreign error into one of these at once and keeps it as the cause.
 */
export type ErrorCode =
  // the site file and what it names
  | 'site-invalid' // the site file has problems; facts: problems
  | 'site-exists' // it has a file already; facts: site, file
  | 'site-unknown' // no such site; facts: site
  | 'socket-taken' // what lies where the web server looks for the site's socket is not ours; facts: path
  // systemd
  | 'bus-unavailable' // the bus cannot be reached, or it went away
  | 'bus-denied' // polkit or the bus refused; facts: unit
  | 'unit-unknown' // systemd has no such unit; facts: unit
  | 'unit-masked' // facts: unit
  | 'job-failed' // a job ended with anything but "done"; facts: unit, job (start, stop, ...), result
  | 'systemd-refused' // any other refusal; facts: name (the D-Bus error's name)
  // the balancer
  | 'balancer-unreachable' // its runtime socket refuses, or an answer is cut; facts: socket
  | 'balancer-refused' // it answered a command with an error; facts: command, answer
  // a replica
  | 'fastcgi-unreachable' // connecting failed; facts: socket, errno
  | 'fastcgi-broken' // the answer is cut, reset, or no FastCGI; facts: socket
  | 'release-missing' // the release is no directory; facts: path
  | 'release-incomplete' // it lacks what the site file names; facts: path, missing
  | 'release-unfit' // facts: path, reason
  | 'not-promoted' // what should be the promoted generation is none, or half of one; facts: site
  | 'not-a-link' // what should be the link to the release is something else; facts: path
  | 'replica-unproven' // facts: replica, reason, ms, php (what PHP said)
  | 'drain-timeout' // facts: site, replica, blockers
  | 'not-serving' // the balancer does not take the replica back; facts: replica
  | 'nobody-else-serves' // draining this replica would leave none; facts: replica
  | 'slots-parked' // parked replicas have the slots that a roll needs; facts: slots
  | 'capacity-short' // a roll would leave too few children for what there is to do; facts: those of plan/capacity.ts
  | 'replica-worse' // it serves, and does worse than it should; facts: replica, reason
  | 'warmup-failed' // a request of [warmup] failed; facts: replica, path, reason
  | 'not-run-yet' // nothing of the site ever ran as this user; facts: site, user
  | 'drill-refused' // a drill would do more than it says, or harm visitors; facts: site, reason, and those of the reason
  | 'hook-failed' // facts: hook, unit, result (systemd's word), status, output (its last line)
  | 'no-previous' // there is nothing to roll back to; facts: site, reason
  // by hand
  | 'not-started' // the site is stopped; facts: site
  | 'roll-under-way' // facts: site
  | 'front-outdated' // HAProxy's part of the site cannot hold a request nor answer for it; facts: site
  | 'drain-refused' // too few others would serve; facts: site, replica, serving, mustServe
  | 'replica-unfit' // it cannot be drained, or serve, as it is; facts: site, replica, reason
  | 'still-busy' // requests ran until the hold was over; facts: site, ms, blockers
  | 'page-unfit' // facts: path, reason
  // the host
  | 'deadline' // an awaited thing did not come in time; facts: what, ms
  | 'aborted' // somebody asked to stop
  | 'command-failed' // a program of the host failed; facts: command, status, output
  | 'file-system'; // facts: path, errno

export type Facts = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** The one error class: a code from the closed list, the facts as fields, the cause kept. Words are made in report/ alone. */
export class PhpZdError extends Error {
  override readonly name = 'PhpZdError';
  readonly code: ErrorCode;
  readonly facts: Facts;

  constructor(code: ErrorCode, facts: Facts = {}, cause?: unknown) {
    super(`${code} ${JSON.stringify(facts)}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.facts = facts;
  }
}

export const isError = (error: unknown, ...codes: readonly ErrorCode[]): error is PhpZdError =>
  error instanceof PhpZdError && (codes.length === 0 || codes.includes(error.code));
