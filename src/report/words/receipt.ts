import type { JournalFields } from '../../ports/journal.ts';
import type { Phase, Phases, Receipt } from '../../run/record/receipt.ts';
import { countWords, digits } from './count.ts';
import { spanWords } from './span.ts';

/** What replicas and requests went through meanwhile. */
const phaseNames: { readonly [Kind in Phase]: string } = {
  prepare: 'preparing',
  settle: 'settling',
  hook: 'running hooks',
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

/** The end of a sentence: no capital, no full stop. */
export const receiptWords = (receipt: Receipt): string => {
  if (isBlank(receipt)) return 'requests not counted';
  const counted = `${countWords(receipt.requests, 'request')}, ${digits(receipt.lost)} lost`;
  return receipt.isComplete ? counted : `${counted}, as far as was counted`;
};

/** A page: what was counted, where the time went, and what the numbers cannot tell. */
export const receiptLines = (receipt: Receipt): readonly string[] => [
  ...(isBlank(receipt) ? [] : countedLines(receipt)),
  timeLine(receipt),
  ...limitsOf(receipt),
];

/** A number that nobody counted is left out: 0 lost would be a claim. */
export const receiptFields = (receipt: Receipt): JournalFields => ({
  ...(!isBlank(receipt) && {
    PHP_ZD_REQUESTS: String(receipt.requests),
    PHP_ZD_LOST: String(receipt.lost),
    PHP_ZD_RETRIED: String(receipt.retries),
    PHP_ZD_REDISPATCHED: String(receipt.redispatches),
    PHP_ZD_LONGEST_QUEUE: String(receipt.longestQueue),
  }),
  PHP_ZD_DURATION_MS: String(Math.round(receipt.ms)),
});

/** Nothing was counted. */
export const isBlank = ({ isComplete, requests, lost }: Receipt): boolean =>
  !isComplete && requests === 0 && lost === 0;

const countedLines = (receipt: Receipt): readonly string[] => [
  `Requests: ${digits(receipt.requests)}`,
  `Lost: ${digits(receipt.lost)}${lostWords(receipt)}`,
  `Retried: ${digits(receipt.retries)}`,
  `Redispatched to another replica: ${digits(receipt.redispatches)}`,
  `Clients that went away: ${digits(receipt.clientAborts)}`,
  `Longest queue: ${digits(receipt.longestQueue)}`,
];

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

/** Longest first. What shows as 0.00 s tells nothing. */
const phaseWords = (phases: Phases): readonly string[] =>
  (Object.keys(phaseNames) as readonly Phase[])
    .map(kind => ({ name: phaseNames[kind], ms: phases[kind] ?? 0 }))
    .filter(({ ms }) => ms >= 5)
    .sort((one, other) => other.ms - one.ms)
    .map(({ name, ms }) => `${name} ${spanWords(ms)}`);

const limitsOf = ({ isComplete, workerChanges }: Receipt): readonly string[] => [
  "PHP's own errors (status 5xx) are not visible here: HAProxy passes FastCGI on unread.",
  ...(workerChanges > 0
    ? [`HAProxy changed its process ${times(workerChanges)}; what the former one counted last is not included.`]
    : []),
  ...(isComplete ? [] : ['HAProxy did not answer; not everything was counted.']),
];

const times = (count: number): string => (count === 1 ? 'once' : `${digits(count)} times`);
