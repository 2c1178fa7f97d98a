import type { Blocker } from '../../base/blocker.ts';
import type { ErrorCode } from '../../base/error-facts.ts';
import { replicaIn } from '../../base/errors.ts';
import type { EventKind, EventOf, RollFailure, SlotFailure } from '../../run/site/events.ts';
import { formatProblem } from '../../site/problem.ts';
import { blockerWords } from './blocker.ts';
import { countWords } from './count.ts';
import { describeError, describeRecorded } from './errors.ts';
import { receiptLines, receiptWords } from './receipt.ts';
import { spanWords } from './span.ts';
import { stepWords } from './steps.ts';
import { instantWords, timeWords } from './time.ts';

/** syslog(3)'s levels, as the journal's PRIORITY= has them. */
export type Priority = 3 | 4 | 5 | 6 | 7;

export interface Words {
  readonly priority: Priority;
  readonly text: string;
}

const words: { readonly [Kind in EventKind]: (site: string, event: EventOf<Kind>) => Words } = {
  warnings: (_, { warnings }) => ({ priority: 4, text: warnings.map(formatProblem).join('\n') }),
  asked: (site, { job }) => ({ priority: 6, text: `Asking systemd to ${job} php-zd@${site}.` }),
  refused: (site, { error }) => ({
    priority: 3,
    text: `Refused, nothing was touched: ${describeError(error)}\n${checkWords(site, error.code)}`,
  }),
  applied: (_, { files }) => ({ priority: 6, text: `Wrote ${files.join(', ')}.` }),
  'balancer-reloaded': () => ({ priority: 6, text: 'Reloaded HAProxy.' }),
  'using-promoted': (site, { problems }) => ({
    priority: 3,
    text: `${problems.map(formatProblem).join('\n')}\nThe site file of ${site} has problems; going on with what was promoted last.`,
  }),
  'known-bad': (_, { release, at, error }) => ({
    priority: 4,
    text: `The last roll to ${release}, at ${instantWords(at)}, failed: ${describeRecorded(error)}. Trying it all the same.`,
  }),
  'mount-changed': (_, { from, to }) => ({
    priority: 4,
    text: `The release is at two mount points, ${to} and the former ${from}: change the paths in the web server's configuration, and the next roll leaves the former one out.`,
  }),
  'promoted-missing': (_, { release, instead }) => ({
    priority: 4,
    text: `The promoted release ${release} is gone; starting ${instead} instead.`,
  }),
  'roll-started': (site, { from, release, steps }) => ({
    priority: 5,
    text: `Rolling ${site} to ${release}${from && from !== release ? ` (from ${from})` : ''} in ${countWords(steps, 'step')}.`,
  }),
  'step-started': (_, { step, index, total }) => ({
    priority: 7,
    text: `Step ${index} of ${total}: ${stepWords(step).doing}.`,
  }),
  'step-done': (_, { step, index, total, ms }) => ({
    priority: 6,
    text: `Step ${index} of ${total} done in ${spanWords(ms)}: ${stepWords(step).doing}.`,
  }),
  'step-failed': (_, { step, index, total, error }) => ({
    priority: 4,
    text: `Step ${index} of ${total} failed, ${stepWords(step).doing}: ${describeError(error)}.`,
  }),
  'warmup-failed': (_, { error }) => ({
    priority: 4,
    text: `${capital(describeError(error))}. Going on all the same.`,
  }),
  warmed: (_, { slot, requests, scripts, ms }) => ({
    priority: 6,
    text: `Warmed replica ${slot} in ${spanWords(ms)}: ${countWords(requests, 'request')}, ${countWords(scripts, 'script')} compiled.`,
  }),
  parked: (site, { slot, blockers }) => ({
    priority: 4,
    text: `Parked replica ${slot}: it gets no new request and is stopped when its last ones end: ${listOf(blockers)}.\nSee "php-zd status ${site}".`,
  }),
  unparked: (_, { slot }) => ({
    priority: 5,
    text: `Stopped replica ${slot}, which was parked: its last requests ended.`,
  }),
  killed: (_, { slot, blockers }) => ({
    priority: 4,
    text: `Killing replica ${slot}, as [drain] on_timeout = kill says. Lost with it: ${listOf(blockers)}.`,
  }),
  draining: (_, { slot, busy, blockers }) => ({
    priority: 7,
    text: `Draining replica ${slot}: ${countWords(busy, 'request')} left${longWords(blockers)}.`,
  }),
  'hook-failed': (_, { error }) => ({
    priority: 4,
    text: `${capital(describeError(error))}. That changes nothing of the roll.`,
  }),
  'roll-done': (site, { release, receipt }) => ({
    priority: 5,
    text: `Rolled ${site} to ${release} in ${spanWords(receipt.ms)}: ${receiptWords(receipt)}.`,
  }),
  receipt: (site, { outcome, receipt }) => ({
    priority: receipt.lost > 0 ? 4 : 5,
    text: [`Receipt of the roll of ${site} (${outcome.replace('-', ' ')}):`, ...receiptLines(receipt)].join('\n'),
  }),
  'roll-failed': (site, { failure }) => ({ priority: 3, text: rollFailureWords(site, failure) }),
  'roll-killed': (site, { release }) => ({
    priority: 4,
    text: `The roll of ${site} to ${release} was killed; putting right what it left.`,
  }),
  'rolled-back': (site, { failed, release }) => ({
    priority: 4,
    text: `The roll of ${site}${failed === undefined || failed === release ? '' : ` to ${failed}`} failed; every replica serves ${release}, as before.`,
  }),
  'settle-started': (_, { steps }) => ({
    priority: 5,
    text: `Putting right what is not right, in ${countWords(steps, 'step')}.`,
  }),
  settled: (site, { release, ms }) => ({
    priority: 5,
    text: `Every replica of ${site} serves ${release} (after ${spanWords(ms)}).`,
  }),
  unsettled: (site, { failures, serving }) => ({ priority: 3, text: unsettledWords(site, failures, serving) }),
  started: (site, { release, serving, replicas }) => ({
    priority: serving < replicas ? 3 : 5,
    text:
      serving < replicas
        ? `Started ${site} on ${release}, but only ${serving} of ${replicas} replicas serve. See "php-zd status ${site}".`
        : `Started ${site} on ${release}: ${replicas === 1 ? '1 replica serves' : `${replicas} replicas serve`}.`,
  }),
  'start-failed': (site, { failures }) => ({
    priority: 3,
    text: `No replica of ${site} serves: ${slotWords(failures)}.\nSee ${journalOf(site, failures)}.`,
  }),
  stopped: (site, { replicas }) => ({ priority: 5, text: `Stopped ${site}: ${countWords(replicas, 'replica')}.` }),
  'replica-admitted': (_, { slot }) => ({ priority: 5, text: `Replica ${slot} serves again.` }),
  'replica-drained': (_, { slot, ms }) => ({ priority: 5, text: `Drained replica ${slot} in ${spanWords(ms)}.` }),
  'replica-not-drained': (_, { slot, error }) => ({
    priority: 4,
    text: `Replica ${slot} is stopped although it is not drained: ${describeError(error)}.`,
  }),
  'replica-not-admitted': (site, { slot, error }) => ({
    priority: 3,
    text: `Replica ${slot} started but does not serve: ${describeError(error)}.\nPut it right with "systemctl reload php-zd@${site}".`,
  }),
  'withdrawn-by-hand': (site, { slot }) => ({
    priority: 5,
    text: `Replica ${slot} of ${site} gets no new request, until "php-zd ready ${site} ${slot}" or a roll.`,
  }),
  'drained-by-hand': (site, { slot, ms }) => ({
    priority: 5,
    text: `Replica ${slot} of ${site} has nothing left to do (after ${spanWords(ms)}).`,
  }),
  'ready-by-hand': (site, { slot }) => ({ priority: 5, text: `Replica ${slot} of ${site} gets requests again.` }),
  held: (site, { now, until, inFlight }) => ({
    priority: 5,
    text: `New requests of ${site} wait for ${spanWords(Math.round((until - now) / 1000) * 1000)}, until ${timeWords(until)}; ${countWords(inFlight, 'request')} in flight ${inFlight === 1 ? 'goes' : 'go'} on.\nLet them through before with "php-zd release-hold ${site}".`,
  }),
  'held-idle': (site, { ms }) => ({
    priority: 5,
    text: `No request of ${site} runs any more (after ${spanWords(ms)}); new ones wait.`,
  }),
  'hold-released': (site, { waited, ms }) => ({
    priority: 5,
    text: `Let the requests of ${site} through after ${spanWords(ms)}: ${countWords(waited, 'request')} waited.`,
  }),
  'maintenance-on': (site, { inFlight }) => ({
    priority: 5,
    text: `${site} is in maintenance: new requests get 503 and the page, ${countWords(inFlight, 'request')} in flight ${inFlight === 1 ? 'goes' : 'go'} on.\nEnd it with "php-zd maintenance ${site} off".`,
  }),
  'maintenance-off': (site, { ms }) => ({
    priority: 5,
    text: `${site} is out of maintenance after ${spanWords(ms)}. See "php-zd status ${site}".`,
  }),
};

export const describeEvent = <Kind extends EventKind>(
  site: string,
  event: EventOf<Kind> & { readonly kind: Kind },
): Words => {
  const describe: (site: string, event: EventOf<Kind>) => Words = words[event.kind];
  return describe(site, event);
};

const rollFailureWords = (site: string, { from, release, index, total, error }: RollFailure): string =>
  [
    `Roll of '${site}' to ${release} failed at step ${index} of ${total}: ${describeError(error)}.`,
    backWords(from, release),
    `See ${journalOf(site, [{ slot: replicaIn(error) ?? 0, error }])} or "php-zd status ${site}".`,
  ].join('\n');

const backWords = (from: string | undefined, release: string): string => {
  if (from === undefined) return 'There is no older release to go back to.';
  // A roll of the configuration, or of nothing but the processes: the release's name alone would mislead.
  return from === release ? 'Going back to what was promoted before.' : `Going back to ${from}.`;
};

const unsettledWords = (site: string, failures: readonly SlotFailure[], serving: readonly number[]): string =>
  [
    `Not every replica of '${site}' could be put right: ${slotWords(failures)}.`,
    serving.length === 0 ? 'No replica serves.' : `Still serving: replica ${serving.join(', ')}.`,
    `A person must look: ${journalOf(site, failures)}, then "systemctl reload php-zd@${site}".`,
  ].join('\n');

const checkWords = (site: string, code: ErrorCode): string =>
  code === 'slots-parked' ? `See "php-zd status ${site}".` : `Check it with "php-zd check ${site}".`;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Those that hold it: a request of less than a second is about to end. */
const longWords = (blockers: readonly Blocker[]): string => {
  const long = blockers.filter(({ requestDurationUs }) => requestDurationUs >= 1_000_000);
  return long.length === 0 ? '' : `: ${long.map(blockerWords).join('; ')}`;
};

const listOf = (blockers: readonly Blocker[]): string =>
  blockers.length === 0 ? 'requests that FPM does not name' : blockers.map(blockerWords).join('; ');

const slotWords = (failures: readonly SlotFailure[]): string =>
  failures.map(({ error }) => describeError(error)).join('; ');

const journalOf = (site: string, failures: readonly SlotFailure[]): string => {
  const slot = failures.find(failure => failure.slot > 0)?.slot;
  return slot === undefined ? `"journalctl -eu php-zd@${site}"` : `"journalctl -eu php-zd-fpm-${site}@${slot}"`;
};
