import type { Kind } from '../load/report.ts';
import type { LoadOptions } from '../load/start.ts';

/** What comes in while PHP is restarted, at an application of sixteen PHP processes. */
export interface BenchLoad {
  readonly name: string;
  readonly clients: LoadOptions;
  /** The requests that are looked at: all others keep PHP busy. */
  readonly watched: Kind;
}

const FAST = { fast: 4, pauseMs: 5 } as const;

/** In clients that ask one request after the other, each over a connection of its own. */
export const LOADS: readonly BenchLoad[] = [
  { name: 'fast', clients: FAST, watched: 'fast' },
  { name: 'fast and 5 s', clients: { ...FAST, slow: 4, slowSeconds: 5 }, watched: 'fast' },
  { name: 'uploads', clients: { post: 4, pauseMs: 5, postBytes: 262_144 }, watched: 'post' },
  { name: 'work after the answer', clients: { ...FAST, after: 2, afterSeconds: 1 }, watched: 'fast' },
  // Half as many again as there are processes: what the pool can do is what is answered.
  { name: 'saturated', clients: { slow: 24, slowSeconds: 0.1, pauseMs: 0 }, watched: 'slow' },
];

/** The longest that a request, or its work after the answer, takes by itself. */
export const longestMs = ({ clients }: BenchLoad): number =>
  1000 * Math.max(clients.slow ? (clients.slowSeconds ?? 5) : 0, clients.after ? (clients.afterSeconds ?? 1) : 0);
