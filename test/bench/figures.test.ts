import { describe, expect, test } from 'vitest';
import { figuresOf } from './figures.ts';
import { findWorse } from './find-worse.ts';
import { renderPage } from './page.ts';
import { rowsOf } from './rows.ts';
import type { Request, Row, Run } from './run.ts';
import { parseResults } from './run.ts';
import { renderSummary } from './table.ts';

const HOST = { date: '2026-01-02', versions: { 'php-zd': 'php-zd 1.0', PHP: '8.2.1', processors: '2' } };

/** A fast request every 10 ms from 4 s before to 3 s after, each of 2 ms; what a test changes in it. */
const requests = (change: (at: number) => Partial<{ took: number; who: string; lost: string }> = () => ({})) =>
  Array.from({ length: 700 }, (_, index): Request => {
    const at = -4000 + index * 10;
    const { took = 2, who = at < 0 ? 'old' : 'new', lost = '' } = change(at);
    return ['fast', at, took, who, lost];
  });

const run = (changes: Partial<Run> = {}): Run => ({
  round: 1,
  load: 'fast',
  method: 'restart of php-fpm',
  commandMs: 200,
  requests: requests(),
  unfinished: 0,
  memory: [
    [-1000, 1000],
    [50, 1500],
    [3000, 9000],
  ],
  ...changes,
});

describe('the figures of one restart', () => {
  test('are those of before where the restart is not felt', () => {
    const figures = figuresOf(run());
    expect(figures).toMatchObject({ lost: 0, tookMs: 200, p99: 1, p999: 1, stall: 1, memory: 1.5 });
    expect(figures.capacity).toBeCloseTo(1, 1);
  });

  test('take a restart for ended when the last process of before has answered', () => {
    const late = [...requests(), ['fast', -10, 710, 'old', ''] satisfies Request];
    expect(figuresOf(run({ requests: late })).tookMs).toBe(700);
  });

  test('show requests that wait, and the time without an answer', () => {
    const waiting = requests(at => (at >= 0 && at < 1000 ? { took: 1000 - at } : {}));
    const figures = figuresOf(run({ commandMs: 1000, requests: waiting }));
    expect(figures.p99).toBeGreaterThan(400);
    expect(figures.stallMs).toBeGreaterThanOrEqual(1000);
    expect(figures.capacity).toBe(0);
  });

  test('count what is lost: an answer that is none, and work after one that did not end', () => {
    const failing = requests(at => (at >= 0 && at < 50 ? { lost: '502 Bad Gateway', who: '' } : {}));
    expect(figuresOf(run({ requests: failing, unfinished: 2 })).lost).toBe(7);
  });
});

const rows = (...runs: readonly Run[]): readonly Row[] => rowsOf(runs);
const rolled = (changes: Partial<Run> = {}): Run => run({ method: 'php-zd, surge 1', commandMs: 1000, ...changes });

test('a time is a ratio to that of a bare restart in the same round', () => {
  const [, php] = rows(run(), rolled(), run({ round: 2, commandMs: 100 }), rolled({ round: 2 }));
  expect(php?.ratios.took).toEqual({ median: 5, least: 5, most: 10 });
});

test('worse is what lies beyond all that was recorded, by more than noise', () => {
  const recorded = rows(run(), rolled(), run({ round: 2 }), rolled({ round: 2, commandMs: 1200 }));
  expect(findWorse(rows(run(), rolled({ commandMs: 1500 })), recorded)).toEqual([]);
  expect(findWorse(rows(run(), rolled({ commandMs: 1700 })), recorded)).toEqual([
    'php-zd, surge 1, fast: takes, to a bare restart: 8.50 (8.50 to 8.50), recorded 5.00 (5.00 to 6.00)',
  ]);
  expect(findWorse(rows(run(), rolled({ unfinished: 1 })), recorded)).toEqual([
    'php-zd, surge 1, fast: 1 of 700 requests were lost',
  ]);
  expect(findWorse(rows(rolled({ load: 'uploads' })), recorded)).toEqual([
    'php-zd, surge 1, uploads: nothing is recorded of it',
  ]);
  expect(findWorse(rows(run({ unfinished: 1 })), recorded)).toEqual([]);
});

test('a report is one page that loads nothing', () => {
  const results = parseResults([HOST, run(), rolled()].map(each => JSON.stringify(each)).join('\n'));
  const page = renderPage(results);
  expect(page.match(/<svg/g)).toHaveLength(1);
  expect(page).not.toMatch(/(src|href)=|url\(|@import/);
  expect(page).toContain('Measured on 2026-01-02 with php-zd 1.0, PHP 8.2.1, on 2 processors.');
  expect(renderSummary(rowsOf(results.runs), HOST)).toContain('| php-zd, surge 1 | 0 of 700 | 10 (10-10) |');
});
