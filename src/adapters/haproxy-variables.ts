import {
  ANSWER_TIMES_MS,
  ANSWERED,
  type AnswersByStatus,
  SERVER_COUNTS,
  STATUS_CLASSES,
  serverVariable,
  slowVariable,
  statusVariable,
} from '../base/answer-variables.ts';
import type { AnswerFigures, Balancer, ServerAnswers } from '../ports/balancer.ts';
import { parsePid, parseRate } from './haproxy-answers.ts';
import { read, refused, SHOW_INFO, SHOW_TOTALS } from './haproxy-exchange.ts';

// What the balancer counts of answers stands in variables of its process (management guide 9.3, `get var`).

const NONE = 'Variable not found.';

/** A number in an answer to `get var`; 0 of a variable that nobody has set yet. Undefined when the answer is something else. */
export const parseVariable = (answer: string): number | undefined => {
  const value = /: type=sint value=<(\d{1,19})>$/.exec(answer.trim())?.[1];
  if (value !== undefined) return Number(value);
  return answer.trim() === NONE ? 0 : undefined;
};

const getVariable = (variable: string): string => `get var ${variable}`;

export const statusCommands = (site: string): readonly string[] =>
  STATUS_CLASSES.map(each => getVariable(statusVariable(site, each)));

export const parseStatuses = (answers: readonly string[]): AnswersByStatus | undefined => {
  const counts = ANSWERED.map((name, at) => [name, parseVariable(answers[at] ?? '')] as const);
  return counts.some(([, count]) => count === undefined) ? undefined : (Object.fromEntries(counts) as AnswersByStatus);
};

const slowCommands = (site: string): readonly string[] =>
  ANSWER_TIMES_MS.map(ms => getVariable(slowVariable(site, ms)));

const parseSlower = (answers: readonly string[]): AnswerFigures['slower'] | undefined => {
  const slower = ANSWER_TIMES_MS.map((ms, index) => ({ ms, answers: parseVariable(answers[index] ?? '') ?? -1 }));
  return slower.some(each => each.answers < 0) ? undefined : slower;
};

/** The commands for one server, in the order of `SERVER_COUNTS`. */
const serverCommands = (site: string, server: string): readonly string[] =>
  SERVER_COUNTS.map(count => getVariable(serverVariable(site, server, count)));

const parseServerAnswers = (text: readonly string[]): ServerAnswers | undefined => {
  const [answers, failed, ms, squares] = text.map(parseVariable);
  if (answers === undefined || failed === undefined || ms === undefined || squares === undefined) return undefined;
  return { answers, failed, ms, squares };
};

/** The answers to commands of one line. */
type Ask = (commands: readonly string[]) => Promise<readonly string[]>;

export const answerFigures = async (ask: Ask, backend: string): Promise<AnswerFigures> => {
  const counts = statusCommands(backend);
  const [stat = '', ...answers] = await ask([SHOW_TOTALS, ...counts, ...slowCommands(backend)]);
  return {
    statuses: readAll(parseStatuses, answers.slice(0, counts.length)),
    slower: readAll(parseSlower, answers.slice(counts.length)),
    ratePerSecond: read(answer => parseRate(answer, backend), SHOW_TOTALS, stat),
  };
};

export const serverAnswers = async (
  ask: Ask,
  backend: string,
  servers: readonly string[],
): ReturnType<Balancer['serverAnswers']> => {
  const asked = servers.slice(0, MOST_SERVERS);
  const [info = '', ...answers] = await ask([SHOW_INFO, ...asked.flatMap(server => serverCommands(backend, server))]);
  const each = asked.map((server, index): [string, ServerAnswers] => {
    const from = index * SERVER_COUNTS.length;
    return [server, readAll(parseServerAnswers, answers.slice(from, from + SERVER_COUNTS.length))];
  });
  const worker = read(parsePid, SHOW_INFO, info);
  if (servers.length <= MOST_SERVERS) return { worker, answers: new Map(each) };
  const rest = await serverAnswers(ask, backend, servers.slice(MOST_SERVERS));
  // Between the two HAProxy was reloaded, and the rest is another worker's.
  return { worker, answers: new Map([...each, ...(rest.worker === worker ? rest.answers : [])]) };
};

/** HAProxy takes a line of 16 KB, and a site's name has up to 60 characters. */
const MOST_SERVERS = 32;

/** As `read`, of answers to several commands `get var`. */
export const readAll = <T>(parse: (answers: readonly string[]) => T | undefined, answers: readonly string[]): T => {
  const parsed = parse(answers);
  if (parsed === undefined) throw refused('get var', answers.join(' '));
  return parsed;
};
