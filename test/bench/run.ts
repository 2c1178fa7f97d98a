import * as v from 'valibot';

/** A request: its kind, when it began (ms from the restart's begin), how long it took (ms), which process answered, why it is lost. */
const request = v.tuple([v.string(), v.number(), v.number(), v.string(), v.string()]);

const run = v.object({
  round: v.number(),
  load: v.string(),
  method: v.string(),
  /** How long the command of the restart took, ms. */
  commandMs: v.number(),
  requests: v.array(request),
  /** How many requests were answered, and did not end their work after it. */
  unfinished: v.number(),
  /** What all PHP-FPM processes have (PSS): ms from the restart's begin, KiB. */
  memory: v.array(v.tuple([v.number(), v.number()])),
});

export const hostSchema = v.object({ date: v.string(), versions: v.record(v.string(), v.string()) });

export type Request = v.InferOutput<typeof request>;
/** One restart under one load. */
export type Run = v.InferOutput<typeof run>;
/** When and with what all of a file was measured. */
export type Host = v.InferOutput<typeof hostSchema>;

export interface Results {
  readonly host: Host;
  readonly runs: readonly Run[];
}

/** A line of JSON for the host, and one for each run. */
export const parseResults = (text: string): Results => {
  const [first = '', ...rest] = text.trimEnd().split('\n');
  return { host: v.parse(hostSchema, JSON.parse(first)), runs: rest.map(line => v.parse(run, JSON.parse(line))) };
};

const spread = v.object({ median: v.number(), least: v.number(), most: v.number() });

const row = v.object({
  load: v.string(),
  method: v.string(),
  requests: v.number(),
  lost: v.number(),
  stallMs: spread,
  tookMs: spread,
  ratios: v.object({ took: spread, p99: spread, p999: spread, stall: spread, capacity: spread, memory: spread }),
});

/** What several restarts say: the median, and the least and the most. */
export type Spread = v.InferOutput<typeof spread>;

/**
 * One method under one load, of all rounds. `took` is how long a restart took, to a bare one under the same load in the same round; the other
 * ratios are figuresOf()'s.
 */
export type Row = v.InferOutput<typeof row>;
export type Ratio = keyof Row['ratios'];

const recorded = v.object({ host: hostSchema, rows: v.array(row) });

/** What draw.ts keeps for later measurements. */
export const parseRecorded = (text: string): v.InferOutput<typeof recorded> => v.parse(recorded, JSON.parse(text));
