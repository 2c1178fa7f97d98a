import * as v from 'valibot';
import { expect, test } from 'vitest';
import { parseJson } from '../../src/base/parse-json.ts';

const named = v.object({ name: v.string() });

test('what the schema does not name is left out', () => {
  expect(parseJson(named, '{"name":"a","other":1}\n')).toEqual({ name: 'a' });
});

test.each(['', '{"name":"a', 'null', '[]', '7', '"name"', '{}', '{"name":7}', '{"name":null}'])(
  '%j is undefined',
  text => {
    expect(parseJson(named, text)).toBeUndefined();
  },
);
