import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatTimeSpan, parseTimeSpan } from '../../src/base/time-span.ts';

const readable: readonly (readonly [string, number])[] = [
  ['0', 0],
  ['5', 5_000],
  ['1.5', 1_500],
  ['1.5s', 1_500],
  ['.5s', 500],
  ['+5s', 5_000],
  [' 5s ', 5_000],
  ['200ms', 200],
  ['3msec', 3],
  ['1us', 0.001],
  ['1µs', 0.001],
  ['1ms500us', 1.5],
  ['1min 30s', 90_000],
  ['1h30', 3_630_000],
  ['30 5s', 35_000],
  ['12.34 .56', 12_900],
  ['5s5s', 10_000],
  ['1m', 60_000],
  ['1minutes', 60_000],
  ['1hr', 3_600_000],
  ['1 h', 3_600_000],
  ['1d2h', 93_600_000],
  ['2 weeks', 1_209_600_000],
  ['1M', 2_629_800_000],
  ['1month', 2_629_800_000],
  ['1.5M', 3_944_700_000],
  ['2y', 63_115_200_000],
  ['1.123456789s', 1_123.456],
  ['0.4us', 0],
  ['0.1s', 100],
  ['infinity', Number.POSITIVE_INFINITY],
];

const unreadable: readonly string[] = [
  ...[
    '',
    ' ',
    '5.',
    '1nsec',
    '1e3',
    '-5s',
    '-0',
    '1Min',
    '1 . 5s',
    '1.5.5s',
    '5+5s',
    '+.5s',
    'infinity 5s',
    'infinitys',
  ],
  ...['5sx', 'abc', 's', '1mi', '0x10', '5s;', '99999999999999y', '30 seconds ago'],
];

test.each(readable)('%j is %d ms', (text, ms) => {
  expect(parseTimeSpan(text)).toBe(ms);
});

test.each(unreadable)('%j is no time span', text => {
  expect(parseTimeSpan(text)).toBeUndefined();
});

test.each([
  [0, '0'],
  [200, '200ms'],
  [1_500, '1s 500ms'],
  [30_000, '30s'],
  [90_000, '1min 30s'],
  [120_000, '2min'],
  [0.5, '500us'],
  [788_645_000, '1w 2d 3h 4min 5s'],
  [Number.POSITIVE_INFINITY, 'infinity'],
])('%d ms are written %j', (ms, text) => {
  expect(formatTimeSpan(ms)).toBe(text);
});

test('what is written is read as the same time', () => {
  const microseconds = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
  fc.assert(
    fc.property(microseconds, us => {
      expect(parseTimeSpan(formatTimeSpan(us / 1000))).toBeCloseTo(us / 1000, 2);
    }),
  );
  fc.assert(
    fc.property(fc.nat(), ms => {
      expect(parseTimeSpan(formatTimeSpan(ms))).toBe(ms);
    }),
  );
});

test('no text makes the reading throw or answer less than nothing', () => {
  fc.assert(
    fc.property(fc.string(), text => {
      expect(parseTimeSpan(text) ?? 0).toBeGreaterThanOrEqual(0);
    }),
  );
});

test('a long text is read in no time', () => {
  expect(parseTimeSpan(`${'1s '.repeat(50_000)}x`)).toBeUndefined();
  expect(parseTimeSpan(' '.repeat(50_000))).toBeUndefined();
});

test('systemd reads every time span as we do', async () => {
  const texts = readable.map(([text]) => text);
  expect(await askSystemd(texts)).toEqual(readable.map(([, ms]) => ms));
});

test('systemd reads any sum of numbers and units as we do', async () => {
  const unit = fc.constantFrom('us', 'ms', 's', 'min', 'm', 'h', 'd', 'w', 'M', 'y', 'sec', 'hours', '');
  const number = fc.constantFrom('0', '1', '7', '.25', '1.5', '0.001', '12.3456789', '99');
  const part = fc.tuple(number, fc.constantFrom('', ' '), unit).map(pieces => pieces.join(''));
  const span = fc.array(part, { minLength: 1, maxLength: 4 }).map(parts => parts.join(' '));
  const texts = fc.sample(span, { numRuns: 300, seed: 42 });
  expect(await askSystemd(texts)).toEqual(texts.map(parseTimeSpan));
});

test('systemd refuses what we refuse', async () => {
  for (const text of unreadable) await expect(askSystemd([text]), text).rejects.toThrow('Failed to parse time span');
});

/** Milliseconds, as `systemd-analyze timespan` (package systemd) prints microseconds. */
const askSystemd = async (texts: readonly string[]): Promise<readonly number[]> => {
  const { stdout } = await run('systemd-analyze', ['timespan', '--', ...texts]).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new Error('systemd-analyze is missing: install the package systemd', { cause: error });
    }
    throw error;
  });
  return [...stdout.matchAll(/^ *[μu]s: (\d+)$/gm)].map(([, us = '']) =>
    us === '18446744073709551615' ? Number.POSITIVE_INFINITY : Number(us) / 1000,
  );
};

const run = promisify(execFile);
