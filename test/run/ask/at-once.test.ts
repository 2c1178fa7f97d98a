import { expect, test } from 'vitest';
import { PhpZdError } from '../../../src/base/errors.ts';
import { eachAtOnce } from '../../../src/run/ask/at-once.ts';
import { failure } from '../../fakes/failure.ts';

/** Work whose items the test ends one by one. */
const makeWork = () => {
  const begun: number[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const act = (item: number) => {
    begun.push(item);
    return new Promise<void>((resolve, reject) => ends.push(error => (error ? reject(error) : resolve())));
  };
  const end = async (error?: Error) => {
    ends.shift()?.(error);
    await new Promise(setImmediate);
  };
  return { begun, act, end };
};

test('as many as asked for are under way, and each item is taken once', async () => {
  const { begun, act, end } = makeWork();
  const all = eachAtOnce([1, 2, 3], 2, act);
  expect(begun).toEqual([1, 2]);
  await end();
  expect(begun).toEqual([1, 2, 3]);
  await end();
  await end();
  await all;
});

test('after a failure nothing is begun, and what is under way is awaited', async () => {
  const { begun, act, end } = makeWork();
  let isOver = false;
  const all = failure(eachAtOnce([1, 2, 3], 2, act)).finally(() => {
    isOver = true;
  });
  await end(new PhpZdError('aborted', {}));
  expect([begun, isOver]).toEqual([[1, 2], false]);
  await end();
  expect(await all).toMatchObject({ code: 'aborted' });
});

test('nothing to do is done', async () => {
  await eachAtOnce([], 3, () => Promise.reject(new Error('never')));
});
