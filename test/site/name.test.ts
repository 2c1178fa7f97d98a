import { expect, test } from 'vitest';
import { siteNameProblem } from '../../src/site/name.ts';

test.each(['shop', 'a', '7', 'my-shop', 'www.example.com', 'a_b', 'a'.repeat(60)])('%j is a name for a site', name => {
  expect(siteNameProblem(name)).toBeUndefined();
});

const shape = "is no name for a site: use lower-case letters and digits, with '.', '_' and '-' between them";

test.each([
  ['', shape],
  ['Shop', shape],
  ['-shop', shape],
  ['shop.', shape],
  ['../etc', shape],
  ['shop@1', shape],
  ['shop\n', shape],
  ['größe', shape],
  ['a'.repeat(61), 'is too long for a site: at most 60 characters'],
  ['haproxy', 'is a name that php-zd keeps for itself: choose another'],
  ['slots', 'is a name that php-zd keeps for itself: choose another'],
])('%j is refused as a name', (name, problem) => {
  expect(siteNameProblem(name)).toBe(problem);
});

test('the longest name leaves room for a socket below its directory', () => {
  const path = `/run/php-zd/${'a'.repeat(60)}/serving/129/status.sock`;
  expect(Buffer.byteLength(path)).toBeLessThanOrEqual(97);
});
