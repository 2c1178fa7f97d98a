import { expect, test } from 'vitest';
import { beginOf } from '../../src/base/begin-of.ts';
import { printable } from '../../src/base/printable.ts';
import { keptMibOf } from '../heap.ts';

const longTexts = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, at) => Buffer.alloc(2 ** 20, `${at} `).toString());

test.each([
  ['beginOf', beginOf],
  ['printable', printable],
] as const)('%s keeps nothing of a text but its beginning', async (_, begin) => {
  expect(begin('shop is well', 4)).toBe('shop');
  expect(begin('shop', 80)).toBe('shop');
  expect(await keptMibOf(() => longTexts(50).map(text => begin(text, 80)))).toBeLessThan(10);
});
