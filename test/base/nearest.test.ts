import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearest } from '../../src/base/nearest.ts';

const keys = ['release', 'mount', 'replicas', 'user', 'group', 'pm.max_children', 'pm.max_requests'];

test.each([
  ['replica', 'replicas'],
  ['relaese', 'release'],
  ['USER', 'user'],
  ['pm.max_childs', 'pm.max_children'],
  ['max_children', 'pm.max_children'],
  ['grp', undefined],
  ['document_root', undefined],
  ['', undefined],
])('%j is most likely %j', (word, meant) => {
  expect(nearest(word, keys)).toBe(meant);
});

test('a known word is nearest to itself', () => {
  fc.assert(
    fc.property(fc.constantFrom(...keys), key => {
      expect(nearest(key, keys)).toBe(key);
    }),
  );
});

test('whatever is named is one of the candidates', () => {
  fc.assert(
    fc.property(fc.string(), word => {
      expect([...keys, undefined]).toContain(nearest(word, keys));
    }),
  );
});
