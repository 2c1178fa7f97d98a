import type { AnswersByStatus } from '../base/answer-variables.ts';
/** HAProxy's process that answers on the runtime socket, and the former ones that still finish their connections. */
export interface Worker {
  readonly pid: number;
  readonly isCurrent: boolean;
}

/**
 * A server of a backend as HAProxy shows it (haproxy management guide, `show stat`), with what it counts of the web server beside the same
 * replica, if there is one.
 */
export interface ServerState {
  readonly server: string;
  /** The operational state: HAProxy gives it traffic only when up. */
  readonly isUp: boolean;
  /** The server's checks go well: it would be up if it were ready. Always false in maintenance, where nothing is checked. */
  readonly isAlive: boolean;
  /** The administrative state; `ready` means none. */
  readonly admin: 'ready' | 'drain' | 'maint';
  /** HAProxy's own words, for people: UP, DRAIN, DOWN 1/3, ... */
  readonly status: string;
  /** Sessions and queued requests at this instant: in an overview over all workers, else of the current one alone. */
  readonly sessions: number;
  readonly queued: number;
  readonly counters: ServerCounters;
  /** Where HAProxies of the operator's balance the replicas too: what each process that answers has counted, by its runtime socket. */
  readonly processes?: ReadonlyMap<string, ServerCounters>;
}

/** What one server has counted since the current worker started. */
export interface ServerCounters {
  readonly requests: number;
  readonly connectionErrors: number;
  readonly responseErrors: number;
  readonly retries: number;
  readonly redispatches: number;
}

/** Connections of now, and the most that there can be. */
export interface Connections {
  readonly connections: number;
  readonly mostConnections: number;
}

/**
 * What went through a backend since the current worker started, over all its servers. `connections` are those to the
 * frontend of the same name; 0 and 0 when there is no such frontend.
 */
export interface BackendTotals extends Connections {
  /** The worker that counted. */
  readonly worker: number;
  /**
   * Connections that the frontend of the same name took, one for each request. Where there is no such frontend: requests that the
   * backend took.
   */
  readonly requests: number;
  /** Requests for which no server could be reached, also because they waited too long in the queue. */
  readonly connectionErrors: number;
  /** Connections that a server broke off. */
  readonly responseErrors: number;
  readonly serverAborts: number;
  /**
   * Clients that went away before their answer was whole, as far as their connection broke; without clients that left the
   * queue.
   */
  readonly clientAborts: number;
  readonly retries: number;
  readonly redispatches: number;
  /** Requests that wait in the queue now, and the most that ever waited at once. */
  readonly queued: number;
  readonly longestQueue: number;
  /**
   * Where HAProxies of the operator's balance the replicas too: what each process has counted, of which all of the above are the sums.
   * Those that do not answer are missing. `worker` is then a number that changes with each change of any of their workers.
   */
  readonly processes?: readonly ProcessTotals[];
}

/** What one of several HAProxy processes has counted. */
export interface ProcessTotals extends Omit<BackendTotals, 'processes' | keyof Connections>, Partial<AnswersByStatus> {
  /** Its runtime socket. */
  readonly process: string;
}

/** The totals of a site, with its answers where they are counted (src/render/answers.ts), and there were any. */
export type SiteTotals = BackendTotals & Partial<AnswersByStatus>;

/** What a site's replicas have answered since the current worker started. */
export interface AnswerFigures {
  readonly statuses: AnswersByStatus;
  /** How many answers took so many milliseconds or more until they began, by some times, the least first. */
  readonly slower: readonly { readonly ms: number; readonly answers: number }[];
  /** Requests that came in the last second. */
  readonly ratePerSecond: number;
}

/** What one replica has answered since the current worker started. */
export interface ServerAnswers {
  readonly answers: number;
  /** Answers with a status of 500 or more. */
  readonly failed: number;
  /** The sum of the times that the answers took until they began, in milliseconds, and of the squares of these. */
  readonly ms: number;
  readonly squares: number;
}

/** A backend at one instant. */
export interface BackendState {
  readonly servers: readonly ServerState[];
  readonly totals: BackendTotals;
  /** The runtime sockets of HAProxies of the operator's that do not answer, or do not know the site. */
  readonly silent?: readonly string[];
}

/** HAProxy at one instant. */
export interface Overview {
  /** By their names. */
  readonly backends: ReadonlyMap<string, BackendState>;
  /** As `Balancer.connections` gives them. */
  readonly connections: Connections;
}

export interface ServerName {
  readonly backend: string;
  readonly server: string;
}

/** What HAProxy's checks make of a server. */
export interface ServerChecks extends ServerName {
  readonly isAlive: boolean;
  /** False while it rests. */
  readonly isChecked: boolean;
}

/** Servers that take over, and those that they take over from. */
export interface ServerSwitch {
  readonly ready: readonly string[];
  readonly drain: readonly string[];
}

/**
 * The balancer of this host. Every call is one exchange on HAProxy's runtime socket and rejects with `balancer-unreachable`
 * (nobody there, or the answer was cut: HAProxy may be restarting) or `balancer-refused` (it answered with an error, for
 * example of an unknown backend). Nothing is retried here. What a backend counts is counted together with its sides
 * (`sideBackend`), which have the same servers; what is set is set in the named one alone.
 *
 * Where a site has HAProxies of the operator's too (`sitePaths.ownHaproxies`), a call is about all of them: what is set is set in each,
 * a server is up, alive or drained that is so in each, and what is counted is summed. One of theirs that is away, or does not know the
 * site, gives its replicas no requests, and is passed over; what else there is, answers by their status too, is about php-zd's own alone.
 */
export interface Balancer {
  /** The servers of a backend, in the order of its configuration, as the current worker sees them. */
  servers(backend: string): Promise<readonly ServerState[]>;
  /** Sets the administrative state to drain: no new request goes to the server, those under way go on. */
  drain(backend: string, server: string): Promise<void>;
  /**
   * Sets the administrative state to ready, and the weight to the configured one. The server gets requests once it is operationally up
   * too, which its next check decides (facts.md H6) and `servers` shows.
   */
  ready(backend: string, server: string): Promise<void>;
  /**
   * One set of servers becomes ready and the other drained, within milliseconds, and some server takes requests at any instant.
   * No request that begins after one of the first set has answered goes to the second: HAProxy has one thread here, and between
   * two commands does no more than one round of other work (facts.md N16). Requests that were in HAProxy before may meanwhile
   * be answered by either set. A server that is to be ready must be alive (`ServerState.isAlive`), or requests find none. When
   * HAProxy refuses a command, the other commands were carried out. A caller that dies in the middle leaves a part of the
   * switch done, since HAProxy drops the rest of a line whose client is gone: some server takes requests, and the same switch
   * once more completes it.
   */
  switch(backend: string, servers: ServerSwitch): Promise<void>;
  /** The server is down, whatever its checks said, until one of them finds it up. */
  markDown(name: ServerName): Promise<void>;
  /** The servers of every backend that have a check, of php-zd's own HAProxy alone. */
  checks(): Promise<readonly ServerChecks[]>;
  /**
   * These are not checked any more, and stay as they are until `watch`: each look at a server that is down takes some thirty microseconds.
   * The next worker checks all again. Php-zd's own HAProxy alone; so for `watch`.
   */
  rest(servers: readonly ServerName[]): Promise<void>;
  /** These are checked again, for the first time within the configuration's `inter`. */
  watch(servers: readonly ServerName[]): Promise<void>;
  /** What the current worker has counted: `show stat`, of the backend and the frontend of the same name. */
  totals(backend: string): Promise<SiteTotals>;
  /** What the replicas of a site have answered, as far as that is counted. */
  answerFigures(backend: string): Promise<AnswerFigures>;
  /** What some servers have answered each: nothing where nothing is counted. `worker` is the one that counted. */
  serverAnswers(
    backend: string,
    servers: readonly string[],
  ): Promise<{ readonly worker: number; readonly answers: ReadonlyMap<string, ServerAnswers> }>;
  /** Every backend, and what they all take up, as the current worker sees it, with the sessions that former ones have on its servers. */
  overview(): Promise<Overview>;
  /** The current worker first, then those that a reload left behind (facts.md H7). */
  workers(): Promise<readonly Worker[]>;
  /** Sessions and queued requests on a server, over all workers (facts.md H7, H8). A worker that ends meanwhile counts 0. */
  sessions(backend: string, server: string): Promise<{ readonly sessions: number; readonly worker: number }>;
  /** Requests that the frontend of the same name has taken and neither a server nor its queue has, over all workers: held ones. */
  held(backend: string): Promise<number>;
  /** Connections to all frontends of the current worker, of every site, and the most that it takes. */
  connections(): Promise<Connections>;
  version(): Promise<string>;
}
