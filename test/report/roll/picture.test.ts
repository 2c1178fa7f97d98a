import { describe, expect, test } from 'vitest';
import { type Canvas, drawRoll as draw } from '../../../src/report/roll/picture.ts';
import type { Event } from '../../../src/run/site/events.ts';
import { entriesOf, rollStarted, START, viewOf } from './scene.ts';

const canvas: Canvas = { columns: 80, rows: 24, now: START + 7_000, inFlight: new Map(), hasColour: false };
const drawRoll = (...asked: Parameters<typeof draw>): readonly string[] => draw(...asked).map(String);
const step = { kind: 'prove', slot: 3, generation: 'g42', release: '/r/42' } as const;
const pin = { ...step, kind: 'pin' } as const;
const proving: readonly Event[] = [
  rollStarted,
  { kind: 'step-started', step: pin, index: 2, total: 19 },
  { kind: 'step-started', step, index: 5, total: 19, deadlineMs: 90_000 },
];
const viewAt = (events: readonly Event[]) => viewOf(entriesOf(events.map((event, index) => [index * 1_000, event])));

test('a roll on a terminal: what it is, its slots, how far it is', () => {
  const inFlight = new Map([
    [1, 12],
    [2, 0],
  ]);
  expect(drawRoll(viewAt(proving), { ...canvas, inFlight })).toEqual([
    'Rolling shop to /r/42 (from /r/41) in 19 steps.',
    'SLOT  STATE    RELEASE  IN FLIGHT  LEFT',
    '1     serves   41       12',
    '2     serves   41       0',
    '3     proving  42       -          1min 26s',
    '[#####-------------------] 5 of 19: proving replica 3, 7s',
  ]);
});

test('on a wide one the bar does not grow without end', () => {
  expect(drawRoll(viewAt(proving), { ...canvas, columns: 200 }).at(-1)).toBe(
    '[######----------------------] 5 of 19: proving replica 3, 7s',
  );
});

test('nothing is wider than the terminal, or taller', () => {
  for (const columns of [1, 2, 10, 39, 80]) {
    for (const rows of [1, 2, 3, 4, 5, 6, 7, 24]) {
      const lines = drawRoll(viewAt(proving), { ...canvas, columns, rows });
      expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(columns);
      expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
    }
  }
});

test('where not all slots have room, those in which nothing happens are left out', () => {
  const slots = Array.from({ length: 30 }, (_, index) => ({ slot: index + 1, release: '/r/41', isServing: true }));
  const last = { ...step, slot: 31 };
  const view = viewAt([{ ...rollStarted, slots } as Event, { kind: 'step-started', step: last, index: 5, total: 99 }]);
  expect(drawRoll(view, { ...canvas, rows: 8 }).slice(2, -1)).toEqual([
    '1     serves   41       -',
    '2     serves   41       -',
    '31    proving  -        -',
    'and 28 more',
  ]);
});

test('wide characters and control characters do not move anything', () => {
  const release = '/r/版本\x1b[2J\x07\u202e';
  const [title, , row] = drawRoll(
    viewAt([{ ...rollStarted, slots: [{ slot: 1, release, isServing: true }] } as Event]),
    canvas,
  );
  expect(title).toMatch(/^[\x20-\x7e]+$/);
  expect(row).toBe('1     serves  ???[2J??  -');
});

test('releases in different directories are told apart by their whole paths', () => {
  const slots = ['/a/1', '/b/1'].map((release, index) => ({ slot: index + 1, release, isServing: true }));
  expect(drawRoll(viewAt([{ ...rollStarted, slots } as Event]), canvas).slice(2, 4)).toEqual([
    '1     serves  /a/1     -',
    '2     serves  /b/1     -',
  ]);
});

describe('colours', () => {
  test('tell what serves from what is on its way, and take no room', () => {
    const lines = drawRoll(viewAt(proving), { ...canvas, columns: 20, hasColour: true });
    expect(lines.slice(2, 5)).toEqual([
      '\x1b[32m1     serves   41   \x1b[39m',
      '\x1b[32m2     serves   41   \x1b[39m',
      '\x1b[33m3     proving  42   \x1b[39m',
    ]);
  });
});

test('before the first step it is said that it is waited for', () => {
  expect(drawRoll(viewAt([rollStarted]), canvas).at(-1)).toBe('Waiting for the first step, 7s');
});
