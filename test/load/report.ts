export type Kind = 'fast' | 'slow' | 'post' | 'after';

export interface Sample {
  readonly kind: Kind;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly release?: string;
  /** Why it counts as lost. */
  readonly lost?: string;
}

export interface LoadReport {
  readonly requests: number;
  readonly lost: number;
  /** The first few, in words. */
  readonly losses: readonly string[];
  readonly lostSamples: readonly Sample[];
  readonly byKind: Readonly<Record<string, number>>;
  /** Slowest and 99th percentile of the fast requests. */
  readonly slowestFastMs: number;
  readonly p99FastMs: number;
  /** The releases that answered, in the order of their first answer. */
  readonly releases: readonly string[];
  /** The releases of the last answers, newest last. */
  readonly lastReleases: readonly string[];
  readonly firstAnswerAt: Readonly<Record<string, number>>;
  /** Start of the last request that each release answered. */
  readonly lastStartAt: Readonly<Record<string, number>>;
  /** Requests that promised to work on after their answer. */
  readonly afterIds: readonly string[];
}

export const reportOf = (samples: readonly Sample[], afterIds: readonly string[]): LoadReport => {
  const byEnd = [...samples].sort((a, b) => a.endedAt - b.endedAt);
  const lost = byEnd.filter(sample => sample.lost !== undefined);
  const fast = byEnd.filter(sample => sample.kind === 'fast').map(sample => sample.endedAt - sample.startedAt);
  fast.sort((a, b) => a - b);
  const answered = byEnd.filter(sample => sample.release !== undefined);
  const firstAnswerAt: Record<string, number> = {};
  const lastStartAt: Record<string, number> = {};
  const byKind: Record<string, number> = {};
  for (const { kind } of byEnd) byKind[kind] = (byKind[kind] ?? 0) + 1;
  for (const { release = '', startedAt, endedAt } of answered) {
    firstAnswerAt[release] ??= endedAt;
    lastStartAt[release] = Math.max(lastStartAt[release] ?? 0, startedAt);
  }
  return {
    requests: byEnd.length,
    lost: lost.length,
    losses: lost
      .slice(0, 20)
      .map(sample => `${sample.kind} at ${new Date(sample.endedAt).toISOString()}: ${sample.lost}`),
    lostSamples: lost,
    byKind,
    slowestFastMs: fast.at(-1) ?? 0,
    p99FastMs: fast[Math.floor(fast.length * 0.99)] ?? 0,
    releases: [...new Set(answered.map(sample => sample.release ?? ''))],
    lastReleases: [...new Set(answered.slice(-20).map(sample => sample.release ?? ''))],
    firstAnswerAt,
    lastStartAt,
    afterIds,
  };
};
