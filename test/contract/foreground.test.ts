import { expect, it } from 'vitest';
import { runInForeground } from '../../src/adapters/foreground.ts';
import { failure } from '../fakes/failure.ts';

it('a program in our place gives its exit status, whatever it is', async () => {
  expect(await runInForeground('sh', ['-c', 'exit 3'])).toBe(3);
  expect(await runInForeground('true', [])).toBe(0);
});

it('one that a signal ends gives 128 and its number, as a shell would', async () => {
  expect(await runInForeground('sh', ['-c', 'kill -TERM $$'])).toBe(143);
});

it('it has our environment and what is given', async () => {
  const test = '[ "$PHP_ZD_X" = 1 ] && [ -n "$PATH" ]';
  expect(await runInForeground('sh', ['-c', test], { PHP_ZD_X: '1' })).toBe(0);
});

it('one that is not there is ENOENT', async () => {
  expect(await failure(runInForeground('/nonexistent', []))).toMatchObject({
    code: 'command-failed',
    facts: { command: '/nonexistent', status: 'ENOENT' },
  });
});
