import { expect, test } from 'vitest';
import { fitsGlob } from '../../../src/site/existing/glob.ts';
import { cpuMsOf } from '../../cpu-time.ts';

test.each<readonly [string, readonly string[], readonly string[]]>([
  ['*.conf', ['a.conf', 'a.b.conf'], ['a.conf.bak', '.a.conf', 'conf']],
  ['w?w.conf', ['www.conf'], ['ww.conf', 'wwww.conf']],
  ['[a-c]*', ['a', 'bx'], ['d', 'xa']],
  ['[!a-c]x', ['dx'], ['ax']],
  ['.*', ['.a'], ['a']],
  ['*a*b*', ['xaybz', 'ab'], ['ba', 'b']],
  ['[', ['['], ['a']],
])('%s is %j and not %j', (pattern, names, others) => {
  expect(names.filter(name => !fitsGlob(pattern, name))).toEqual([]);
  expect(others.filter(name => fitsGlob(pattern, name))).toEqual([]);
});

test('a pattern of many stars takes no longer than the name and the pattern are long', () => {
  expect(cpuMsOf(() => fitsGlob(`${'*a'.repeat(120)}b`, 'a'.repeat(255)))).toBeLessThan(200);
});
