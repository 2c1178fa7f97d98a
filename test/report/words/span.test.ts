import { expect, test } from 'vitest';
import { spanWords } from '../../../src/report/words/span.ts';

test.each([
  [0, '0.00 s'],
  [3_140, '3.14 s'],
  [31_240, '31s 200ms'],
  [125_000, '2min 5s'],
])('%i ms took %s', (ms, words) => {
  expect(spanWords(ms)).toBe(words);
});
