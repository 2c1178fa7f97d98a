import * as v from 'valibot';
import { ANSWERED, type AnswersByStatus } from '../../base/answer-variables.ts';
import { amount } from '../../base/state-format.ts';
import type { StepKind } from '../../plan/step.ts';
import type { ProcessTotals, SiteTotals } from '../../ports/balancer.ts';

const COUNTERS = [
  'requests',
  'connectionErrors',
  'responseErrors',
  'serverAborts',
  'clientAborts',
  'retries',
  'redispatches',
] as const satisfies readonly (keyof SiteTotals)[];

type Sums = Readonly<Record<(typeof COUNTERS)[number], number>> & Partial<AnswersByStatus>;

/** Connections of now are no part of what a roll cost. */
export type CountedTotals = Omit<SiteTotals, 'connections' | 'mostConnections'>;
type ProcessCount = Omit<ProcessTotals, 'process'>;
const TOTALS = ['worker', ...COUNTERS, 'queued', 'longestQueue'] as const;

/**
 * What was counted of a roll so far. The roll and the settle after it are two processes: the roll's record hands the count
 * over.
 */
export interface Count {
  /** What was counted since the first reading, over all workers of HAProxy that were seen. */
  readonly sums: Sums;
  readonly last: CountedTotals;
  readonly workers: number;
  /** The most requests that waited at once, as far as can be told. */
  readonly longestQueue: number;
  /**
   * The longest queue that the current worker had on record when it was first seen. A higher record was set during the roll.
   */
  readonly queueRecord: number;
  /** Whether HAProxy did not answer when it was asked last. */
  readonly isBehind: boolean;
}

/** What a roll cost its users, and how long it took. Times are milliseconds. */
export interface Receipt {
  readonly requests: number;
  /** Requests that got no whole answer: `unreached` and `brokenOff` together. */
  readonly lost: number;
  /**
   * Requests that no replica took, or that waited too long in the queue. A request whose client gives up in the queue is among
   * them: HAProxy counts it the same way (measured on 2.6 and 3.0).
   */
  readonly unreached: number;
  /** Requests that a replica had, and broke off. */
  readonly brokenOff: number;
  /** What replicas answered, by the first digit of the status; missing where that is not counted. */
  readonly statuses?: AnswersByStatus;
  /** Clients that went away while a replica had their request. */
  readonly clientAborts: number;
  readonly retries: number;
  readonly redispatches: number;
  readonly longestQueue: number;
  /** How often HAProxy changed its process. What a former process counted after it was last asked is in no number here. */
  readonly workerChanges: number;
  /** False when HAProxy did not answer at the beginning, or at the end. */
  readonly isComplete: boolean;
  /** Processes that requests had left running, and that were killed with their replica; missing when there were none. */
  readonly killedProcesses?: number;
  /** From which PHP the site came to which; missing where that is the same. */
  readonly php?: PhpChange;
  readonly ms: number;
  readonly phases: Phases;
}

/** Versions such as 8.2; of one that Debian has not, the path of its PHP-FPM. */
export interface PhpChange {
  readonly from: string;
  readonly to: string;
}

/** A part of a roll's time: all steps of one kind together, what comes before the first step, and the settle. */
export type Phase = StepKind | 'prepare' | 'settle';
/** Milliseconds. */
export type Phases = Readonly<Partial<Record<Phase, number>>>;

/** Phases of any name: one that another version of php-zd wrote took its time all the same. */
export const phasesSchema: v.GenericSchema<unknown, Phases> = v.record(v.string(), amount);

const statusEntries = v.entriesFromList(ANSWERED, v.exactOptional(amount));

/** A count as it is read from the roll's record. */
export const countSchema: v.GenericSchema<unknown, Count> = v.object({
  sums: v.object({ ...v.entriesFromList(COUNTERS, amount), ...statusEntries }),
  last: v.object({
    ...{ ...v.entriesFromList(TOTALS, amount), ...statusEntries },
    processes: v.exactOptional(
      v.pipe(v.array(v.object({ process: v.string(), ...v.entriesFromList(TOTALS, amount) })), v.readonly()),
    ),
  }),
  workers: amount,
  longestQueue: amount,
  queueRecord: amount,
  isBehind: v.boolean(),
});

export const phpChangeSchema: v.GenericSchema<unknown, PhpChange> = v.object({ from: v.string(), to: v.string() });

/** A receipt as it is read from the history. */
export const receiptSchema: v.GenericSchema<unknown, Receipt> = v.object({
  requests: amount,
  lost: amount,
  unreached: amount,
  brokenOff: amount,
  statuses: v.exactOptional(v.object(v.entriesFromList(ANSWERED, amount))),
  clientAborts: amount,
  retries: amount,
  redispatches: amount,
  longestQueue: amount,
  workerChanges: amount,
  isComplete: v.boolean(),
  killedProcesses: v.exactOptional(amount),
  php: v.exactOptional(phpChangeSchema),
  ms: amount,
  phases: phasesSchema,
});

export const beginCount = (totals: CountedTotals): Count => ({
  sums: sumsOf(() => 0),
  last: totals,
  workers: 1,
  longestQueue: totals.queued,
  queueRecord: totals.longestQueue,
  isBehind: false,
});

/**
 * Adds a reading to a count. Without `totals` the balancer did not answer; the next reading of the same worker makes up for
 * that.
 */
export const addReading = (count: Count, totals: CountedTotals | undefined): Count => {
  if (totals === undefined) return { ...count, isBehind: true };
  const processes = pairedWith(count.last, totals);
  const changes = processes.filter(({ before, now }) => before !== undefined && !continues(before, now)).length;
  const isSameWorker = changes === 0;
  // HAProxy's `clear counters` forgets the record and leaves the sums, so the record that it has since then is a new one.
  const isSameRecord = isSameWorker && totals.longestQueue >= count.last.longestQueue;
  const queueRecord = isSameRecord ? count.queueRecord : 0;
  const newRecord = totals.longestQueue > queueRecord ? totals.longestQueue : 0;
  return {
    sums: sumsOf(name => processes.reduce((sum, each) => sum + grownBy(each, name), count.sums[name] ?? 0)),
    last: withSilent(count.last, totals),
    workers: count.workers + changes,
    longestQueue: Math.max(count.longestQueue, totals.queued, newRecord),
    queueRecord,
    isBehind: false,
  };
};

/** Requests that got no whole answer, as far as the current worker counted. */
export const lostIn = (totals: CountedTotals): number => totals.connectionErrors + brokenOffIn(totals);

/** The receipt. Without a count it has only the times. */
export const makeReceipt = (count: Count | undefined, ms: number, phases: Phases): Receipt => {
  const sums = count?.sums ?? sumsOf(() => 0);
  const unreached = sums.connectionErrors;
  const brokenOff = brokenOffIn(sums);
  return {
    requests: sums.requests,
    lost: unreached + brokenOff,
    unreached,
    brokenOff,
    ...statusesIn(sums),
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

/** Where nothing was counted, no number is a claim. */
const statusesIn = (sums: Sums): Pick<Receipt, 'statuses'> => {
  const statuses = Object.fromEntries(ANSWERED.map(name => [name, sums[name] ?? 0])) as Record<
    keyof AnswersByStatus,
    number
  >;
  return ANSWERED.some(name => statuses[name] > 0) ? { statuses } : {};
};

/**
 * Requests that a server broke off. HAProxy's counter `econ` has every request once that came to no server after all retries,
 * and no other counter has those. `eresp` and `srv_abrt` have the same requests: in TCP mode a connection that the server
 * resets is in both, one that times out in `srv_abrt` alone (HAProxy's stream.c, process_stream), and what `eresp` may have
 * besides comes from HTTP and filters (management guide 9.1). So the larger of the two counts all of them. Measured on 2.6 and
 * 3.0: a child or a master of PHP-FPM that is killed in the middle of an answer resets its connection, since the end of the
 * request is still unread, and adds one to both.
 */
const brokenOffIn = ({ responseErrors, serverAborts }: Pick<Sums, 'responseErrors' | 'serverAborts'>): number =>
  Math.max(responseErrors, serverAborts);

/** What a process has counted at two readings; at the first of them maybe nothing yet, since nobody asked it. */
interface Pair {
  readonly before: ProcessCount | undefined;
  readonly now: ProcessCount;
}

/** Where a single HAProxy balances the site, it is one process without a name. */
const processesIn = (totals: CountedTotals): ReadonlyMap<string, ProcessCount> =>
  new Map<string, ProcessCount>(totals.processes?.map(each => [each.process, each]) ?? [['', totals]]);

const pairedWith = (last: CountedTotals, totals: CountedTotals): readonly Pair[] => {
  const before = processesIn(last);
  return [...processesIn(totals)].map(([process, now]) => ({ before: before.get(process), now }));
};

/** What a process had counted before anybody asked it is no part of the roll. */
const grownBy = ({ before, now }: Pair, name: keyof Sums): number => {
  if (before === undefined) return 0;
  return (now[name] ?? 0) - (continues(before, now) ? (before[name] ?? 0) : 0);
};

/** A process that did not answer this time goes on from what it said before. */
const withSilent = (last: CountedTotals, totals: CountedTotals): CountedTotals => {
  if (totals.processes === undefined) return totals;
  const answered = new Set(totals.processes.map(({ process }) => process));
  return {
    ...totals,
    processes: [...totals.processes, ...(last.processes ?? []).filter(({ process }) => !answered.has(process))],
  };
};

/**
 * Whether `totals` goes on from `last`. When a counter fell, somebody set it to zero, or the process id is another process's
 * now.
 */
const continues = (last: ProcessCount, totals: ProcessCount): boolean =>
  last.worker === totals.worker && [...COUNTERS, ...ANSWERED].every(name => (totals[name] ?? 0) >= (last[name] ?? 0));

const sumsOf = (sum: (name: keyof Sums) => number): Sums => {
  const statuses = ANSWERED.map((name): [string, number] => [name, sum(name)]).filter(([, count]) => count > 0);
  return Object.fromEntries([...COUNTERS.map(name => [name, sum(name)]), ...statuses]) as Sums;
};
