import { expect, test } from 'vitest';
import { isDyingOfRecords } from '../../src/render/one-record.ts';

test.each([
  ['2.6.12-1+deb12u4', true],
  ['2.6.14', false],
  ['2.7.8', true],
  ['2.7.9', false],
  ['2.4.22', true],
  ['2.9.9', false],
  ['3.0.11-1', false],
])('of HAProxy %s: %j', (version, isDying) => {
  expect(isDyingOfRecords(version)).toBe(isDying);
});
