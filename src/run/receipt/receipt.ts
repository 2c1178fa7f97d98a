import * as v from 'valibot';
import type { StepKind } from '../../plan/step.ts';
import type { BackendTotals } from '../../ports/balancer.ts';

const COUNTERS = [
  'requests',
  'connectionErrors',
  'responseErrors',
  'serverAborts',
  'clientAborts',
  'retries',
  'redispatches',
] as const satisfies readonly (keyof BackendTotals)[];
type Sums = Readonly<Record<(typeof COUNTERS)[number], number>>;

/** What was counted so far. The roll and the settle after it are two processes: between them it lies in the roll's record. */
export interface Count {
  /** Since the first reading, over all workers seen. */
  readonly sums: Sums;
  readonly last: BackendTotals;
  readonly workers: number;
  /** The most requests that waited at once, as far as can be told. */
  readonly longestQueue: number;
  /** What the current worker's record stood at when it was first seen: only one above it was set meanwhile. */
  readonly queueRecord: number;
  /** HAProxy did not answer when it was asked last. */
  readonly isBehind: boolean;
}

/** What a roll cost its users, and how long it took. Times are milliseconds. */
export interface Receipt {
  readonly requests: number;
  /** Of them, those that got no whole answer: `unreached` and `brokenOff`. */
  readonly lost: number;
  /**
   * No replica took it, or it waited too long in the queue. HAProxy counts the same when the client gives up in the queue
   * (measured on 2.6 and 3.0).
   */
  readonly unreached: number;
  /** A replica had it, and broke off. */
  readonly brokenOff: number;
  /** Clients that went away while a replica had their request. */
  readonly clientAborts: number;
  readonly retries: number;
  readonly redispatches: number;
  readonly longestQueue: number;
  /** How often HAProxy changed its process. What the former one counted after it was last asked is in no number here. */
  readonly workerChanges: number;
  /** False when HAProxy did not answer at the beginning, or at the end. */
  readonly isComplete: boolean;
  readonly ms: number;
  readonly phases: Phases;
}

/** The steps of a kind together; and before the first and after the last of them, what was looked at and put right. */
export type Phase = StepKind | 'prepare' | 'settle';
/** Milliseconds. */
export type Phases = Readonly<Partial<Record<Phase, number>>>;

const number = v.number();
/** A phase of another version of php-zd took its time all the same. */
export const phasesSchema: v.GenericSchema<unknown, Phases> = v.record(v.string(), number);

/** As it is read again from the roll's record. */
export const countSchema: v.GenericSchema<unknown, Count> = v.object({
  sums: v.object(v.entriesFromList(COUNTERS, number)),
  last: v.object(v.entriesFromList(['worker', ...COUNTERS, 'queued', 'longestQueue'], number)),
  workers: number,
  longestQueue: number,
  queueRecord: number,
  isBehind: v.boolean(),
});

/** As it is read again from the history. */
export const receiptSchema: v.GenericSchema<unknown, Receipt> = v.object({
  requests: number,
  lost: number,
  unreached: number,
  brokenOff: number,
  clientAborts: number,
  retries: number,
  redispatches: number,
  longestQueue: number,
  workerChanges: number,
  isComplete: v.boolean(),
  ms: number,
  phases: phasesSchema,
});

export const beginCount = (totals: BackendTotals): Count => ({
  sums: sumsOf(() => 0),
  last: totals,
  workers: 1,
  longestQueue: totals.queued,
  queueRecord: totals.longestQueue,
  isBehind: false,
});

/** Undefined: the balancer did not answer. The next reading of the same worker makes up for it. */
export const addReading = (count: Count, totals: BackendTotals | undefined): Count => {
  if (totals === undefined) return { ...count, isBehind: true };
  const isSameWorker = continues(count.last, totals);
  // `clear counters` forgets the record and leaves the sums: whatever stands there since is new.
  const isSameRecord = isSameWorker && totals.longestQueue >= count.last.longestQueue;
  const queueRecord = isSameRecord ? count.queueRecord : 0;
  const newRecord = totals.longestQueue > queueRecord ? totals.longestQueue : 0;
  return {
    sums: sumsOf(name => count.sums[name] + totals[name] - (isSameWorker ? count.last[name] : 0)),
    last: totals,
    workers: count.workers + (isSameWorker ? 0 : 1),
    longestQueue: Math.max(count.longestQueue, totals.queued, newRecord),
    queueRecord,
    isBehind: false,
  };
};

/** Requests that got no whole answer, as far as the current worker counted. */
export const lostIn = (totals: BackendTotals): number => totals.connectionErrors + brokenOffIn(totals);

/** Without a count only the times are known. */
export const makeReceipt = (count: Count | undefined, ms: number, phases: Phases): Receipt => {
  const sums = count?.sums ?? sumsOf(() => 0);
  const unreached = sums.connectionErrors;
  const brokenOff = brokenOffIn(sums);
  return {
    requests: sums.requests,
    lost: unreached + brokenOff,
    unreached,
    brokenOff,
    clientAborts: sums.clientAborts,
    retries: sums.retries,
    redispatches: sums.redispatches,
    longestQueue: count?.longestQueue ?? 0,
    workerChanges: count === undefined ? 0 : count.workers - 1,
    isComplete: count !== undefined && !count.isBehind,
    ms,
    phases,
  };
};

/**
 * `econ` has every request once that came to no server, after all retries, and no other counter has it. `eresp` and `srv_abrt`
 * have the same requests: in TCP mode a connection that the server resets is in both, one that times out in `srv_abrt` alone
 * (HAProxy's stream.c, process_stream), and what `eresp` may have besides is HTTP's and the filters' (management guide 9.1).
 * So the larger one is all of them. Measured on 2.6 and 3.0: a PHP-FPM child or master that is killed in the middle of an
 * answer resets its connection, since the end of the request is still unread, and adds one to both.
 */
const brokenOffIn = ({ responseErrors, serverAborts }: Pick<Sums, 'responseErrors' | 'serverAborts'>): number =>
  Math.max(responseErrors, serverAborts);

/** A counter that fell was set to zero by hand, or the process id is another's now: either way it began anew. */
const continues = (last: BackendTotals, totals: BackendTotals): boolean =>
  last.worker === totals.worker && COUNTERS.every(name => totals[name] >= last[name]);

const sumsOf = (sum: (name: keyof Sums) => number): Sums =>
  Object.fromEntries(COUNTERS.map(name => [name, sum(name)])) as Sums;
