import type { BackendTotals } from '../../src/ports/balancer.ts';

/** A worker that nothing went through yet, of a site that takes a hundred connections. */
export const NO_TOTALS: Omit<BackendTotals, 'worker'> = {
  requests: 0,
  connectionErrors: 0,
  responseErrors: 0,
  serverAborts: 0,
  clientAborts: 0,
  retries: 0,
  redispatches: 0,
  queued: 0,
  longestQueue: 0,
  connections: 0,
  mostConnections: 100,
};
