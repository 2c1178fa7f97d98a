import { expect, test } from 'vitest';
import { wrap } from '../../../src/report/terminal/wrap.ts';

test.each([
  ['a line that fits stays as it is', 'one two', 7, 'one two'],
  ['a longer one is broken at a blank, as late as can be', 'one two three', 8, 'one two\n  three'],
  ['more than once, each rest indented', 'one two three four', 7, 'one two\n  three\n  four'],
  ['each line for itself', 'one two\nthree four five', 10, 'one two\nthree four\n  five'],
  ['a word that is too long is left whole', 'incomprehensibilities', 8, 'incomprehensibilities'],
  ['also behind others', 'an incomprehensibility', 8, 'an\n  incomprehensibility'],
])('%s', (_, text, columns, wrapped) => {
  expect(wrap(text, columns)).toBe(wrapped);
});
