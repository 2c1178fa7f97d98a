import { expect, test } from 'vitest';
import { trailBehind } from '../../../src/run/record/trail.ts';

test.each([
  ['nothing is behind the first release', ['1'], []],
  ['nothing is behind no release', [], []],
  ['the release before is behind each one', ['1', '2', '3'], ['2', '1']],
  ['a roll to the same release, for its configuration, leaves no trace', ['1', '2', '2'], ['1']],
  ['what one went back from is no more behind', ['1', '2', '3', '2'], ['1']],
  ['going back twice goes back two', ['1', '2', '3', '2', '1'], []],
  ['a release that follows is in front of the one that was gone back to', ['1', '2', '1', '3'], ['1']],
  ['a release that was mended after one had fled from it counts again', ['1', '2', '1', '2', '3'], ['2', '1']],
])('%s', (_, visited, behind) => {
  expect(trailBehind(visited)).toEqual(behind);
});
