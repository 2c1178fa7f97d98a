import type { BackendTotals, ServerState, Worker } from '../ports/balancer.ts';

/** What we take from `show servers state`: the states as numbers, where `show stat` has words for people. */
export interface AdminState extends Pick<ServerState, 'server' | 'isUp' | 'isAlive' | 'admin'> {
  readonly backend: string;
}

/** What we take from a line of `show stat`. */
export interface ServerStat extends Omit<ServerState, 'isUp' | 'isAlive' | 'admin'> {
  readonly backend: string;
}

/**
 * The answers to so many commands. Each ends with a blank line; undefined when one does not, or is missing: HAProxy went
 * away while it wrote.
 */
export const splitAnswers = (text: string, count: number): readonly string[] | undefined => {
  const answers: string[] = [];
  for (let rest = text; rest !== ''; ) {
    const end = `\n${rest}`.indexOf('\n\n'); // an empty answer is the blank line alone
    if (end < 0) return undefined;
    answers.push(rest.slice(0, end));
    rest = rest.slice(end + 1);
  }
  return answers.length === count ? answers : undefined;
};

/** Undefined when it is no such table, but an error's text. */
export const parseStat = (answer: string): readonly ServerStat[] | undefined => {
  if (!answer.startsWith('# pxname')) return undefined;
  // Every column that is read here stands before the first that may hold text: no quoted comma comes before it.
  return parseTable(answer.slice(2), ',').map(row => ({
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
};

/**
 * The totals of each backend from the lines of the frontends and backends. Undefined when it is no such table, but an error's
 * text.
 */
export const parseTotals = (answer: string): ReadonlyMap<string, Omit<BackendTotals, 'worker'>> | undefined => {
  if (!answer.startsWith('# pxname')) return undefined;
  const rows = parseTable(answer.slice(2), ',');
  const ofKind = (kind: string) => rows.filter(row => row('svname') === kind);
  const requests = new Map(ofKind('FRONTEND').map(row => [row('pxname'), Number(row('stot'))]));
  return new Map(
    ofKind('BACKEND').map(row => {
      const number = (column: string) => Number(row(column));
      const totals = {
        requests: requests.get(row('pxname')) ?? 0,
        connectionErrors: number('econ'),
        responseErrors: number('eresp'),
        serverAborts: number('srv_abrt'),
        clientAborts: number('cli_abrt'),
        retries: number('wretr'),
        redispatches: number('wredis'),
        queued: number('qcur'),
        longestQueue: number('qmax'),
      };
      return [row('pxname'), totals];
    }),
  );
};

/** What the frontend has taken and the backend of the same name has not got. Undefined when it is no such table. */
export const parseHeld = (answer: string, name: string): number | undefined => {
  if (!answer.startsWith('# pxname')) return undefined;
  const rows = parseTable(answer.slice(2), ',').filter(row => row('pxname') === name);
  const sessions = (side: string) => Number(rows.find(row => row('svname') === side)?.('scur') ?? 0);
  // The two are counted one after the other.
  return Math.max(0, sessions('FRONTEND') - sessions('BACKEND'));
};

/** `srv_op_state` of one that gets requests: starting (slow start) and running. 0 is down, 3 takes no new ones. */
const UP_STATES: readonly string[] = ['1', '2'];
/** Bits of `srv_admin_state`: forced, inherited, by the resolver. 0x04 tells only that the configuration says `disabled`. */
const MAINT = 0x01 | 0x02 | 0x20;
/** Forced, inherited. */
const DRAIN = 0x08 | 0x10;

/** `show servers state` (management guide 9.3). Undefined when it is no such table, but an error's text. */
export const parseServersState = (answer: string): readonly AdminState[] | undefined => {
  const [version, ...table] = answer.split('\n');
  if (version !== '1' || !table[0]?.startsWith('# be_id')) return undefined;
  return parseTable(table.join('\n').slice(2), ' ').map(row => {
    const admin = toAdmin(Number(row('srv_admin_state')));
    // A weight of 0 is a drain too, the one that an agent asks for.
    const isAlive = UP_STATES.includes(row('srv_op_state')) && row('srv_uweight') !== '0';
    return { backend: row('be_name'), server: row('srv_name'), isUp: isAlive && admin === 'ready', isAlive, admin };
  });
};

const toAdmin = (bits: number): ServerState['admin'] => {
  if (bits & MAINT) return 'maint';
  return bits & DRAIN ? 'drain' : 'ready';
};

/** `Pid` of `show info`. */
export const parsePid = (answer: string): number | undefined => {
  const pid = /^Pid: (\d+)$/m.exec(answer)?.[1];
  return pid === undefined ? undefined : Number(pid);
};

/**
 * `show proc` of the master, the current worker first. A former one stands below `# old workers`; its number of reloads does
 * not tell, because the current one counts those that failed. Undefined when it is no such table.
 */
export const parseWorkers = (answer: string): readonly Worker[] | undefined => {
  if (!answer.startsWith('#<PID>')) return undefined;
  const workers: Worker[] = [];
  let isCurrent = true;
  for (const line of answer.split('\n')) {
    if (line.startsWith('#')) isCurrent = !line.startsWith('# old');
    const [pid, type] = line.trim().split(/\s+/);
    if (type === 'worker') workers.push({ pid: Number(pid), isCurrent });
  }
  return workers;
};

/** The lines below the header, each as a way to ask for a column by its name. A column that is not there is empty. */
const parseTable = (text: string, separator: string): readonly ((column: string) => string)[] => {
  const [header = '', ...lines] = text.split('\n').filter(line => line !== '');
  const columns = new Map(header.split(separator).map((name, index) => [name, index]));
  return lines.map(line => {
    const cells = line.split(separator);
    return column => cells[columns.get(column) ?? -1] ?? '';
  });
};
