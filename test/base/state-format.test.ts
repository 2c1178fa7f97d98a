import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { formatState, isNewer, parseState, type StateFormats } from '../../src/base/state-format.ts';

interface Kept {
  readonly id: string;
  readonly ms: number;
}

const formats: StateFormats<Kept> = [undefined, v.object({ id: v.string(), ms: v.number() })];

test('what is written is one line, with the number of its format first, and is read again', () => {
  const text = formatState(formats, { id: 'a', ms: 7 });
  expect(text).toBe('{"format":1,"id":"a","ms":7}\n');
  expect(parseState(formats, text)).toEqual({ id: 'a', ms: 7 });
});

test('a key that a format does not know is passed over', () => {
  expect(parseState(formats, '{"format":1,"id":"a","ms":7,"note":"b"}')).toEqual({ id: 'a', ms: 7 });
});

describe.each([
  ['without a number', '{"id":"a","ms":7}'],
  ['with a wrong type', '{"format":1,"id":"a","ms":"7"}'],
  ['without a key', '{"format":1,"ms":7}'],
  ['with a number that is none', '{"format":"1","id":"a","ms":7}'],
  ['with a number below nought', '{"format":-1,"id":"a","ms":7}'],
  ['with half a number', '{"format":0.5,"id":"a","ms":7}'],
  ['cut', '{"format":1,"id":"a",'],
  ['empty', ''],
  ['of noughts', '\0\0\0'],
  ['no object', '[1]'],
])('a record %s', (_, text) => {
  test('is none, and nobody would keep it', () => {
    expect(parseState(formats, text)).toBeUndefined();
    expect(isNewer(formats, text)).toBe(false);
  });
});

test('a record of a newer format is none for us, and worth keeping', () => {
  const text = '{"format":2,"id":"a","ms":7}';
  expect(parseState(formats, text)).toBeUndefined();
  expect(isNewer(formats, text)).toBe(true);
  expect(isNewer(formats, '{"format":1,"id":"a","ms":7}')).toBe(false);
});
