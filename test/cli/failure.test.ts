import { expect, test } from 'vitest';
import { Exit } from '../../src/cli/context.ts';
import { worst } from '../../src/cli/failure.ts';

test.each([
  ['a site that a person must look at, beside one that was refused for now', [Exit.look, Exit.refused], Exit.look],
  ['a roll that failed, beside a site that there is not', [Exit.noSuchSite, Exit.failed], Exit.failed],
  ['a site that is not fully serving, beside a bad site file', [Exit.invalid, Exit.notServing], Exit.notServing],
  ['a site that was refused, beside one that is done', [Exit.done, Exit.refused, Exit.done], Exit.refused],
])('the worst of several sites is %s', (_, exits, expected) => {
  expect(worst(exits)).toBe(expected);
  expect(worst([...exits].reverse())).toBe(expected);
});

test('every exit status has its place among the others, and no site is as good as done', () => {
  for (const exit of Object.values(Exit)) expect(worst([Exit.done, exit])).toBe(exit);
  expect(worst([])).toBe(Exit.done);
});
