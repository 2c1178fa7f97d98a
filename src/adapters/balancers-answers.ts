import type { BackendTotals, ProcessTotals, ServerCounters, ServerState } from '../ports/balancer.ts';

/** How php-zd's own is called among the processes that count. */
const HOST = '';

/** A server as several HAProxies see it, which give its requests to one replica. The others by their runtime sockets. */
export const mergedServer = (server: ServerState, others: ReadonlyMap<string, ServerState>): ServerState => {
  if (others.size === 0) return server;
  const all = [server, ...others.values()];
  const sum = (of: (each: ServerState) => number) => all.reduce((total, each) => total + of(each), 0);
  return {
    server: server.server,
    isUp: all.every(({ isUp }) => isUp),
    isAlive: all.every(({ isAlive }) => isAlive),
    admin: adminOf(all),
    // The word of the first that gives it no requests tells why.
    status: (all.find(({ isUp }) => !isUp) ?? server).status,
    sessions: sum(({ sessions }) => sessions),
    queued: sum(({ queued }) => queued),
    counters: {
      requests: sum(({ counters }) => counters.requests),
      connectionErrors: sum(({ counters }) => counters.connectionErrors),
      responseErrors: sum(({ counters }) => counters.responseErrors),
      retries: sum(({ counters }) => counters.retries),
      redispatches: sum(({ counters }) => counters.redispatches),
    } satisfies ServerCounters,
    processes: new Map([[HOST, server.counters], ...[...others].map(([name, each]) => [name, each.counters] as const)]),
  };
};

/** A server that is ready in one of them is not drained, whatever the others say. */
const adminOf = (all: readonly ServerState[]): ServerState['admin'] => {
  const found = new Set(all.map(({ admin }) => admin));
  if (found.has('ready')) return 'ready';
  return found.has('maint') ? 'maint' : 'drain';
};

/** What php-zd's own and those of the operator's have counted together; connections are those to php-zd's own front. */
export const summedTotals = (
  host: BackendTotals,
  others: readonly (BackendTotals & { readonly process: string })[],
): BackendTotals => {
  const all = [host, ...others];
  const sum = (of: (each: BackendTotals) => number) => all.reduce((total, each) => total + of(each), 0);
  return {
    worker: host.worker,
    requests: sum(({ requests }) => requests),
    connectionErrors: sum(({ connectionErrors }) => connectionErrors),
    responseErrors: sum(({ responseErrors }) => responseErrors),
    serverAborts: sum(({ serverAborts }) => serverAborts),
    clientAborts: sum(({ clientAborts }) => clientAborts),
    retries: sum(({ retries }) => retries),
    redispatches: sum(({ redispatches }) => redispatches),
    queued: sum(({ queued }) => queued),
    longestQueue: Math.max(...all.map(({ longestQueue }) => longestQueue)),
    connections: host.connections,
    mostConnections: host.mostConnections,
    processes: [ofProcess({ process: HOST, ...host }), ...others.map(ofProcess)],
  };
};

const ofProcess = (totals: BackendTotals & { readonly process: string }): ProcessTotals => {
  const { connections: _, mostConnections: __, processes: ___, ...counted } = totals;
  return counted;
};
