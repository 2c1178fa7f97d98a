import type { AnswersByStatus } from '../../base/answer-variables.ts';
import type { Phase, Phases, PhpChange, Receipt } from '../../run/receipt/receipt.ts';
import { isBlank } from '../../run/receipt/receipt-variables.ts';
import { countWords, digits, timesWords } from './count.ts';
import { spanWords } from './span.ts';

/** The phases of a roll by what replicas and requests went through in them. */
const phaseNames: { readonly [Kind in Phase]: string } = {
  prepare: 'preparing',
  settle: 'settling',
  hook: 'running hooks',
  write: 'writing the configuration',
  hold: 'holding',
  pin: 'pinning',
  start: 'starting',
  warm: 'warming up',
  prove: 'proving',
  serve: 'giving requests',
  switch: 'switching',
  bake: 'watching',
  drain: 'draining',
  retire: 'finishing the last requests',
  'stand-by': 'standing by',
  promote: 'promoting',
};

/** A receipt as the end of a sentence, without capital and full stop. */
export const receiptWords = (receipt: Receipt): string => {
  const php = receipt.php === undefined ? '' : `, ${phpWords(receipt.php)}`;
  if (isBlank(receipt)) return `requests not counted${php}`;
  const killed = receipt.killedProcesses === undefined ? '' : `, ${killedWords(receipt.killedProcesses)} killed`;
  const counted = `${countWords(receipt.requests, 'request')}, ${digits(receipt.lost)} lost${killed}`;
  return `${receipt.isComplete ? counted : `${counted}, as far as was counted`}${php}`;
};

/** Which PHP serves instead of which. */
export const phpWords = ({ from, to }: PhpChange): string => `PHP ${from} -> ${to}`;

const killedWords = (count: number): string => (count === 1 ? '1 process' : `${digits(count)} processes`);

/** A receipt as lines: what was counted, where the time went, and what the numbers cannot tell. */
export const receiptLines = (receipt: Receipt): readonly string[] => [
  ...(isBlank(receipt) ? [] : countedLines(receipt)),
  ...(receipt.killedProcesses === undefined
    ? []
    : [`Processes that requests had left running, killed: ${digits(receipt.killedProcesses)}`]),
  ...(receipt.php === undefined ? [] : [phpWords(receipt.php)]),
  timeLine(receipt),
  ...limitsOf(receipt),
];

const countedLines = (receipt: Receipt): readonly string[] => [
  `Requests: ${digits(receipt.requests)}`,
  `Lost: ${digits(receipt.lost)}${lostWords(receipt)}`,
  ...(receipt.statuses === undefined ? [] : [`Answered: ${statusWords(receipt.statuses)}`]),
  `Retried: ${digits(receipt.retries)}`,
  `Redispatched to another replica: ${digits(receipt.redispatches)}`,
  `Clients that went away: ${digits(receipt.clientAborts)}`,
  `Longest queue: ${digits(receipt.longestQueue)}`,
];

/** Only classes that there were any of, but for 5xx, of which it matters that there were none. */
const statusWords = (statuses: AnswersByStatus): string =>
  ([1, 2, 3, 4, 5] as const)
    .map(first => ({ first, count: statuses[`answered${first}xx`] }))
    .filter(({ first, count }) => count > 0 || first === 5)
    .map(({ first, count }) => `${digits(count)} with ${first}xx`)
    .join(', ');

const lostWords = ({ unreached, brokenOff }: Receipt): string => {
  const words = [
    ...(unreached > 0 ? [`${digits(unreached)} reached no replica, or gave up in the queue`] : []),
    ...(brokenOff > 0 ? [`${digits(brokenOff)} broken off by a replica`] : []),
  ];
  return words.length === 0 ? '' : ` (${words.join('; ')})`;
};

const timeLine = ({ ms, phases }: Receipt): string => {
  const parts = phaseWords(phases);
  return `Time: ${spanWords(ms)}${parts.length === 0 ? '' : ` (${parts.join(', ')})`}`;
};

/** The phases with their times, the longest first. A phase that would show as 0.00 s is left out. */
const phaseWords = (phases: Phases): readonly string[] =>
  (Object.keys(phaseNames) as readonly Phase[])
    .map(kind => ({ name: phaseNames[kind], ms: phases[kind] ?? 0 }))
    .filter(({ ms }) => ms >= 5)
    .sort((one, other) => other.ms - one.ms)
    .map(({ name, ms }) => `${name} ${spanWords(ms)}`);

const limitsOf = ({ isComplete, workerChanges }: Receipt): readonly string[] => [
  ...(workerChanges > 0
    ? [`HAProxy changed its process ${timesWords(workerChanges)}; what the former one counted last is not included.`]
    : []),
  ...(isComplete ? [] : ['HAProxy did not answer; not everything was counted.']),
];
