/**
 * A PHP-FPM master, asked over its FastCGI sockets: is it there, what do its children do, what does its release answer.
 * Sockets and not probes inside the unit, because a probe in ExecStartPost= has a namespace of its own (facts.md M6).
 *
 * Every question opens a connection of its own and closes it: an idle kept connection pins a child (facts.md H1).
 * All of them reject with
 * - `fastcgi-unreachable` (facts: socket, errno): connecting failed, for example ENOENT, ECONNREFUSED (nobody listens),
 *   EAGAIN (the accept queue is full), ENAMETOOLONG (more than 107 bytes);
 * - `fastcgi-broken` (facts: socket, reason): the connection broke before the answer was whole, as on a master that got
 *   SIGQUIT (facts.md F2), the answer is no FastCGI, or FPM turned the request down;
 * - `deadline` (facts: what, ms, socket): the whole answer did not come within `deadlineMs`;
 * - `aborted`: `signal` was aborted, before or meanwhile.
 * In each of these cases the connection is closed. A script that runs goes on until it writes: FPM does not notice before.
 */
export interface PhpFpm {
  /** Resolves when FPM answered `FPM_PING_PATH` with `pong`. Any other answer rejects with `fastcgi-broken`. */
  ping(socket: string, options: FpmOptions): Promise<void>;

  /**
   * What the pool does, by `FPM_STATUS_PATH`. Asked on `pm.status_listen` it answers while all children are busy
   * (facts.md F6), and describes the pool that the directive stands in. An answer that is no status, as FPM's "Server busy"
   * when its scoreboard is locked, rejects with `fastcgi-broken`.
   */
  status(socket: string, options: FpmOptions): Promise<FpmStatus>;

  /** Runs a script. Resolves with whatever FPM answers, 404 and 500 included. */
  request(socket: string, request: FpmRequest, options: FpmOptions): Promise<FpmAnswer>;
}

export interface FpmOptions {
  /** For the whole exchange, from connecting to the last byte of the answer. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
  /** How much of the answer, its header too, is kept; 16 MiB unless told. The rest is read and dropped. */
  readonly keptBytes?: number;
}

export interface FpmStatus {
  /** Children that are not idle; work after fastcgi_finish_request() counts (facts.md F4). */
  readonly activeProcesses: number;
  readonly idleProcesses: number;
  readonly totalProcesses: number;
  /** Requests since the master started. Asked on the pool's own socket, the question itself counts too. */
  readonly acceptedConnections: number;
  readonly maxChildrenReached: number;
  /** Seconds since the master started. */
  readonly startSince: number;
  readonly processes: readonly FpmProcess[];
}

/**
 * A child. Its strings are what the client sent, and are trusted neither for a decision nor for a terminal. The counts of
 * `FpmStatus` cannot be forged by a request.
 */
export interface FpmProcess {
  readonly pid: number;
  /** FPM's word: `Idle`, `Running`, `Reading headers`, `Getting request information`, `Finishing`, `Ending`. */
  readonly state: string;
  /** The URI with its query string. `-` when there was no request yet, as for the other strings. */
  readonly requestUri: string;
  readonly requestMethod: string;
  readonly script: string;
  /** Microseconds: of an idle child how long its last request took, else the time since the running one was accepted. */
  readonly requestDurationUs: number;
  /** Seconds since the child started. */
  readonly startSince: number;
}

export interface FpmRequest {
  /** The file to run, as the replica sees it. */
  readonly scriptFilename: string;
  readonly documentRoot: string;
  /** Path and query string. */
  readonly uri: string;
  readonly method: string;
  /** How the web server was reached; http on port 80 where nothing is said. */
  readonly url?: { readonly scheme: 'http' | 'https'; readonly port: number } | undefined;
  /** Parameters besides those of every request, which they win over. */
  readonly params?: ReadonlyMap<string, string> | undefined;
  /** The headers as a browser would send them. `Host` becomes SERVER_NAME too. */
  readonly headers: ReadonlyMap<string, string>;
  /** Sent as UTF-8. */
  readonly body?: string | undefined;
}

export interface FpmAnswer {
  /** The HTTP status. */
  readonly status: number;
  /** Names in lower case; a repeated header's values are joined by `, `. */
  readonly headers: ReadonlyMap<string, string>;
  /** Read as UTF-8, as much of it as is kept. */
  readonly body: string;
  /** FastCGI's stderr stream: PHP's errors when `log_errors` goes to stderr, FPM's own such as `Primary script unknown`. */
  readonly stderr: string;
}
