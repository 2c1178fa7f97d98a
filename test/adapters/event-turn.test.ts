import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { onceInTurn } from '../../src/adapters/event-turn.ts';

test('a question is asked once in a turn of the event loop, and anew in the next one', async () => {
  const answers = [1, 2];
  const ask = onceInTurn(() => answers.shift());
  expect([ask(), ask()]).toEqual([1, 1]);
  await Promise.resolve();
  expect(ask()).toBe(1);
  await nextTurn();
  expect([ask(), ask()]).toEqual([2, 2]);
});

test('what is refused is asked again', () => {
  const answers: (() => number)[] = [
    () => {
      throw new Error('not yet');
    },
    () => 2,
  ];
  const ask = onceInTurn(() => answers.shift()?.());
  expect(ask).toThrow('not yet');
  expect(ask()).toBe(2);
});
