import { expect, test } from 'vitest';
import { parseRecord } from '../../src/base/parse-record.ts';

interface Kept {
  readonly id: string;
  readonly note?: string;
}

const parse = (text: string) => parseRecord<Kept>(text, ['id']);

test('what was written is read', () => {
  expect(parse('{"id":"a","note":"b"}\n')).toEqual({ id: 'a', note: 'b' });
});

test.each(['', '{"id":"a', 'null', '[]', '7', '"id"', '{"note":"b"}'])('%j is no record', text => {
  expect(parse(text)).toBeUndefined();
});
