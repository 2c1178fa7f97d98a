import { describe, expect, test } from 'vitest';
import { receiptLines, receiptWords } from '../../../src/report/words/receipt.ts';
import { makeReceipt, type Receipt } from '../../../src/run/receipt/receipt.ts';
import { receiptVariables } from '../../../src/run/receipt/receipt-variables.ts';
import { bad, good } from '../receipts.ts';

const blank = makeReceipt(undefined, 3_140, { prove: 3_000 });

const statuses = { answered1xx: 0, answered2xx: 48_200, answered3xx: 0, answered4xx: 11, answered5xx: 0 };

describe('the short form', () => {
  const cases: readonly (readonly [string, Receipt, string])[] = [
    ['counts in groups of three', good, '48 211 requests, 0 lost'],
    ['says what was lost', { ...bad, requests: 1_234_567 }, '1 234 567 requests, 1 003 lost'],
    ['counts one', { ...good, requests: 1, lost: 1 }, '1 request, 1 lost'],
    ['counts what was killed', { ...good, requests: 1, killedProcesses: 2 }, '1 request, 0 lost, 2 processes killed'],
    ['has no group below a thousand', { ...good, requests: 999 }, '999 requests, 0 lost'],
    [
      'does not claim what it does not know',
      { ...good, isComplete: false },
      '48 211 requests, 0 lost, as far as was counted',
    ],
    ['claims nothing when nothing was counted', blank, 'requests not counted'],
  ];
  test.each(cases)('%s', (_, receipt, expected) => expect(receiptWords(receipt)).toBe(expected));
});

describe('the page', () => {
  test('says what was counted, and where the time went, longest first', () => {
    expect(receiptLines(good)).toEqual([
      'Requests: 48 211',
      'Lost: 0',
      'Retried: 12',
      'Redispatched to another replica: 4',
      'Clients that went away: 7',
      'Longest queue: 9',
      'Time: 31s 200ms (finishing the last requests 20s, proving 9.00 s, starting 2.00 s, draining 0.24 s, promoting 0.01 s)',
    ]);
  });

  test('says how requests were lost', () => {
    const lostLine = (some: Partial<Receipt>) => receiptLines({ ...good, ...some })[1];
    expect(lostLine(bad)).toBe(
      'Lost: 1 003 (1 000 reached no replica, or gave up in the queue; 3 broken off by a replica)',
    );
    expect(lostLine({ lost: 1, brokenOff: 1 })).toBe('Lost: 1 (1 broken off by a replica)');
  });

  test('says what was answered, where that was counted, and that there were no errors', () => {
    expect(receiptLines({ ...good, statuses }).slice(1, 3)).toEqual([
      'Lost: 0',
      'Answered: 48 200 with 2xx, 11 with 4xx, 0 with 5xx',
    ]);
  });

  test('says that HAProxy changed its process meanwhile', () => {
    expect(receiptLines({ ...good, workerChanges: 1 }).slice(-1)).toEqual([
      'HAProxy changed its process once; what the former one counted last is not included.',
    ]);
    expect(receiptLines({ ...good, workerChanges: 2 }).slice(-1)).toEqual([
      'HAProxy changed its process 2 times; what the former one counted last is not included.',
    ]);
  });

  test('has the times, and no numbers, when nothing was counted', () => {
    expect(receiptLines(blank)).toEqual([
      'Time: 3.14 s (proving 3.00 s)',
      'HAProxy did not answer; not everything was counted.',
    ]);
  });

  test('has only the whole time when no step took any', () => {
    expect(receiptLines({ ...good, ms: 0, phases: {} })[6]).toBe('Time: 0.00 s');
  });
});

describe('the fields of the journal', () => {
  test('are numbers', () => {
    expect(receiptVariables({ ...bad, ms: 31_240.4 })).toEqual({
      PHP_ZD_REQUESTS: '48211',
      PHP_ZD_LOST: '1003',
      PHP_ZD_RETRIED: '12',
      PHP_ZD_REDISPATCHED: '4',
      PHP_ZD_LONGEST_QUEUE: '9',
      PHP_ZD_DURATION_MS: '31240',
    });
  });

  test('have what was answered, where that was counted', () => {
    expect(receiptVariables({ ...good, statuses })).toMatchObject({
      ...{ PHP_ZD_ANSWERED_1XX: '0', PHP_ZD_ANSWERED_2XX: '48200', PHP_ZD_ANSWERED_3XX: '0' },
      ...{ PHP_ZD_ANSWERED_4XX: '11', PHP_ZD_ANSWERED_5XX: '0' },
    });
  });

  test('leave out what nobody counted', () => {
    expect(receiptVariables(blank)).toEqual({ PHP_ZD_DURATION_MS: '3140' });
  });
});
