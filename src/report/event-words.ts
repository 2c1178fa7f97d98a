import { formatTimeSpan } from '../base/time-span.ts';
import type { Event, EventKind, RollFailure, SlotFailure } from '../run/events.ts';
import { formatProblem } from '../site/problem.ts';
import { describeError } from './error-words.ts';
import { stepWords } from './step-words.ts';

type EventOf<Kind extends EventKind> = Extract<Event, { kind: Kind }>;

/** syslog(3)'s levels, as the journal's PRIORITY= has them. */
export type Priority = 3 | 4 | 5 | 6 | 7;

export interface Words {
  readonly priority: Priority;
  readonly text: string;
}

const words: { readonly [Kind in EventKind]: (site: string, event: EventOf<Kind>) => Words } = {
  warnings: (_, { warnings }) => ({ priority: 4, text: warnings.map(formatProblem).join('\n') }),
  refused: (site, { error }) => ({
    priority: 3,
    text: `Refused, nothing was touched: ${describeError(error)}\nCheck it with "php-zd check ${site}".`,
  }),
  applied: (_, { files }) => ({ priority: 6, text: `Wrote ${files.join(', ')}.` }),
  'balancer-reloaded': () => ({ priority: 6, text: 'Reloaded HAProxy.' }),
  'using-applied': (site, { problems }) => ({
    priority: 3,
    text: `${problems.map(formatProblem).join('\n')}\nThe site file of ${site} is broken; going on with what was rendered last.`,
  }),
  'promoted-missing': (_, { release, instead }) => ({
    priority: 4,
    text: `The promoted release ${release} is gone; starting ${instead} instead.`,
  }),
  'roll-started': (site, { from, release, steps }) => ({
    priority: 5,
    text: `Rolling ${site} to ${release}${from && from !== release ? ` (from ${from})` : ''} in ${steps} steps.`,
  }),
  'step-started': (_, { step, index, total }) => ({
    priority: 7,
    text: `Step ${index} of ${total}: ${stepWords(step).doing}.`,
  }),
  'step-done': (_, { step, index, total, ms }) => ({
    priority: 6,
    text: `Step ${index} of ${total} done in ${span(ms)}: ${stepWords(step).doing}.`,
  }),
  'step-failed': (_, { step, index, total, error }) => ({
    priority: 4,
    text: `Step ${index} of ${total} failed, ${stepWords(step).doing}: ${describeError(error)}.`,
  }),
  draining: (_, { slot, busy }) => ({
    priority: 7,
    text: `Draining replica ${slot}: ${busy} ${busy === 1 ? 'request' : 'requests'} left.`,
  }),
  'roll-done': (site, { release, replicas, ms }) => ({
    priority: 5,
    text: `Rolled ${site} to ${release} in ${span(ms)}: ${replicas} replicas.`,
  }),
  'roll-failed': (site, { failure }) => ({ priority: 3, text: rollFailureWords(site, failure) }),
  'roll-killed': (site, { release }) => ({
    priority: 4,
    text: `The roll of ${site} to ${release} was killed; putting right what it left.`,
  }),
  'rolled-back': (site, { failed, release }) => ({
    priority: 4,
    text: `The roll of ${site} to ${failed} failed; every replica serves ${release}.`,
  }),
  'settle-started': (_, { steps }) => ({ priority: 5, text: `Putting right what is not right, in ${steps} steps.` }),
  settled: (site, { release, ms }) => ({
    priority: 5,
    text: `Every replica of ${site} serves ${release} (after ${span(ms)}).`,
  }),
  unsettled: (site, { failures, serving }) => ({ priority: 3, text: unsettledWords(site, failures, serving) }),
  started: (site, { release, serving, replicas }) => ({
    priority: serving < replicas ? 3 : 5,
    text:
      serving < replicas
        ? `Started ${site} on ${release}, but only ${serving} of ${replicas} replicas serve. See "php-zd status ${site}".`
        : `Started ${site} on ${release}: ${replicas} replicas serve.`,
  }),
  'start-failed': (site, { failures }) => ({
    priority: 3,
    text: `No replica of ${site} serves: ${slotWords(failures)}.\nSee ${journalOf(site, failures)}.`,
  }),
  stopped: (site, { replicas }) => ({ priority: 5, text: `Stopped ${site}: ${replicas} replicas.` }),
  'replica-admitted': (_, { slot }) => ({ priority: 5, text: `Replica ${slot} serves again.` }),
  'replica-drained': (_, { slot, ms }) => ({ priority: 5, text: `Drained replica ${slot} in ${span(ms)}.` }),
  'replica-not-drained': (_, { slot, error }) => ({
    priority: 4,
    text: `Replica ${slot} is stopped although it is not drained: ${describeError(error)}.`,
  }),
  'replica-not-admitted': (site, { slot, error }) => ({
    priority: 3,
    text: `Replica ${slot} started but does not serve: ${describeError(error)}.\nPut it right with "systemctl reload php-zd@${site}".`,
  }),
};

export const describeEvent = <Kind extends EventKind>(
  site: string,
  event: EventOf<Kind> & { readonly kind: Kind },
): Words => {
  const describe: (site: string, event: EventOf<Kind>) => Words = words[event.kind];
  return describe(site, event);
};

const span = (ms: number): string =>
  ms < 10_000 ? `${(ms / 1000).toFixed(2)} s` : formatTimeSpan(Math.round(ms / 100) * 100);

const rollFailureWords = (site: string, { from, release, index, total, error }: RollFailure): string =>
  [
    `Roll of '${site}' to ${release} failed at step ${index} of ${total}: ${describeError(error)}.`,
    from === undefined ? 'There is no older release to go back to.' : `Going back to ${from}.`,
    `See ${journalOf(site, [{ slot: Number(error.facts['replica'] ?? 0), error }])} or "php-zd status ${site}".`,
  ].join('\n');

const unsettledWords = (site: string, failures: readonly SlotFailure[], serving: readonly number[]): string =>
  [
    `Not every replica of '${site}' could be put right: ${slotWords(failures)}.`,
    serving.length === 0 ? 'No replica serves.' : `Still serving: replica ${serving.join(', ')}.`,
    `A person must look: ${journalOf(site, failures)}, then "systemctl reload php-zd@${site}".`,
  ].join('\n');

const slotWords = (failures: readonly SlotFailure[]): string =>
  failures.map(({ error }) => describeError(error)).join('; ');

const journalOf = (site: string, failures: readonly SlotFailure[]): string => {
  const slot = failures.find(failure => failure.slot > 0)?.slot;
  return slot === undefined ? `"journalctl -eu php-zd@${site}"` : `"journalctl -eu php-zd-fpm-${site}@${slot}"`;
};
