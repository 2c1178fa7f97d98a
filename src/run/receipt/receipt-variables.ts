import type { Receipt } from './receipt.ts';

/**
 * A receipt for programs: as fields of the journal, and in the environment of a hook. A number that nobody counted is left out,
 * since 0 lost would be a claim.
 */
export const receiptVariables = (receipt: Receipt): Readonly<Record<string, string>> => ({
  ...(!isBlank(receipt) && {
    PHP_ZD_REQUESTS: String(receipt.requests),
    PHP_ZD_LOST: String(receipt.lost),
    ...statusVariables(receipt.statuses),
    PHP_ZD_RETRIED: String(receipt.retries),
    PHP_ZD_REDISPATCHED: String(receipt.redispatches),
    PHP_ZD_LONGEST_QUEUE: String(receipt.longestQueue),
  }),
  ...(receipt.killedProcesses !== undefined && { PHP_ZD_KILLED_PROCESSES: String(receipt.killedProcesses) }),
  PHP_ZD_DURATION_MS: String(Math.round(receipt.ms)),
});

/** Whether nothing was counted. */
export const isBlank = ({ isComplete, requests, lost }: Receipt): boolean =>
  !isComplete && requests === 0 && lost === 0;

/** PHP_ZD_ANSWERED_2XX and so on. */
const statusVariables = (statuses: Receipt['statuses']): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(statuses ?? {}).map(([name, count]) => [
      `PHP_ZD_${name.replace('answered', 'answered_').toUpperCase()}`,
      String(count),
    ]),
  );
