import type { HaproxySockets } from '../base/own-haproxies.ts';

/** A server as a HAProxy of the operator's has it. */
export interface OwnServer {
  /** Requests that it gives the server at once; 0: as many as there are. */
  readonly maxconn: number;
  readonly isChecked: boolean;
}

/** A HAProxy of the operator's as it runs. */
export interface OwnProcess {
  /** Process ids. */
  readonly master: number;
  readonly worker: number;
  readonly threads: number;
  /** The servers of the backend by their names; undefined where it has no such backend. */
  readonly servers: ReadonlyMap<string, OwnServer> | undefined;
}

/** HAProxies of the operator's. */
export interface Haproxies {
  /**
   * What the process is, and has of the backend. Sets nothing. Rejects with `balancer-unreachable`, whose `socket` is the one that does
   * not answer, and with `balancer-refused` for an answer that is not HAProxy's.
   */
  look(sockets: HaproxySockets, backend: string): Promise<OwnProcess>;
}
