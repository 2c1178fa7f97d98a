import { basename } from 'node:path';
import { printable } from '../base/printable.ts';
import { isBlank } from '../run/receipt/receipt-variables.ts';
import type { HistoryEntry } from '../run/record/history.ts';
import { renderTable } from './terminal/table.ts';
import { digits } from './words/count.ts';
import { describeRecorded } from './words/errors.ts';
import { phpWords } from './words/receipt.ts';
import { spanWords } from './words/span.ts';
import { instantWords } from './words/time.ts';

/** The rolls as a table, the newest last, where the eye is. Below a roll stands to which PHP it came, and why it failed. */
export const renderHistory = (rolls: readonly HistoryEntry[]): string => {
  const [head = '', ...lines] = renderTable([
    ['WHEN', 'BY', 'FROM', 'TO', 'RESULT', 'TOOK', 'REQUESTS', 'LOST'],
    ...rolls.map(rowOf),
  ]).split('\n');
  return [head, ...rolls.flatMap((roll, index) => [lines[index] ?? '', ...reasonOf(roll)]), ''].join('\n');
};

const rowOf = ({ startedAt, endedAt, by, from, release, outcome, receipt }: HistoryEntry): readonly string[] => [
  instantWords(startedAt),
  printable(by ?? '-', 64),
  nameOf(from),
  nameOf(release),
  outcome.replace('-', ' '),
  spanWords(endedAt - startedAt),
  ...(receipt === undefined || isBlank(receipt) ? ['-', '-'] : [digits(receipt.requests), digits(receipt.lost)]),
];

/** A release's name: releases lie side by side, and `--json` has their directories. */
const nameOf = (release: string | undefined): string =>
  release === undefined ? '-' : printable(basename(release), 64);

const reasonOf = ({ error, receipt }: HistoryEntry): readonly string[] => [
  ...(receipt?.php === undefined ? [] : [`    ${printable(phpWords(receipt.php), 200)}`]),
  ...(error === undefined ? [] : [`    ${printable(describeRecorded(error), 1_000)}`]),
];
