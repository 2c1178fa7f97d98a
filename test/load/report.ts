export const KINDS = ['fast', 'slow', 'post', 'after'] as const;
export type Kind = (typeof KINDS)[number];

/** One request. Times are milliseconds since 1970. */
export interface Sample {
  readonly kind: Kind;
  readonly startedAt: number;
  readonly endedAt: number;
  /** The release that answered; undefined when the request is lost. */
  readonly release?: string;
  /** Why the request counts as lost. */
  readonly lost?: string;
}

export interface LoadReport {
  readonly requests: number;
  readonly lost: number;
  /** The first few, in words. */
  readonly losses: readonly string[];
  readonly byKind: { readonly [Each in Kind]: KindReport };
  /** The releases that answered, in the order of their first answer. */
  readonly releases: readonly string[];
  /** The releases of the last twenty answers. */
  readonly lastReleases: readonly string[];
  /** Requests that promised to work on after their answer. */
  readonly afterIds: readonly string[];
  /** All of them, in the order of their ends. */
  readonly samples: readonly Sample[];
}

export interface KindReport {
  readonly requests: number;
  readonly lost: number;
  readonly slowestMs: number;
}

export const reportOf = (unsorted: readonly Sample[], afterIds: readonly string[]): LoadReport => {
  const samples = [...unsorted].sort((a, b) => a.endedAt - b.endedAt);
  const lost = samples.filter(isLost);
  const releases = samples.flatMap(({ release }) => release ?? []);
  const kind = (name: Kind): KindReport => reportKind(samples.filter(sample => sample.kind === name));
  return {
    requests: samples.length,
    lost: lost.length,
    losses: lost
      .slice(0, 20)
      .map(sample => `${sample.kind} at ${new Date(sample.endedAt).toISOString()}: ${sample.lost}`),
    byKind: { fast: kind('fast'), slow: kind('slow'), post: kind('post'), after: kind('after') },
    releases: [...new Set(releases)],
    lastReleases: [...new Set(releases.slice(-20))],
    afterIds,
    samples,
  };
};

export const isLost = ({ lost }: Sample): boolean => lost !== undefined;

const reportKind = (samples: readonly Sample[]): KindReport => ({
  requests: samples.length,
  lost: samples.filter(isLost).length,
  slowestMs: Math.max(0, ...samples.map(({ startedAt, endedAt }) => endedAt - startedAt)),
});
