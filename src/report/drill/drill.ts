import { isError, recallError } from '../../base/errors.ts';
import { printable } from '../../base/printable.ts';
import { formatTimeSpan } from '../../base/time-span.ts';
import { isRefused, type Sample } from '../../run/drill/ask.ts';
import { type DrillReport, isFlawless, type KindCount } from '../../run/drill/drill.ts';
import type { DrillKind } from '../../run/drill/question.ts';
import type { DrillPlan } from '../../run/drill/wishes.ts';
import { renderTable } from '../terminal/table.ts';
import { countWords, digits } from '../words/count.ts';
import { describeError } from '../words/errors.ts';
import { receiptLines } from '../words/receipt.ts';
import { spanWords } from '../words/span.ts';

const kindNames: { readonly [Kind in DrillKind]: string } = {
  fast: 'quick',
  post: 'POST',
  long: 'long',
  after: 'works on after its answer',
  app: 'the application',
};

/** What a drill will do and how far it will go, for before it begins. */
export const announceDrill = (site: string, plan: DrillPlan, wanted: number | undefined): string => {
  const { release, clients, longMs, app, isAskedOverHttp, reloadsBalancer, mostMs } = plan;
  return [
    `Drill of ${site}: a roll of ${release} onto itself, with ${countWords(clients, 'client')} asking meanwhile, for at most ${formatTimeSpan(mostMs)}.`,
    ...(wanted !== undefined && wanted > clients
      ? [`Not ${wanted}: half of the free children are left to visitors.`]
      : []),
    `They ask a script of php-zd's: quick requests, POSTs, requests of ${formatTimeSpan(longMs)}, work after the answer.`,
    app === undefined
      ? 'The application is not asked.'
      : `The application is asked for ${printable(app.path, 200)} too${isAskedOverHttp ? ', over HTTP, as visitors ask' : ''}.`,
    ...(reloadsBalancer ? ['HAProxy is reloaded in the middle.'] : []),
    '',
  ].join('\n');
};

/** The drill's own count, then the roll's receipt, then the verdict. */
export const renderDrill = (report: DrillReport): string =>
  [
    renderTable([['REQUESTS', 'SENT', 'RIGHT', 'LOST', 'LONGEST'], ...report.kinds.map(kindRow)]),
    '\n',
    ...[...lossLines(report.losses), ...countLines(report), ...receiptPart(report), '', verdict(report)].map(
      line => `${line}\n`,
    ),
  ].join('');

/** A drill's report for programs, with the reasons in words too. */
export const drillJson = (report: DrillReport): object => ({
  ...report,
  losses: report.losses.map(({ kind, number, startedAt, ms, loss }) => ({
    ...{ kind, number, startedAt, ms },
    reason: lossWords(loss),
  })),
  isFlawless: isFlawless(report),
});

const kindRow = ({ kind, sent, lost, longestMs }: KindCount): readonly string[] => [
  kindNames[kind],
  ...[sent, sent - lost, lost].map(digits),
  spanWords(longestMs),
];

const MOST_LOSSES = 10;

const lossLines = (losses: readonly Sample[]): readonly string[] => {
  const shown = losses.slice(0, MOST_LOSSES);
  const more = losses.length - shown.length;
  return [
    ...shown.map(
      ({ kind, number, startedAt, ms, loss }) =>
        `Lost: request ${number} (${kindNames[kind]}), sent ${new Date(startedAt).toISOString()}, after ${spanWords(ms)}: ${lossWords(loss)}`,
    ),
    ...(more > 0 ? [`Lost: ${countWords(more, 'more request')}; --json has them all`] : []),
  ];
};

/** Why a request was lost. The drill's connections go to HAProxy, so that is named and not PHP-FPM. */
const lossWords = (loss: Sample['loss']): string => {
  const { status, unanswered, body = '' } = loss ?? {};
  const error = loss?.error && recallError(loss.error);
  if (unanswered !== undefined) {
    return loss !== undefined && isRefused(loss)
      ? `HAProxy did not take it (${unanswered})`
      : `no whole answer (${unanswered})`;
  }
  if (error === undefined) return `the wrong answer, ${status} ${printable(body, 80)}`.trim();
  if (isError(error, 'fastcgi-unreachable')) return `HAProxy did not take it (${error.facts.errno})`;
  return isError(error, 'fastcgi-broken') ? `no whole answer (${error.facts.reason})` : describeError(error);
};

const countLines = ({ executions, balancer, isCut, lost, refused, statuses }: DrillReport): readonly string[] => [
  ...(statuses === undefined ? [] : [`Answered over HTTP: ${statusesWords(statuses)}`]),
  ...(lost === 0 ? [] : [`Of the lost, refused: ${digits(refused)}, of which nothing was sent`]),
  ...(executions === undefined
    ? ['Run twice, never, or left undone: not known, the script did not answer at the end']
    : [
        `Run twice: ${digits(executions.twice)}`,
        `Never run: ${digits(executions.never)}`,
        `Work after the answer left undone: ${digits(executions.unfinished)}`,
      ]),
  ...(balancer === 'left alone' ? [] : [`HAProxy, in the middle of the roll: ${balancer}`]),
  ...(isCut ? ['The load came to its bounds before the roll was over: the rest of it went without'] : []),
];

const statusesWords = (statuses: Readonly<Record<string, number>>): string => {
  const words = Object.entries(statuses).map(([name, count]) => `${digits(count)} with ${name}`);
  return words.length === 0 ? 'nothing' : words.join(', ');
};

const receiptPart = ({ receipt, reloadMs }: DrillReport): readonly string[] =>
  receipt === undefined
    ? ['', 'There is no receipt: the roll is not over, or was refused.']
    : ['', 'Receipt of the roll:', ...receiptLines(receipt), reloadWords(receipt.ms, reloadMs)];

/** What the receipt's time has not: a roll cannot count what comes before its own process, and after it. */
const reloadWords = (rollMs: number, reloadMs: number): string =>
  `The whole reload: ${spanWords(reloadMs)} (systemd, and the start of Node.js, ${spanWords(Math.max(0, reloadMs - rollMs))})`;

const verdict = (report: DrillReport): string => {
  const { site, sent, lost } = report;
  if (isFlawless(report))
    return `Nothing was lost: ${countWords(sent, 'request')}, each of them run once and answered right.`;
  const counted =
    lost === 0 ? 'No request was lost, but see above' : `Lost ${digits(lost)} of ${countWords(sent, 'request')}`;
  return `${counted}. See "journalctl -eu php-zd@${site} -u php-zd-haproxy" and "php-zd status ${site}".`;
};
