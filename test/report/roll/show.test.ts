import { expect, test } from 'vitest';
import { PhpZdError } from '../../../src/base/errors.ts';
import type { Terminal } from '../../../src/ports/terminal.ts';
import { entryJson } from '../../../src/report/json/json.ts';
import { type RollShow, showJson, showLines, showPicture } from '../../../src/report/roll/show.ts';
import type { Event } from '../../../src/run/site/events.ts';
import { good } from '../receipts.ts';
import { VirtualTerminal } from '../terminal/virtual-terminal.ts';
import { entriesOf, rollStarted, START } from './scene.ts';

const retire = { kind: 'retire', slot: 1 } as const;
const unproven = new PhpZdError('replica-unproven', {
  replica: 3,
  reason: { kind: 'status', path: '/', status: 500 },
  ms: 10_000,
  php: '\x1b[2J',
});
const draining = (busy: number): Event => ({ kind: 'draining', slot: 1, busy, blockers: [] });
const rolled: Event = { kind: 'roll-done', from: '/r/41', release: '/r/42', replicas: 2, receipt: good };
const warmupFailed: Event = { kind: 'warmup-failed', slot: 3, error: unproven };
const events: readonly (readonly [number, Event])[] = [
  [0, rollStarted],
  [10, warmupFailed],
  [10, { kind: 'step-started', step: retire, index: 18, total: 19, deadlineMs: 60_000 }],
  [10, draining(3)],
  [200, draining(2)],
  [900, draining(1)],
  [100, { kind: 'step-done', step: retire, index: 18, total: 19, ms: 5 }],
  [10, rolled],
  [10, { kind: 'receipt', outcome: 'rolled', receipt: good }],
];
const NOBODY: ReadonlyMap<number, number> = new Map();

const receiptLines = [
  'Receipt of the roll of shop (rolled):',
  'Requests: 48 211',
  'Lost: 0',
  'Retried: 12',
  'Redispatched to another replica: 4',
  'Clients that went away: 7',
  'Longest queue: 9',
  'Time: 31s 200ms (finishing the last requests 20s, proving 9.00 s, starting 2.00 s, draining 0.24 s, promoting 0.01 s)',
];

/** What is written, as one text. */
class Written {
  text = '';
  count = 0;
  readonly write = (text: string): void => {
    this.text += text;
    this.count += 1;
  };
}

const tell = (show: RollShow): void => {
  for (const entry of entriesOf(events)) {
    show.add(entry);
    show.tick(entry.time, NOBODY);
  }
  show.end();
};

test('line by line: every step, a drain once a second, what went wrong, the receipt', () => {
  const said = new Written();
  tell(showLines(said.write));
  expect(said.text.split('\n')).toEqual([
    'Rolling shop to /r/42 (from /r/41) in 19 steps.',
    'Replica 3 answered / with 500 for 10s; PHP says: ?[2J. Going on all the same.',
    'Step 18 of 19: waiting for the requests of replica 1, to stop it.',
    'Draining replica 1: 3 requests left.',
    'Draining replica 1: 1 request left.',
    'Rolled shop to /r/42 in 31s 200ms: 48 211 requests, 0 lost.',
    ...receiptLines,
    '',
  ]);
});

test('as JSON: every event, as it was written', () => {
  const said = new Written();
  tell(showJson(said.write));
  expect(said.text).toBe(
    entriesOf(events)
      .map(entry => `${entryJson(entry)}\n`)
      .join(''),
  );
});

test('on a terminal: one picture, what went wrong above it, the receipt below', () => {
  const screen = new VirtualTerminal(80, 24);
  tell(showPicture(said => screen.write(String(said)), screen));
  expect(screen.lines()).toEqual([
    'Replica 3 answered / with 500 for 10s; PHP says: ?[2J. Going on all the same.',
    'Rolling shop to /r/42 (from /r/41) in 19 steps.',
    'SLOT  STATE    RELEASE  IN FLIGHT  LEFT',
    '1     stopped  41       -',
    '2     serves   41       -',
    '[#######################-] 18 of 19, 1s',
    'Rolled shop to /r/42 in 31s 200ms: 48 211 requests, 0 lost.',
    ...receiptLines.slice(0, 7),
    'Time: 31s 200ms (finishing the last requests 20s, proving 9.00 s, starting 2.00',
    '  s, draining 0.24 s, promoting 0.01 s)',
  ]);
});

test('a roll that follows another has a picture of its own', () => {
  const screen = new VirtualTerminal(80, 24);
  const show = showPicture(said => screen.write(String(said)), screen);
  const [first] = entriesOf([[0, rollStarted]]);
  const slots = [{ slot: 7, release: '/r/42', isServing: true }];
  const [second] = entriesOf([[5, { ...rollStarted, slots } as Event]]);
  for (const entry of [first, second]) {
    if (entry !== undefined) show.add(entry);
    show.tick(START, NOBODY);
  }
  expect(screen.lines().filter(line => /^\d/.test(line))).toEqual(['7     serves  42       -']);
});

test.each([
  { title: 'narrower', columns: 30, rows: 24 },
  { title: 'wider', columns: 200, rows: 24 },
  { title: 'lower', columns: 80, rows: 5 },
])('a terminal that becomes $title in the middle is drawn right again', ({ columns, rows }) => {
  const drawnAt = (resized: boolean) => {
    const screen = resized ? new VirtualTerminal(80, 24) : new VirtualTerminal(columns, rows);
    const show = showPicture(said => screen.write(String(said)), screen);
    for (const entry of entriesOf(events.slice(0, 1))) show.add(entry);
    show.tick(START, NOBODY);
    if (resized) screen.resize(columns, rows);
    for (const entry of entriesOf(events.slice(2, 4))) show.add(entry);
    show.tick(START + 1_000, NOBODY);
    return screen.lines();
  };
  const fresh = drawnAt(false);
  expect(drawnAt(true).slice(-fresh.length)).toEqual(fresh);
});

test('what did not change is not written again', () => {
  const said = new Written();
  const terminal: Terminal = {
    size: () => ({ columns: 80, rows: 24 }),
    hasColour: false,
    onResize: () => () => undefined,
  };
  const show = showPicture(drawing => said.write(String(drawing)), terminal);
  for (const entry of entriesOf(events.slice(0, 1))) show.add(entry);
  for (const ms of [0, 100, 200]) show.tick(START + ms, NOBODY);
  expect(said.count).toBe(1);
});

test('the cursor is never hidden, and colours come only where they are wanted', () => {
  for (const hasColour of [true, false]) {
    const said = new Written();
    const terminal: Terminal = { size: () => ({ columns: 80, rows: 24 }), hasColour, onResize: () => () => undefined };
    tell(showPicture(drawing => said.write(String(drawing)), terminal));
    expect(said.text).not.toContain('\x1b[?25l');
    expect(said.text.includes('\x1b[32m')).toBe(hasColour);
  }
});
