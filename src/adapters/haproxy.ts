import type { AnswersByStatus } from '../base/answer-variables.ts';
import { isError } from '../base/errors.ts';
import { grouped } from '../base/grouped.ts';
import { paths } from '../base/paths.ts';
import type {
  BackendState,
  Balancer,
  Overview,
  ServerChecks,
  ServerName,
  ServerState,
  ServerSwitch,
  SiteTotals,
  Worker,
} from '../ports/balancer.ts';
import {
  type AdminState,
  parseAll,
  parseConnections,
  parseHeld,
  parsePid,
  parseServersState,
  parseStat,
  parseTotals,
  parseWorkers,
  type ServerStat,
  type StatsByBackend,
  serversOf,
  totalsOf,
} from './haproxy-answers.ts';
import { ask, askCurrent, orNothing, read, refused, SHOW_INFO, SHOW_STAT, SHOW_TOTALS } from './haproxy-exchange.ts';
import { answerFigures, parseStatuses, readAll, serverAnswers, statusCommands } from './haproxy-variables.ts';

export interface HaproxyOptions {
  /** The runtime socket, where the current worker answers, and for a moment after a reload the former one. */
  readonly admin?: string;
  /** The master socket, which knows the former workers and passes a command on to any of them. */
  readonly master?: string;
  /** The deadline of one exchange. */
  readonly deadlineMs?: number;
}

/** Frontends, backends and servers. */
const SHOW_STATE = 'show servers state';
const SHOW_ALL = 'show stat -1 7 -1';

/** The real HAProxy, by its runtime and master sockets (management guide 9.3, 9.4). Holds nothing between two questions. */
export const makeBalancer = (options: HaproxyOptions = {}): Balancer => {
  const { admin = paths.balancerAdmin, master = paths.balancerMaster, deadlineMs = 5_000 } = options;
  const haproxy: Haproxy = {
    ask: commands => askCurrent(admin, commands, deadlineMs),
    askMaster: commands => ask(master, commands, deadlineMs),
  };
  return {
    servers: backend => servers(haproxy, backend),
    drain: (backend, server) => set(haproxy, [`set server ${backend}/${server} state drain`]),
    ready: (backend, server) => set(haproxy, [`set server ${backend}/${server} state ready`, weigh(backend, server)]),
    switch: (backend, servers) => set(haproxy, switchCommands(backend, servers)),
    markDown: ({ backend, server }) => set(haproxy, [`set server ${backend}/${server} health down`]),
    checks: () => checks(haproxy),
    rest: servers => setEach(haproxy, 'disable health', servers),
    watch: servers => setEach(haproxy, 'enable health', servers),
    totals: backend => totals(haproxy, backend),
    answerFigures: backend => answerFigures(haproxy.ask, backend),
    serverAnswers: (backend, servers) => serverAnswers(haproxy.ask, backend, servers),
    overview: () => overview(haproxy),
    workers: () => workers(haproxy),
    sessions: (backend, server) => load(haproxy, { backend, server }),
    held: backend => held(haproxy, backend),
    connections: async () => read(parseConnections, SHOW_INFO, (await haproxy.ask([SHOW_INFO]))[0] ?? ''),
    version: async () => (await haproxy.ask(['show version']))[0]?.trim() ?? '',
  };
};

interface Haproxy {
  /** The current worker's answers. All commands go through one connection, so one process answers them. */
  readonly ask: (commands: readonly string[]) => Promise<readonly string[]>;
  readonly askMaster: (commands: readonly string[]) => Promise<readonly string[]>;
}

/** As configured, whatever a hand has set: one without weight gets no requests, ready or not, and its state is UP (facts.md N169). */
const weigh = (backend: string, server: string): string => `set server ${backend}/${server} weight 100%`;

const servers = async (haproxy: Haproxy, backend: string): Promise<readonly ServerState[]> => {
  const showState = `show servers state ${backend}`;
  const [state = '', stat = ''] = await haproxy.ask([showState, SHOW_STAT]);
  const states = read(parseServersState, showState, state);
  return joinServers(backend, states, read(parseStat, SHOW_STAT, stat));
};

const joinServers = (name: string, states: readonly AdminState[], stats: StatsByBackend): readonly ServerState[] => {
  const known = serversOf(stats, name);
  return states.flatMap(({ server, isUp, isAlive, admin }) => {
    const found = known.get(server);
    // A server that was deleted between the two answers is gone.
    if (!found) return [];
    const { status, sessions, queued, counters } = found;
    return [{ server, isUp, isAlive, admin, status, sessions, queued, counters }];
  });
};

const overview = async (haproxy: Haproxy): Promise<Overview> => {
  const [[state = '', info = '', stat = ''], known] = await Promise.all([
    haproxy.ask([SHOW_STATE, SHOW_INFO, SHOW_ALL]),
    orNothing(() => workers(haproxy)),
  ]);
  const states = grouped(read(parseServersState, SHOW_STATE, state), ({ backend }) => backend);
  const worker = read(parsePid, SHOW_INFO, info);
  const { stats, totals } = read(parseAll, SHOW_ALL, stat);
  const others = await statsOfOthers(haproxy, known ?? [], worker);
  const serversIn = (name: string) => withOthers(joinServers(name, states.get(name) ?? [], stats), others, name);
  const backends = new Map(
    [...totals].map(([name, own]): [string, BackendState] => {
      const counted = totalsOf(totals, name) ?? own;
      return [name, { servers: serversIn(name), totals: { worker, ...counted } }];
    }),
  );
  return { backends, connections: read(parseConnections, SHOW_INFO, info) };
};

/** As a rule there are none. */
const statsOfOthers = async (
  haproxy: Haproxy,
  known: readonly Worker[],
  worker: number,
): Promise<readonly StatsByBackend[]> => {
  const others = known.filter(({ pid }) => pid !== worker).map(({ pid }) => `@!${pid} ${SHOW_STAT}`);
  const ask = async (command: string) => read(parseStat, command, (await haproxy.askMaster([command]))[0] ?? '');
  const found = await Promise.all(others.map(command => orNothing(() => ask(command))));
  return found.filter(stats => stats !== undefined);
};

/** A worker that a reload left behind has sessions on the servers too. */
const withOthers = (
  servers: readonly ServerState[],
  others: readonly StatsByBackend[],
  backend: string,
): readonly ServerState[] => {
  const lines = others.map(stats => serversOf(stats, backend));
  const sum = (server: ServerState, of: 'sessions' | 'queued') =>
    lines.reduce((all, line) => all + (line.get(server.server)?.[of] ?? 0), server[of]);
  return servers.map(each => ({ ...each, sessions: sum(each, 'sessions'), queued: sum(each, 'queued') }));
};

const totals = async (haproxy: Haproxy, backend: string): Promise<SiteTotals> => {
  const showState = `show servers state ${backend}`;
  const commands = [showState, SHOW_INFO, SHOW_TOTALS, ...statusCommands(backend)];
  const [state = '', info = '', stat = '', ...statuses] = await haproxy.ask(commands);
  read(parseServersState, showState, state); // this command refuses a backend that HAProxy does not know, which SHOW_TOTALS does not
  const worker = read(parsePid, SHOW_INFO, info);
  const parse = (answer: string) => totalsOf(parseTotals(answer) ?? new Map(), backend);
  return { worker, ...read(parse, SHOW_TOTALS, stat), ...ifCounted(readAll(parseStatuses, statuses)) };
};

const ifCounted = (statuses: AnswersByStatus): Partial<AnswersByStatus> =>
  Object.values(statuses).some(count => count > 0) ? statuses : {};

/** Runs commands that set something. HAProxy answers such a command with nothing when it succeeded. */
const set = async (haproxy: Haproxy, commands: readonly string[]): Promise<void> => {
  if (commands.length === 0) return;
  const answers = await haproxy.ask(commands);
  for (const [index, answer] of answers.entries()) if (answer !== '') throw refused(commands[index] ?? '', answer);
  await setInFormer(haproxy, commands);
};

/**
 * A former worker takes connections for as long as `grace` says, and would give them to servers by what it was told before: to none, where
 * those have ended since that it knows of. One that has ended, or does not know a server, gives that one nothing.
 */
const setInFormer = async (haproxy: Haproxy, commands: readonly string[]): Promise<void> => {
  const former = ((await orNothing(() => workers(haproxy))) ?? []).filter(({ isCurrent }) => !isCurrent);
  await Promise.all(
    former.map(({ pid }) => orNothing(() => haproxy.askMaster(commands.map(each => `@!${pid} ${each}`)))),
  );
};

/**
 * The commands of a switch, for one line, in the order that makes the moment short in which both sets take requests. HAProxy
 * lets other work go on between two commands (facts.md N16), so all old servers but one are drained first, and that one right
 * after the first new server is ready. At no moment does no server take requests. What is drained is given its weight, so that it may be
 * alive for the next switch.
 */
const switchCommands = (backend: string, { ready, drain }: ServerSwitch): readonly string[] => {
  const set = (server: string, state: 'ready' | 'drain') => `set server ${backend}/${server} state ${state}`;
  const drains = drain.map(server => set(server, 'drain'));
  const readies = ready.map(server => set(server, 'ready'));
  const weights = drain.map(server => weigh(backend, server));
  return [...drains.slice(1), ...readies.slice(0, 1), ...drains.slice(0, 1), ...readies.slice(1), ...weights];
};

const checks = async (haproxy: Haproxy): Promise<readonly ServerChecks[]> => {
  const [state = ''] = await haproxy.ask([SHOW_STATE]);
  return read(parseServersState, SHOW_STATE, state)
    .filter(({ hasCheck }) => hasCheck)
    .map(({ backend, server, isAlive, isChecked }) => ({ backend, server, isAlive, isChecked }));
};

/** HAProxy takes lines of up to 16 KiB. */
const MOST_COMMANDS = 50;

const setEach = async (haproxy: Haproxy, command: string, servers: readonly ServerName[]): Promise<void> => {
  const commands = servers.map(({ backend, server }) => `${command} ${backend}/${server}`);
  for (let from = 0; from < commands.length; from += MOST_COMMANDS)
    await set(haproxy, commands.slice(from, from + MOST_COMMANDS));
};

const workers = async (haproxy: Haproxy): Promise<readonly Worker[]> =>
  read(parseWorkers, 'show proc', (await haproxy.askMaster(['show proc']))[0] ?? '');

/**
 * The sessions of a server. The list of workers is read before the current one answers: a worker that a reload makes a former
 * one in between is on the list, and is asked. A worker that comes later has another pid, which the next call tells.
 */
const load = async (haproxy: Haproxy, name: ServerName): ReturnType<Balancer['sessions']> => {
  const known = await workers(haproxy);
  const showState = `show servers state ${name.backend}`;
  const [state = '', info = '', stat = ''] = await haproxy.ask([showState, SHOW_INFO, SHOW_STAT]);
  const hasServer = read(parseServersState, showState, state).some(each => each.server === name.server);
  if (!hasServer) throw refused(`${showState} ${name.server}`, 'No such server.');
  const worker = read(parsePid, SHOW_INFO, info);
  const others = known.filter(({ pid }) => pid !== worker);
  const loads = await Promise.all(others.map(({ pid }) => loadOfOther(haproxy, pid, name)));
  const own = read(answer => sumOf(parseStat(answer), name), SHOW_STAT, stat);
  return { sessions: loads.reduce((sum, each) => sum + each, own), worker };
};

/**
 * Held requests over all workers. One that waits in a former worker goes to the current one when it is let through, and is
 * counted in both for that instant.
 */
const held = async (haproxy: Haproxy, backend: string): Promise<number> => {
  const known = await workers(haproxy);
  const parse = (answer: string) => parseHeld(answer, backend);
  const showState = `show servers state ${backend}`;
  const [state = '', info = '', stat = ''] = await haproxy.ask([showState, SHOW_INFO, SHOW_TOTALS]);
  read(parseServersState, showState, state);
  const worker = read(parsePid, SHOW_INFO, info);
  const others = known.filter(({ pid }) => pid !== worker);
  const held = await Promise.all(others.map(({ pid }) => askOther(haproxy, { pid, command: SHOW_TOTALS, parse })));
  return held.reduce((sum, each) => sum + each, read(parse, SHOW_TOTALS, stat));
};

const loadOfOther = (haproxy: Haproxy, pid: number, name: ServerName): Promise<number> =>
  askOther(haproxy, { pid, command: SHOW_STAT, parse: answer => sumOf(parseStat(answer), name) });

interface OtherQuestion {
  readonly pid: number;
  readonly command: string;
  readonly parse: (answer: string) => number | undefined;
}

/** A number that a former worker answers; 0 when that worker has ended. */
const askOther = async (haproxy: Haproxy, { pid, command: asked, parse }: OtherQuestion): Promise<number> => {
  const command = `@!${pid} ${asked}`;
  try {
    return read(parse, command, (await haproxy.askMaster([command]))[0] ?? '');
  } catch (error) {
    // The answer is cut when the worker has ended, or ends meanwhile: such a worker has no requests any more.
    const isGone = isError(error) && (await workers(haproxy)).every(worker => worker.pid !== pid);
    if (isGone) return 0;
    throw error;
  }
};

/**
 * The sessions and queued requests of one server. A former worker may have another configuration: a server that it does not
 * know has no sessions there.
 */
const sumOf = (stats: StatsByBackend | undefined, { backend, server }: ServerName): number | undefined =>
  stats && sumOfLine(serversOf(stats, backend).get(server));

const sumOfLine = (line: ServerStat | undefined): number => (line === undefined ? 0 : line.sessions + line.queued);
