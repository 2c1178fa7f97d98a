import type { Receipt } from '../../src/run/receipt/receipt.ts';

/** The receipt of a roll that lost nothing. */
export const good: Receipt = {
  requests: 48_211,
  lost: 0,
  unreached: 0,
  brokenOff: 0,
  clientAborts: 7,
  retries: 12,
  redispatches: 4,
  longestQueue: 9,
  workerChanges: 0,
  isComplete: true,
  ms: 31_240,
  phases: { drain: 240, retire: 20_000, prove: 9_000, pin: 2, promote: 5, start: 1_995 },
};

/** The receipt of a roll that lost requests. */
export const bad: Receipt = { ...good, lost: 1_003, unreached: 1_000, brokenOff: 3 };
