import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { PhpZdError } from '../../../src/base/errors.ts';
import type { SiteTotals } from '../../../src/ports/balancer.ts';
import {
  addReading,
  beginCount,
  type Count,
  countSchema,
  makeReceipt,
  type Receipt,
} from '../../../src/run/receipt/receipt.ts';
import { readTotals } from '../../../src/run/record/read-totals.ts';
import type { Ports } from '../../../src/run/site/ports.ts';
import { namedRun } from '../../../src/run/site/site-run.ts';
import { failure } from '../../fakes/failure.ts';
import { NO_TOTALS } from '../../fakes/no-totals.ts';

const totals = (worker: number, some: Partial<SiteTotals> = {}): SiteTotals => ({
  worker,
  ...NO_TOTALS,
  ...some,
});

/** Readings in their order, between the first and the last of a roll; undefined: HAProxy did not answer. */
const count = (first: SiteTotals, ...others: readonly (SiteTotals | undefined)[]): Count =>
  others.reduce(addReading, beginCount(first));
const receipt = (...readings: Parameters<typeof count>): Receipt => makeReceipt(count(...readings), 0, {});

test('what one worker counted between the first and the last reading is counted, however often it was asked', () => {
  const first = totals(7, { requests: 1000, connectionErrors: 5, clientAborts: 40, retries: 2, redispatches: 1 });
  const later = totals(7, { requests: 1500, connectionErrors: 6, clientAborts: 41, retries: 2, redispatches: 4 });
  const last = totals(7, { requests: 1700, connectionErrors: 7, clientAborts: 45, retries: 3, redispatches: 5 });
  expect(makeReceipt(count(first, later, last), 3_100, { drain: 2_000 })).toEqual({
    requests: 700,
    lost: 2,
    unreached: 2,
    brokenOff: 0,
    clientAborts: 5,
    retries: 1,
    redispatches: 4,
    longestQueue: 0,
    workerChanges: 0,
    isComplete: true,
    ms: 3_100,
    phases: { drain: 2_000 },
  });
});

test('a new worker counts from zero, and each change of it is told', () => {
  const first = totals(7, { requests: 1000, connectionErrors: 5 });
  const readings = [
    totals(7, { requests: 1100, connectionErrors: 5 }),
    totals(8, { requests: 30, connectionErrors: 1 }),
  ];
  expect(receipt(first, ...readings)).toMatchObject({ requests: 130, lost: 1, workerChanges: 1, isComplete: true });
  const again = [...readings, totals(8, { requests: 50, connectionErrors: 1 }), totals(9, { requests: 4 })];
  expect(receipt(first, ...again)).toMatchObject({ requests: 154, lost: 1, workerChanges: 2 });
});

describe('of several processes', () => {
  const process = (name: string, worker: number, requests: number, connectionErrors = 0) => {
    const { connections: _, mostConnections: __, ...counted } = totals(worker, { requests, connectionErrors });
    return { process: name, ...counted };
  };
  const all = (...processes: readonly ReturnType<typeof process>[]): SiteTotals =>
    totals(99 + processes.reduce((sum, { worker }) => sum + worker, 0), {
      requests: processes.reduce((sum, { requests }) => sum + requests, 0),
      connectionErrors: processes.reduce((sum, each) => sum + each.connectionErrors, 0),
      processes,
    });

  test('each is counted by itself: one that began anew takes nothing from the others', () => {
    const first = all(process('', 7, 1000, 5), process('/run/a', 8, 500, 2));
    const last = all(process('', 7, 1100, 6), process('/run/a', 9, 30, 1));
    expect(receipt(first, last)).toMatchObject({ requests: 130, lost: 2, workerChanges: 1 });
  });

  test('one that says nothing for a while goes on from what it said, and what it counted before it was first asked is none of it', () => {
    const first = all(process('', 7, 1000), process('/run/a', 8, 500));
    const without = all(process('', 7, 1010));
    const last = all(process('', 7, 1020), process('/run/a', 8, 540), process('/run/b', 3, 9_000));
    expect(receipt(first, without, last)).toMatchObject({ requests: 60, workerChanges: 0 });
    const after = all(process('', 7, 1020), process('/run/a', 8, 540), process('/run/b', 3, 9_001));
    expect(receipt(first, without, last, after)).toMatchObject({ requests: 61 });
  });

  test('one that came in the middle, and one that is gone, leave the count of the first as it is', () => {
    const alone = totals(7, { requests: 1000 });
    expect(
      receipt(alone, all(process('', 7, 1005), process('/run/a', 8, 500)), totals(7, { requests: 1008 })),
    ).toMatchObject({ requests: 8, workerChanges: 0 });
  });
});

test('counters that fell began anew: cleared by hand, or of another process with the same id', () => {
  const cleared = totals(7, { requests: 30, clientAborts: 2 });
  expect(receipt(totals(7, { requests: 1000, clientAborts: 2 }), cleared)).toMatchObject({
    requests: 30,
    clientAborts: 2,
    workerChanges: 1,
  });
});

describe('a request that was lost is lost once', () => {
  const cases: readonly (readonly [string, Partial<SiteTotals>, Partial<Receipt>])[] = [
    ['nobody took it', { connectionErrors: 1 }, { lost: 1, unreached: 1, brokenOff: 0 }],
    ['a replica reset it', { responseErrors: 1, serverAborts: 1 }, { lost: 1, unreached: 0, brokenOff: 1 }],
    ['a replica never answered', { serverAborts: 1 }, { lost: 1, brokenOff: 1 }],
    ['a response error alone', { responseErrors: 1 }, { lost: 1, brokenOff: 1 }],
    ['the client went away', { clientAborts: 1 }, { lost: 0, clientAborts: 1 }],
    ['it went to another replica', { retries: 1, redispatches: 2 }, { lost: 0, retries: 1, redispatches: 2 }],
    [
      'one of each',
      { connectionErrors: 1, responseErrors: 1, serverAborts: 2, clientAborts: 1 },
      { lost: 3, unreached: 1, brokenOff: 2, clientAborts: 1 },
    ],
  ];
  test.each(cases)('%s', (_, counted, expected) => {
    expect(receipt(totals(7), totals(7, counted))).toMatchObject(expected);
  });
});

describe('the longest queue', () => {
  const cases: readonly (readonly [string, Parameters<typeof count>, number])[] = [
    ['is a record set meanwhile', [totals(7, { longestQueue: 3 }), totals(7, { longestQueue: 9 })], 9],
    [
      'is not a record from before, but the longest one seen',
      [
        totals(7, { longestQueue: 50, queued: 2 }),
        totals(7, { longestQueue: 50, queued: 4 }),
        totals(7, { longestQueue: 50 }),
      ],
      4,
    ],
    ['is the record of a new worker', [totals(7, { longestQueue: 50 }), totals(8, { longestQueue: 6 })], 6],
    [
      'is still that of a former worker',
      [totals(7), totals(7, { longestQueue: 9 }), totals(8, { longestQueue: 6 }), totals(8, { longestQueue: 7 })],
      9,
    ],
    [
      'is the new record after the old one was cleared',
      [totals(7, { longestQueue: 50 }), totals(7, { longestQueue: 2 })],
      2,
    ],
    [
      'is the last record after one was cleared',
      [totals(7, { longestQueue: 50 }), totals(7, { longestQueue: 2 }), totals(7, { longestQueue: 5 })],
      5,
    ],
  ];
  test.each(cases)('%s', (_, readings, expected) => {
    expect(receipt(...readings).longestQueue).toBe(expected);
  });
});

describe('the answers', () => {
  const answered = (answered2xx: number, answered5xx = 0) => ({
    ...{ answered1xx: 0, answered2xx, answered3xx: 0, answered4xx: 0, answered5xx },
  });

  test('are counted by their status over all workers, apart from what was lost', () => {
    const readings = [totals(7, answered(110, 1)), totals(8), totals(8, { ...answered(5, 2), connectionErrors: 1 })];
    const { statuses, lost } = receipt(totals(7, answered(100)), ...readings);
    expect([statuses, lost]).toEqual([answered(15, 3), 1]);
  });

  test('are no part of a receipt where nobody counts them', () => {
    expect(receipt(totals(7), totals(7, { requests: 5 }))).not.toHaveProperty('statuses');
  });

  test('begin in the middle of a roll that brings their counting', () => {
    expect(receipt(totals(7, { requests: 5 }), totals(8, answered(3))).statuses).toEqual(answered(3));
  });

  test('that were counted are kept between the roll and the settle, and a count of before them is read', () => {
    const counted = count(totals(7, answered(100)), totals(7, answered(104, 1)));
    const kept = (of: Count) => v.parse(countSchema, JSON.parse(JSON.stringify(of)));
    expect(makeReceipt(kept(counted), 0, {})).toEqual(makeReceipt(counted, 0, {}));
    expect(kept(counted)).toMatchObject({ sums: { answered2xx: 4, answered5xx: 1 }, last: answered(104, 1) });
    expect(kept(count(totals(7), totals(7, { requests: 5 })))).toMatchObject({ sums: { requests: 5 } });
  });
});

describe('a receipt is complete', () => {
  const [first, last] = [totals(7, { requests: 10 }), totals(7, { requests: 30 })];
  test('when only a reading in the middle is missing: the next one has it all', () => {
    expect(receipt(first, undefined, last)).toMatchObject({ requests: 20, isComplete: true });
  });
  test('not when the last one is missing', () => {
    expect(receipt(first, last, undefined)).toMatchObject({ requests: 20, isComplete: false });
  });
  test('not when nothing was counted', () => {
    expect(makeReceipt(undefined, 5, { prove: 4 })).toMatchObject({
      requests: 0,
      lost: 0,
      isComplete: false,
      ms: 5,
      phases: { prove: 4 },
    });
  });
});

test('a count goes through the record of the roll unchanged', () => {
  const counted = count(totals(7, { requests: 1, queued: 2 }), totals(8, { requests: 5, longestQueue: 3 }));
  expect(JSON.parse(JSON.stringify(counted))).toEqual(counted);
});

describe('the totals', () => {
  const read = (answer: () => Promise<SiteTotals>) => {
    const balancer: Pick<Ports['balancer'], 'totals'> = { totals: answer };
    return readTotals(namedRun('shop', { balancer } as Ports, () => undefined));
  };
  test('are those of the balancer', async () => {
    expect(await read(async () => totals(7))).toEqual(totals(7));
  });
  test.each([
    new PhpZdError('balancer-unreachable', { socket: '/x', reason: 'ENOENT' }),
    new PhpZdError('balancer-refused', { command: 'show stat', answer: 'no' }),
  ])('are unknown, and no failure, when it is %s', async error => {
    expect(await read(() => Promise.reject(error))).toBeUndefined();
  });
  test('do not hide any other failure', async () => {
    expect((await failure(read(() => Promise.reject(new PhpZdError('aborted', {}))))).code).toBe('aborted');
  });
});
