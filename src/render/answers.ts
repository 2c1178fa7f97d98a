import {
  ANSWER_TIMES_MS,
  type ServerCount,
  STATUS_CLASSES,
  serverVariable,
  slowVariable,
  statusVariable,
} from '../base/answer-variables.ts';
import type { Site } from '../site/site.ts';

/** The longest time of an answer that counts: one that takes an hour tells no more of a release than one that takes a minute. */
const MOST_MS = 60_000;

/** What the replicas answer in. */
type Protocol = 'fastcgi' | 'http';

/** Lines of the balancer that count a site's answers, each empty where nothing is counted. */
interface AnswerLines {
  /** Of a frontend, after a hold: its wait is none of the release's. */
  readonly begin: string;
  /** Of the backend whose replicas answer. */
  readonly count: string;
}

/**
 * What a site's replicas answer is told by the first bytes of each answer, as they pass: its status, and the time until then. So it counts
 * for every way in, and by the replica, which nobody else knows. The balancer goes on reading nothing of a site that nobody asks about.
 */
export const renderAnswers = (
  site: Site,
  servers: readonly { readonly slot: number }[],
  protocol: Protocol,
): AnswerLines => {
  if (!countsAnswers(site)) return { begin: '', count: '' };
  const perReplica = isCompared(site) ? servers.map(({ slot }) => perServer(site.name, String(slot))) : [];
  const lines = [
    'inspect-delay 1d',
    // A request that comes from another backend of the site's is counted there.
    `content accept if !{ var(txn.begun) -m found } || !{ res.payload(${FIRST_BYTES[protocol]},1) -m found }`,
    // A clock that is set meanwhile makes no time of an answer's.
    'content set-var(txn.ms) date(0,ms),sub(txn.begun)',
    'content set-var(txn.ms) int(0) if { var(txn.ms) -m int lt 0 }',
    `content set-var(txn.ms) int(${MOST_MS}) if { var(txn.ms) -m int gt ${MOST_MS} }`,
    ...STATUS_LINES[protocol].map(line => `content ${line}`),
    ...STATUS_CLASSES.map(each => `content ${add(statusVariable(site.name, each), '1')} if ${ofClass(each)}`),
    ...perReplica.flat(),
    // Most answers are quick, and compared with one time alone.
    ...ANSWER_TIMES_MS.flatMap(ms => [
      `content accept if { var(txn.ms) -m int lt ${ms} }`,
      `content ${add(slowVariable(site.name, ms), '1')}`,
    ]),
  ];
  return {
    // What php-zd answers in a maintenance is none of the replicas'.
    begin: '  tcp-request content set-var(txn.begun) date(0,ms) if !{ var(txn.maintenance) -m found }\n',
    count: `  # Answers are counted as they begin (src/base/answer-variables.ts).\n${lines.map(line => `  tcp-response ${line}\n`).join('')}`,
  };
};

/** Who is reached over HTTP sees what his visitors are answered, and who compares releases needs it. */
const countsAnswers = (site: Site): boolean => site.listen.http !== undefined || isCompared(site);

const isCompared = ({ bakeErrors, bakeLatency }: Site): boolean =>
  bakeErrors !== undefined || bakeLatency !== undefined;

/** The last byte that tells the status: of the first record "Status: 500", or of "HTTP/1.1 500". */
const FIRST_BYTES = { fastcgi: 16, http: 9 } as const;

/**
 * PHP says a status first of all, and none that is 200. What it has logged of the request comes before, in records of their own
 * (type 7): then units/haproxy.lua looks for it behind them.
 */
const STATUS_LINES: { readonly [Each in Protocol]: readonly string[] } = {
  fastcgi: [
    'set-var(txn.class) str(2)',
    'set-var(txn.class) res.payload(16,1) if { res.payload(8,8) -m str "Status: " }',
    'lua.php-zd-status if { res.payload(1,1) -m bin 07 }',
  ],
  http: ['set-var(txn.class) res.payload(9,1)'],
};

const ofClass = (statusClass: number): string => `{ var(txn.class) -m str ${statusClass} }`;

const add = (variable: string, what: string): string => `set-var(${variable}) var(${variable},0),add(${what})`;

const perServer = (site: string, server: string): readonly string[] => {
  const isIt = `{ srv_name ${server} }`;
  const count = (what: ServerCount, much: string) =>
    `content ${add(serverVariable(site, server, what), much)} if ${isIt}`;
  return [
    count('answers', '1'),
    `${count('failed', '1')} ${ofClass(5)}`,
    count('ms', 'txn.ms'),
    `content set-var(txn.square) var(txn.ms),mul(txn.ms) if ${isIt}`,
    count('squares', 'txn.square'),
  ];
};
