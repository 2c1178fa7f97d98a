/**
 * Sends bounded load to a site and counts what was lost. A request is lost when it is answered by anything but a 200 with the
 * whole expected body. Runs until its standard input ends, or for `--seconds`; then prints one JSON report. A line of input is
 * answered by the line `round` on standard error when every fast and POST client has begun and finished one more request.
 *
 *   load --url http://127.0.0.1/ --fast 8 --slow 2 --post 2 --after 2 --seconds 20
 *
 * The site under load answers `release=R ...`, sleeps for ?s=SECONDS, echoes POST n, and with ?after=ID finishes the request at
 * once and works on (test/lab/site/index.php).
 */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { Kind, LoadReport, Sample } from './report.ts';
import { KINDS, reportOf } from './report.ts';

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1/' },
    fast: { type: 'string', default: '0' },
    slow: { type: 'string', default: '0' },
    post: { type: 'string', default: '0' },
    after: { type: 'string', default: '0' },
    'slow-seconds': { type: 'string', default: '5' },
    'after-seconds': { type: 'string', default: '1' },
    seconds: { type: 'string', default: '120' },
    'pause-ms': { type: 'string', default: '20' },
  },
});

const site = new URL(values.url);
const pauseMs = Number(values['pause-ms']);
/**
 * The pause between two requests of a client: long enough that requests that work on after the answer keep one PHP process, not
 * all.
 */
const pausesMs: Record<Kind, number> = {
  fast: pauseMs,
  post: pauseMs,
  slow: 0,
  after: 1000 * Number(values['after-seconds']),
};
const stop = new AbortController();
const samples: Sample[] = [];
const afterIds: string[] = [];
let serial = 0;

interface Question {
  readonly path: string;
  readonly body?: string;
  readonly expected: RegExp;
}

/** What one client of a kind asks next. */
const questions: Record<Kind, () => Question> = {
  fast: () => ({ path: '/', expected: /^release=(\S+) done$/ }),
  slow: () => ({ path: `/?s=${values['slow-seconds']}`, expected: /^release=(\S+) done$/ }),
  post: () => {
    serial += 1;
    return { path: '/', body: `n=${serial}`, expected: new RegExp(`^release=(\\S+) n=${serial} done$`) };
  },
  after: () => {
    serial += 1;
    const id = `${process.pid}-${serial}`;
    return { path: `/?after=${id}&t=${values['after-seconds']}`, expected: /^release=(\S+) done$/ };
  },
};

const NO_ANSWER_MS = 60_000;

/** A question as HTTP/1.0 has it: the answer ends with its connection, and is as it was sent. */
const requestOf = ({ path, body }: Question): string =>
  body === undefined
    ? `GET ${path} HTTP/1.0\r\nHost: ${site.host}\r\n\r\n`
    : `POST ${path} HTTP/1.0\r\nHost: ${site.host}\r\nContent-Type: application/x-www-form-urlencoded\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`;

/**
 * All that comes back. A connection for each question, since the tests ask what the balancer does with a new request; without
 * Node.js's own client of HTTP, which takes more of the processor than the site under load does.
 */
const exchange = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(site.port || 80), site.hostname, () => socket.write(text));
    socket.setEncoding('utf8');
    socket.setTimeout(NO_ANSWER_MS, () => socket.destroy(new Error(`no answer for ${NO_ANSWER_MS} ms`)));
    socket.on('data', chunk => {
      answer += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });

const ANSWER = /^HTTP\/1\.\d (\d{3}) .*?\r\n\r\n(.*)$/s;

const answerTo = async (question: Question): Promise<Pick<Sample, 'release' | 'lost'>> => {
  try {
    const answer = await exchange(requestOf(question));
    const [, status, text = ''] = ANSWER.exec(answer) ?? [];
    const release = question.expected.exec(text)?.[1];
    if (status === '200' && release !== undefined) return { release };
    return {
      lost: status === undefined ? `no whole answer: ${answer.slice(0, 80)}` : `${status} ${text.slice(0, 80)}`,
    };
  } catch (error) {
    return { lost: error instanceof Error ? error.message : String(error) };
  }
};

const ask = async (kind: Kind): Promise<void> => {
  const question = questions[kind]();
  const startedAt = Date.now();
  const outcome = await answerTo(question);
  samples.push({ kind, startedAt, endedAt: Date.now(), ...outcome });
  const id = /after=([^&]+)/.exec(question.path)?.[1];
  if (id !== undefined && outcome.lost === undefined) afterIds.push(id);
};

/** The clients that each round still waits for. */
const rounds = new Set<Set<object>>();

const endRequest = (client: object, begunIn: readonly Set<object>[]): void => {
  for (const round of begunIn) {
    if (round.delete(client) && round.size === 0) endRound(round);
  }
};

const endRound = (round: Set<object>): void => {
  rounds.delete(round);
  process.stderr.write('round\n');
};

const beginRound = (): void => {
  const round = new Set<object>(quickClients);
  rounds.add(round);
  if (round.size === 0) endRound(round);
};

const client = async (kind: Kind, self: object): Promise<void> => {
  while (!stop.signal.aborted) {
    const begunIn = [...rounds];
    await ask(kind);
    endRequest(self, begunIn);
    if (!stop.signal.aborted) await new Promise(resolve => setTimeout(resolve, pausesMs[kind]));
  }
};

const clients = KINDS.flatMap(kind => Array.from({ length: Number(values[kind]) }, () => ({ kind })));
const quickClients = clients.filter(({ kind }) => kind === 'fast' || kind === 'post');
setTimeout(() => stop.abort(), Number(values.seconds) * 1000).unref();
createInterface({ input: process.stdin })
  .on('line', beginRound)
  .on('close', () => stop.abort());
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
await Promise.all(clients.map(self => client(self.kind, self)));
const report: LoadReport = reportOf(samples, afterIds);
process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
