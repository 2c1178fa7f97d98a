import { describe, expect, test } from 'vitest';
import { escapeControls, isPlainLine, unseenIn, withoutControls } from '../../src/base/printable.ts';

const unseen: readonly (readonly [what: string, text: string])[] = [
  ['ESC', '\x1b'],
  ['a carriage return', '\r'],
  ['NUL', '\0'],
  ['DEL', '\x7f'],
  ['CSI of C1', '\x9b'],
  ['NEL of C1', '\x85'],
  ['an override of direction', '\u202e'],
  ['an isolate of direction', '\u2067'],
  ['the mark of Arabic', '\u061c'],
  ['a space without width', '\u200b'],
  ['a joiner', '\u200d'],
  ['a byte order mark', '\ufeff'],
  ['a soft hyphen', '\u00ad'],
  ['a line separator', '\u2028'],
  ['a paragraph separator', '\u2029'],
  ['a filler of Hangul', '\u3164'],
  ['a selector of variants', '\ufe0f'],
  ['a tag', '\u{e0041}'],
  ['half a character', '\ud800'],
];

describe.each(unseen)('%s', (_, text) => {
  test('is in no plain line', () => {
    expect(isPlainLine(`a${text}b`)).toBe(false);
  });

  test('is not in what people read', () => {
    expect(withoutControls(`a${text}b`)).toBe('a?b');
  });

  test('is an escape in JSON, which means the same', () => {
    const json = escapeControls(JSON.stringify([`a${text}b`]));
    expect(withoutControls(json)).toBe(json);
    expect(JSON.parse(json)).toEqual([`a${text}b`]);
  });
});

test('letters of any script, line breaks and tabs stay', () => {
  const text = 'Grüße, Ελλάδα, 日本,\n\tעברית, e\u0301, 😀';
  expect([withoutControls(text), escapeControls(text)]).toEqual([text, text]);
});

test('a line break or a tab makes a text more than a plain line; letters of any script and blanks do not', () => {
  expect(['a\nb', 'a\tb', 'größer 中 x'].map(isPlainLine)).toEqual([false, false, true]);
});

test.each([
  ['a\nb', 'U+000A, a line break'],
  ['a\tb', 'U+0009, a tab'],
  ['a\u202eb', 'U+202E'],
  ['größe 1', undefined],
])('of %j the character that a reader does not see is named', (text, character) => {
  expect(unseenIn(text)).toBe(character);
});
