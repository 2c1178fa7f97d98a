import type { HistoryEntry } from '../../run/record/history.ts';
import { describeRecorded } from '../words/errors.ts';
import { receiptLines } from '../words/receipt.ts';
import { instantWords } from '../words/time.ts';

/** How a roll ended, with its receipt. */
export const lastRollLines = (site: string, roll: HistoryEntry): readonly string[] => {
  const { outcome, release, from, endedAt, error, receipt } = roll;
  const to = release === undefined ? '' : ` to ${release}`;
  const back = from === undefined || from === release ? '' : ` (from ${from})`;
  return [
    `The last roll of ${site}${to}${back}: ${outcome.replace('-', ' ')}, ${instantWords(endedAt)}.`,
    ...(error === undefined ? [] : [`It failed: ${describeRecorded(error)}.`]),
    ...(receipt === undefined ? [] : receiptLines(receipt)),
  ];
};
