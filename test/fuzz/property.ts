import fc from 'fast-check';
import { isError } from '../../src/base/errors.ts';

/** What is so of every value: whatever comes in, php-zd ends with a right value or with an error of its own, and soon. */
export interface Property {
  readonly name: string;
  /** Tries so many values, and rejects with what is not so of the smallest that was found, as `Broken`. */
  attempt(runs: number, seed: number, onValue?: (value: unknown) => void): Promise<void>;
  /** Once more with a value that was found before. */
  again(value: unknown): Promise<void>;
}

/** A value, which is one of JSON, of which the property is not so. */
export class Broken extends Error {
  override readonly name = 'Broken';
  readonly value: unknown;

  constructor(value: unknown, cause: unknown) {
    super(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause), { cause });
    this.value = value;
  }
}

export interface Tried<Value> {
  readonly name: string;
  /** Of JSON's values alone, so that one can be kept in a file. Bytes are a text of latin1. */
  readonly values: fc.Arbitrary<Value>;
  readonly holds: (value: Value) => Promise<unknown>;
  /** Of the processor's time for one value of a few hundred kilobytes at most: what takes longer takes time out of proportion. */
  readonly mostMs?: number;
  /** Of memory, at any time while a value is tried. */
  readonly mostMib?: number;
  /** This process' where left out: what other tests left in it may be given back at any moment, and hide what a value took. */
  readonly memory?: () => Memory;
}

/** Each deadline of what is asked is far below, and this machine may have other work. */
const LATEST_MS = 5_000;

/** What is read is bounded at 32 MiB and less (HAProxy, PHP-FPM); a text and its parts are there twice, and what is garbage besides. */
const MOST_MIB = 300;
const MEBIBYTE = 1024 * 1024;

/** What a process takes now, and took at the most, in bytes. */
interface Memory {
  readonly rss: number;
  readonly peak: number;
}

/** What the process has come to take since then, at the most: where that has been more before, what it takes now. */
const mibSince = (before: Memory, now: Memory): number =>
  ((now.peak > before.peak ? now.peak : now.rss) - before.rss) / MEBIBYTE;
const memoryOfProcess = (): Memory => ({
  rss: process.memoryUsage.rss(),
  peak: process.resourceUsage().maxRSS * 1024,
});

export const property = <Value>(tried: Tried<Value>): Property => {
  const { name, values, holds, mostMs = 3_000, mostMib = MOST_MIB, memory = memoryOfProcess } = tried;
  const holdsInTime = async (value: Value): Promise<void> => {
    const [before, memoryBefore, from] = [process.cpuUsage(), memory(), Date.now()];
    await holds(value);
    if (Date.now() - from > LATEST_MS) throw new Error(`it took ${Date.now() - from} ms`);
    const { user, system } = process.cpuUsage(before);
    const ms = Math.round((user + system) / 1000);
    if (ms > mostMs) throw new Error(`it took ${ms} ms of the processor's time`);
    const mib = Math.round(mibSince(memoryBefore, memory()));
    if (mib > mostMib) throw new Error(`it took ${mib} MiB`);
  };
  return {
    name,
    attempt: async (numRuns, seed, onValue = () => {}) => {
      const once = async (value: Value) => {
        onValue(value);
        await holdsInTime(value);
      };
      const result = await fc.check(fc.asyncProperty(values, once), { numRuns, seed });
      if (result.failed) throw new Broken(result.counterexample?.[0], result.errorInstance);
    },
    again: value => holdsInTime(value as Value),
  };
};

/** What the work gives; undefined where it ends with one of these errors. Any other end is a mistake. */
export const answerOr = async <Answer>(
  codes: readonly string[],
  work: () => Promise<Answer>,
): Promise<Answer | undefined> => {
  try {
    return await work();
  } catch (error) {
    if (isError(error) && codes.includes(error.code)) return undefined;
    throw error;
  }
};

/** Every number in it is one that a count or a process can be; of what a clock that was set may say it may be less than 0. */
export const requireSound = (value: unknown, least = 0, at = 'the answer'): void => {
  if (typeof value === 'number' && !(value >= least && value <= Number.MAX_SAFE_INTEGER)) {
    throw new Error(`${at} is ${value}`);
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, each] of value instanceof Map ? value : Object.entries(value))
    requireSound(each, least, `${at}.${key}`);
};
