import { LOADS } from './loads.ts';
import type { Request, Run } from './run.ts';

/** Of one restart. Ratios are of the time of the restart to the seconds before it, in the same run. */
export interface Figures {
  readonly lost: number;
  /** From the command's begin until it has ended and the last process of before it has answered, ms. */
  readonly tookMs: number;
  /** The 99th and 99.9th percentile of what requests take. */
  readonly p99: number;
  readonly p999: number;
  /** The longest time without an answer, ms; and its ratio. */
  readonly stallMs: number;
  readonly stall: number;
  /** Answers of the half second that had fewest. Where the load saturates the pool, that is what the pool could do. */
  readonly capacity: number;
  /** The most that all PHP processes had, and not only some. */
  readonly memory: number;
}

const WINDOW_MS = 500;
const STEP_MS = 50;

export const figuresOf = (run: Run): Figures => {
  const requests = watchedOf(run);
  const took = tookMs(run);
  const before = requests.filter(each => endOf(each) < 0);
  const during = requests.filter(each => endOf(each) >= 0 && each[1] <= took);
  const [shortBefore, shortDuring] = [before, during].map(some =>
    some
      .filter(each => !isLost(each))
      .map(each => each[2])
      .sort((a, b) => a - b),
  );
  const ratio = (part: number) => percentile(shortDuring ?? [], part) / percentile(shortBefore ?? [], part);
  const stalls = [longestGap(before, begin(run), 0), longestGap(requests, 0, took)] as const;
  return {
    lost: run.requests.filter(isLost).length + run.unfinished,
    tookMs: took,
    p99: ratio(0.99),
    p999: ratio(0.999),
    stallMs: stalls[1],
    stall: stalls[1] / stalls[0],
    capacity: fewest(requests, 0, took + WINDOW_MS) / mean(before, begin(run)),
    memory: memoryRatio(run, took),
  };
};

/** The requests that are looked at: of the load's kind. */
export const watchedOf = ({ load, requests }: Run): readonly Request[] => {
  const watched = LOADS.find(({ name }) => name === load)?.watched;
  return requests.filter(([kind]) => kind === watched);
};

export const endOf = ([, began, took]: Request): number => began + took;
export const isLost = ([, , , , lost]: Request): boolean => lost !== '';
const begin = ({ requests }: Run): number => Math.min(0, ...requests.map(endOf));

/** The processes of before are those that have answered before. */
const tookMs = ({ commandMs, requests }: Run): number => {
  const old = new Set(requests.filter(each => endOf(each) < 0).map(([, , , who]) => who));
  const last = requests.filter(([, , , who]) => who !== '' && old.has(who)).map(endOf);
  return Math.max(commandMs, ...last.filter(end => end >= 0));
};

/** Of sorted values; the largest, where there are too few for the part. */
const percentile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;

const answersOf = (requests: readonly Request[]): readonly number[] =>
  requests
    .filter(each => !isLost(each))
    .map(endOf)
    .sort((a, b) => a - b);

/** The longest time without an answer that touches the span. */
const longestGap = (requests: readonly Request[], from: number, to: number): number => {
  const ends = answersOf(requests);
  const gaps = ends.slice(1).flatMap((end, index) => {
    const since = ends[index] ?? end;
    return end >= from && since <= to ? [end - since] : [];
  });
  return Math.max(0, ...gaps);
};

const fewest = (requests: readonly Request[], from: number, to: number): number => {
  const ends = answersOf(requests);
  const starts = Array.from(
    { length: Math.max(1, Math.ceil((to - from - WINDOW_MS) / STEP_MS)) },
    (_, n) => from + n * STEP_MS,
  );
  return Math.min(...starts.map(start => ends.filter(end => end >= start && end < start + WINDOW_MS).length));
};

/** Answers in a window, before the restart. */
const mean = (before: readonly Request[], since: number): number => (answersOf(before).length * WINDOW_MS) / -since;

const memoryRatio = ({ memory }: Run, took: number): number => {
  const before = memory
    .filter(([at]) => at < 0 && at > -2000)
    .map(([, kib]) => kib)
    .sort((a, b) => a - b);
  const during = memory.filter(([at]) => at >= 0 && at <= took + 2 * STEP_MS).map(([, kib]) => kib);
  return Math.max(...during) / percentile(before, 0.5);
};
