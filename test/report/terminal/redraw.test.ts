import { expect, test } from 'vitest';
import { redraw } from '../../../src/report/terminal/redraw.ts';

/** The text as a person sees it, without the escapes, which one test checks. */
const shown = (text: string, columns: number, rows: number): readonly string[] =>
  String(redraw(text, { columns, rows }))
    .replaceAll('\x1b[K', '')
    .replace('\x1b[H', '')
    .replace('\x1b[J', '')
    .split('\n');

test('a page is written over the one before, and what that had more is erased', () => {
  expect(String(redraw('one\n\ntwo\n', { columns: 80, rows: 24 }))).toBe('\x1b[Hone\x1b[K\n\x1b[K\ntwo\x1b[K\n\x1b[J');
});

test('a line that is too long goes on in the next one, so that its command can be read', () => {
  expect(shown('abcdefgh\nij\n', 4, 24)).toEqual(['abcd', 'efgh', 'ij', '']);
});

test('a page that is too long does not scroll: what is missing is counted', () => {
  expect(shown('a\nb\nc\nd\ne\n', 80, 4)).toEqual(['a', 'b', '(3 more lines: enlarge the terminal)', '']);
  expect(shown('a\nb\nc\n', 80, 4)).toEqual(['a', 'b', 'c', '']);
});
