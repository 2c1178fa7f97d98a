import type { ErrorCode } from '../../../base/error-facts.ts';
import { replicaIn } from '../../../base/errors.ts';
import type { RollFailure, SlotFailure } from '../../../run/site/events.ts';
import { describeError } from '../errors.ts';

export const rollFailureWords = (site: string, { from, release, index, total, error }: RollFailure): string =>
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

export const unsettledWords = (site: string, failures: readonly SlotFailure[], serving: readonly number[]): string =>
  [
    `Not every replica of '${site}' could be put right: ${slotWords(failures)}.`,
    serving.length === 0 ? 'No replica serves.' : `Still serving: replica ${serving.join(', ')}.`,
    `A person must look: ${journalOf(site, failures)}, then "systemctl reload php-zd@${site}".`,
  ].join('\n');

export const slotWords = (failures: readonly SlotFailure[]): string =>
  failures.map(({ error }) => describeError(error)).join('; ');

export const journalOf = (site: string, failures: readonly SlotFailure[]): string => {
  const slot = failures.find(failure => failure.slot > 0)?.slot;
  return slot === undefined ? `"journalctl -eu php-zd@${site}"` : `"journalctl -eu php-zd-fpm-${site}@${slot}"`;
};

export const checkWords = (site: string, code: ErrorCode): string =>
  code === 'slots-parked' ? `See "php-zd status ${site}".` : `Check it with "php-zd check ${site}".`;
