import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { openDialogue } from '../../src/adapters/dialogue.ts';

/** A terminal's two ends: what is typed, and what is shown. */
const terminal = () => {
  const typed = new PassThrough();
  const shown = Object.assign(new PassThrough(), { isTTY: true });
  return { typed, shown, dialogue: openDialogue(typed, shown) };
};

test('a question is shown, and the line that follows answers it', async () => {
  const { typed, shown, dialogue } = terminal();
  const answer = dialogue.ask('Which? ');
  typed.write('this one\r');
  expect(await answer).toBe('this one');
  expect(String(shown.read())).toContain('Which? ');
  dialogue.close();
});

test('lines that were typed ahead answer the next questions', async () => {
  const { typed, dialogue } = terminal();
  typed.write('one\rtwo\r\r');
  expect([await dialogue.ask('1'), await dialogue.ask('2'), await dialogue.ask('3')]).toEqual(['one', 'two', '']);
  dialogue.close();
});

test.each([
  ['^C', '\x03'],
  ['^D', '\x04'],
])('after %s nobody answers any more', async (_, key) => {
  const { typed, dialogue } = terminal();
  const answer = dialogue.ask('Which? ');
  typed.write(key);
  expect(await answer).toBeUndefined();
  expect(await dialogue.ask('And? ')).toBeUndefined();
  expect(typed.isPaused()).toBe(true);
});

test('after the end of input nobody answers any more', async () => {
  const { typed, dialogue } = terminal();
  const answer = dialogue.ask('Which? ');
  typed.end();
  expect(await answer).toBeUndefined();
});
