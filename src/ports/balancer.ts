/** HAProxy's process that answers on the runtime socket, and the former ones that still finish their connections. */
export interface Worker {
  readonly pid: number;
  readonly isCurrent: boolean;
}

/** A server of a backend as HAProxy shows it (haproxy management guide, `show stat`). */
export interface ServerState {
  readonly server: string;
  /** The operational state: HAProxy gives it traffic only when up. */
  readonly isUp: boolean;
  /** The administrative state; `ready` means none. */
  readonly admin: 'ready' | 'drain' | 'maint';
  /** HAProxy's own words, for people: UP, DRAIN, DOWN 1/3, ... */
  readonly status: string;
  /** Sessions and queued requests at this instant, of the current worker alone. */
  readonly sessions: number;
  readonly queued: number;
  readonly counters: ServerCounters;
}

/** Since the current worker started. */
export interface ServerCounters {
  readonly requests: number;
  readonly connectionErrors: number;
  readonly responseErrors: number;
  readonly retries: number;
  readonly redispatches: number;
}

/**
 * The balancer of this host. Every call is one exchange on HAProxy's runtime socket and rejects with `balancer-unreachable`
 * (nobody there, or the answer was cut: HAProxy may be restarting) or `balancer-refused` (it answered with an error, for
 * example of an unknown backend). Nothing is retried here.
 */
export interface Balancer {
  /** The servers of a backend, in the order of its configuration, as the current worker sees them. */
  servers(backend: string): Promise<readonly ServerState[]>;
  /** Sets the administrative state to drain: no new request goes there, those under way go on. */
  drain(backend: string, server: string): Promise<void>;
  /**
   * Sets the administrative state to ready. Requests come once the server is operationally up too, which its next check decides
   * (facts.md H6): `servers` says so.
   */
  ready(backend: string, server: string): Promise<void>;
  /** The current worker first, then those that a reload left behind (facts.md H7). */
  workers(): Promise<readonly Worker[]>;
  /** Sessions and queued requests on a server, over all workers (facts.md H7, H8). A worker that ends meanwhile counts 0. */
  load(backend: string, server: string): Promise<{ readonly sessions: number; readonly worker: number }>;
  version(): Promise<string>;
}
