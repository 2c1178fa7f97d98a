import { grouped } from '../base/grouped.ts';
import { ownBackend, SIDES, sideBackend, webBackend } from '../base/paths.ts';
import type { BackendTotals, Connections, ServerChecks, ServerState, Worker } from '../ports/balancer.ts';

/** What is read from `show servers state`, which has the states as numbers, where `show stat` has words for people. */
export interface AdminState extends Pick<ServerState, 'isUp' | 'admin'>, ServerChecks {
  /** Whether the configuration has a check for it. */
  readonly hasCheck: boolean;
}

/** A backend, and those of its sides, which have the same servers where there are any. */
const withSides = (backend: string): readonly string[] => [backend, ...SIDES.map(side => sideBackend(backend, side))];

/** What is read from a line of `show stat`. */
export interface ServerStat extends Omit<ServerState, 'isUp' | 'isAlive' | 'admin'> {
  readonly backend: string;
}

/**
 * The answers to `count` commands of one line. Each answer ends with a blank line. Undefined when one does not, or is missing:
 * HAProxy went away while it wrote.
 */
export const splitAnswers = (text: string, count: number): readonly string[] | undefined => {
  const answers: string[] = [];
  let at = 0;
  while (at < text.length && answers.length <= count) {
    const end = text[at] === '\n' ? at : text.indexOf('\n\n', at) + 1; // an empty answer is the blank line alone
    if (end < at) return undefined;
    answers.push(text.slice(at, end));
    at = end + 1;
  }
  return answers.length === count ? answers : undefined;
};

/** The lines of `show stat`, by their backend. */
export type StatsByBackend = ReadonlyMap<string, readonly ServerStat[]>;

/** The servers in an answer to `show stat`. Undefined when the answer is no such table but an error's text. */
export const parseStat = (answer: string): StatsByBackend | undefined => {
  const rows = parseStatTable(answer);
  return rows && statsIn(rows);
};

const statsIn = (rows: readonly Row[]): StatsByBackend => {
  const stats = rows.map(row => ({
    backend: row('pxname'),
    server: row('svname'),
    status: row('status'),
    sessions: Number(row('scur')),
    queued: Number(row('qcur')),
    counters: {
      requests: Number(row('stot')),
      connectionErrors: Number(row('econ')),
      responseErrors: Number(row('eresp')),
      retries: Number(row('wretr')),
      redispatches: Number(row('wredis')),
    },
  }));
  return grouped(stats, ({ backend }) => backend);
};

/**
 * The totals of each backend, from the lines of frontends and backends in an answer to `show stat`. Undefined when the answer
 * is no such table but an error's text.
 */
export const parseTotals = (answer: string): ReadonlyMap<string, Totals> | undefined => {
  const rows = parseStatTable(answer);
  return rows && totalsIn(rows);
};

/** As `parseStat` and `parseTotals`, from lines of frontends, backends and servers. */
export const parseAll = (answer: string): StatsAndTotals | undefined => {
  const rows = parseStatTable(answer);
  return rows && { stats: statsIn(rows), totals: totalsIn(rows) };
};

interface StatsAndTotals {
  readonly stats: StatsByBackend;
  readonly totals: ReadonlyMap<string, Totals>;
}

const totalsIn = (rows: readonly Row[]): ReadonlyMap<string, Totals> => {
  const ofKind = (kind: string) => rows.filter(row => row('svname') === kind);
  const frontends = new Map(ofKind('FRONTEND').map(row => [row('pxname'), row]));
  const backends = new Map(ofKind('BACKEND').map(row => [row('pxname'), row]));
  return new Map(
    ofKind('BACKEND').map(row => {
      const name = row('pxname');
      const all = [name, ownBackend(name), webBackend(name)].flatMap(each => backends.get(each) ?? []);
      const number = (column: string) => all.reduce((sum, each) => sum + Number(each(column)), 0);
      const front = (column: string) => Number(frontends.get(row('pxname'))?.(column) ?? 0);
      const totals = {
        requests: Number((frontends.get(name) ?? row)('stot')),
        connectionErrors: number('econ'),
        responseErrors: number('eresp'),
        serverAborts: number('srv_abrt'),
        // A client of the web servers' is one of PHP's too.
        clientAborts: Number(row('cli_abrt')) + Number(backends.get(webBackend(name))?.('cli_abrt') ?? 0),
        retries: number('wretr'),
        redispatches: number('wredis'),
        queued: number('qcur'),
        longestQueue: Math.max(...all.map(each => Number(each('qmax')))),
        connections: front('scur'),
        mostConnections: front('slim'),
      };
      return [name, totals];
    }),
  );
};

type Totals = Omit<BackendTotals, 'worker'>;

/** The sum of what a backend and those of its sides have counted. Undefined when there is no such backend. */
export const totalsOf = (all: ReadonlyMap<string, Totals>, backend: string): Totals | undefined => {
  const [own, ...sides] = withSides(backend).map(name => all.get(name));
  if (own === undefined) return undefined;
  return [own, ...sides].filter(each => each !== undefined).reduce(added);
};

/** As `withSides`, with the backends of the replicas' own web servers, and the one by which these reach PHP. */
const partsOf = (name: string): readonly string[] => [...withSides(name), ownBackend(name), webBackend(name)];

/** A request by a replica's own web server is one session of that, and one request of PHP's. */
const asPart = (line: ServerStat, name: string): ServerStat => {
  if (line.backend === ownBackend(name)) return { ...line, sessions: 0 };
  return line.backend === webBackend(name) ? { ...line, counters: { ...line.counters, requests: 0 } } : line;
};

/**
 * The servers of a backend that are one and the same on its sides, and beside their own web servers: what each has, and what all of them
 * have counted.
 */
export const serversOf = (all: StatsByBackend, backend: string): ReadonlyMap<string, ServerStat> => {
  const found = new Map<string, ServerStat>();
  const lines = partsOf(backend).flatMap(part => all.get(part) ?? []);
  for (const line of lines.map(each => asPart(each, backend))) {
    const first = found.get(line.server);
    const { sessions, queued, counters } = line;
    if (first === undefined) found.set(line.server, line);
    else
      found.set(line.server, {
        ...first,
        ...added({ sessions: first.sessions, queued: first.queued }, { sessions, queued }),
        counters: added(first.counters, counters),
      });
  }
  return found;
};

const added = <Counters extends object>(one: Counters, other: Counters): Counters => {
  const numbers = new Map<string, number>(Object.entries(other));
  const sums = Object.entries(one).map(([counter, number]) => [counter, number + (numbers.get(counter) ?? 0)]);
  return { ...one, ...Object.fromEntries(sums) };
};

/**
 * Sessions that the frontend has taken and neither the backend of the same name nor one of its sides' has got, from an answer to
 * `show stat`. Undefined when the answer is no such table.
 */
export const parseHeld = (answer: string, name: string): number | undefined => {
  const rows = parseStatTable(answer)?.filter(row => partsOf(name).includes(row('pxname')));
  if (rows === undefined) return undefined;
  const sessions = (kind: string) =>
    rows.filter(row => row('svname') === kind).reduce((sum, row) => sum + Number(row('scur')), 0);
  // HAProxy counts the two at different moments, so the difference may be below 0.
  return Math.max(0, sessions('FRONTEND') - sessions('BACKEND'));
};

/** Connections that the frontend took in the last second, one for each request. Undefined when the answer to `show stat` is no such table. */
export const parseRate = (answer: string, name: string): number | undefined => {
  const isOwn = (row: Row) => row('pxname') === name && row('svname') === 'FRONTEND';
  const rows = parseStatTable(answer);
  return rows && Number(rows.find(isOwn)?.('rate') ?? 0);
};

/** `srv_op_state` of a server that gets requests: starting (slow start) and running. 0 is down, 3 takes no new requests. */
const UP_STATES: readonly string[] = ['1', '2'];
/**
 * Bits of `srv_admin_state` for maintenance: forced, inherited, by the resolver. 0x04 tells only that the configuration says
 * `disabled`.
 */
const MAINT = 0x01 | 0x02 | 0x20;
/** Bits of `srv_admin_state` for drain: forced, inherited. */
const DRAIN = 0x08 | 0x10;

/**
 * The servers in an answer to `show servers state` (management guide 9.3). Undefined when the answer is no such table but an
 * error's text.
 */
export const parseServersState = (answer: string): readonly AdminState[] | undefined => {
  const [version, ...table] = answer.split('\n');
  if (version !== '1' || !table[0]?.startsWith('# be_id')) return undefined;
  const needed = ['be_name', 'srv_name', 'srv_op_state', 'srv_admin_state', 'srv_uweight'];
  return parseTable(table.join('\n').slice(2), ' ', needed)?.map(row => {
    const admin = toAdmin(Number(row('srv_admin_state')));
    // A weight of 0 is a drain too: the one that an agent check asks for.
    const isAlive = UP_STATES.includes(row('srv_op_state')) && row('srv_uweight') !== '0';
    const checkState = Number(row('srv_check_state'));
    return {
      backend: row('be_name'),
      server: row('srv_name'),
      isUp: isAlive && admin === 'ready',
      isAlive,
      admin,
      hasCheck: (checkState & HAS_CHECK) !== 0,
      isChecked: (checkState & IS_CHECKED) !== 0,
    };
  });
};

/** Bits of `srv_check_state`: the configuration has a check, which `disable health` leaves (HAProxy's check-t.h); and it is carried out. */
const HAS_CHECK = 0x02;
const IS_CHECKED = 0x04;

const toAdmin = (bits: number): ServerState['admin'] => {
  if (bits & MAINT) return 'maint';
  return bits & DRAIN ? 'drain' : 'ready';
};

/** The `Pid` in an answer to `show info`. */
export const parsePid = (answer: string): number | undefined => {
  const pid = /^Pid: (\d{1,10})$/m.exec(answer)?.[1];
  return pid === undefined ? undefined : Number(pid);
};

/** Whether who answers `show info` takes no more connections, or soon none. */
export const isStopping = (answer: string): boolean => /^Stopping: [^0]/m.test(answer);

/** The process of the master in its answer to `show proc`. Undefined when the answer is something else. */
export const parseMaster = (answer: string): number | undefined => {
  const pid = /^(\d{1,10})\s{1,20}master\s/m.exec(answer)?.[1];
  return pid === undefined ? undefined : Number(pid);
};

/** How many threads HAProxy has, in an answer to `show info`. */
export const parseThreads = (answer: string): number | undefined => {
  const threads = /^Nbthread: (\d{1,5})$/m.exec(answer)?.[1];
  return threads === undefined ? undefined : Number(threads);
};

/** What the configuration said of a server when HAProxy read it. */
export interface ConfiguredServer {
  readonly backend: string;
  readonly server: string;
  readonly maxconn: number;
  readonly isChecked: boolean;
}

/** The servers in an answer to `show stat`. Undefined when the answer is no such table. */
export const parseConfigured = (answer: string): readonly ConfiguredServer[] | undefined => {
  return parseStatTable(answer)?.map(row => ({
    backend: row('pxname'),
    server: row('svname'),
    maxconn: Number(row('slim')),
    isChecked: row('status') !== 'no check',
  }));
};

/** Undefined when the answer to `show info` is something else. */
export const parseConnections = (answer: string): Connections | undefined => {
  const connections = /^CurrConns: (\d{1,10})$/m.exec(answer)?.[1];
  const most = /^Maxconn: (\d{1,10})$/m.exec(answer)?.[1];
  if (connections === undefined || most === undefined) return undefined;
  return { connections: Number(connections), mostConnections: Number(most) };
};

/**
 * The workers in the master's answer to `show proc`, the current one first. Former ones stand below `# old workers`. The number
 * of reloads does not tell them, because the current worker's counts failed reloads. Undefined when the answer is no such
 * table.
 */
export const parseWorkers = (answer: string): readonly Worker[] | undefined => {
  if (!answer.startsWith('#<PID>')) return undefined;
  const workers: Worker[] = [];
  let isCurrent = true;
  for (const line of answer.split('\n')) {
    if (line.startsWith('#')) isCurrent = !line.startsWith('# old');
    const [pid, type] = line.trim().split(/\s+/);
    if (type !== 'worker') continue;
    if (!/^\d{1,10}$/.test(pid ?? '')) return undefined;
    workers.push({ pid: Number(pid), isCurrent });
  }
  return workers;
};

/** The columns of both tables that are numbers. One that does not apply is empty. */
const NUMBERS: readonly string[] = [
  ...['qcur', 'qmax', 'scur', 'slim', 'stot', 'econ', 'eresp', 'wretr', 'wredis', 'cli_abrt', 'srv_abrt', 'rate'],
  ...['srv_op_state', 'srv_admin_state', 'srv_uweight', 'srv_check_state'],
];
const NUMBER = /^\d{0,15}$/;

type Row = (column: string) => string;

/**
 * The lines below a table's header, each as a function from a column's name to its value. A column that is not there is empty.
 * Undefined when one of `needed` is not there, a line has more or fewer columns than the header, or a number is none: what is
 * counted wrong would let a replica go that has requests.
 */
const parseTable = (text: string, separator: string, needed: readonly string[]): readonly Row[] | undefined => {
  const [header = '', ...lines] = text.split('\n').filter(line => line !== '');
  const names = header.split(separator);
  const columns = new Map(names.map((name, index) => [name, index]));
  const numbers = NUMBERS.flatMap(name => columns.get(name) ?? []);
  const rows = lines.map(line => line.split(separator));
  const isWhole = (row: readonly string[]) =>
    row.length === names.length && numbers.every(at => NUMBER.test(row[at] ?? ''));
  if (!needed.every(name => columns.has(name)) || !rows.every(isWhole)) return undefined;
  return rows.map(row => column => row[columns.get(column) ?? -1] ?? '');
};

/** The lines of `show stat`. Undefined when the answer is no such table but an error's text. */
const parseStatTable = (answer: string): readonly Row[] | undefined =>
  answer.startsWith('# pxname')
    ? // Text is in quotation marks, and may have a comma, such as why a server was found dead. None of it is read here.
      parseTable(answer.slice(2).replace(/"[^"\n]{0,8192}"/g, ''), ',', ['svname', 'qcur', 'scur'])
    : undefined;
