import { mkdtemp, rm, watch } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

it('it has our environment', async () => {
  expect(await runInForeground('sh', ['-c', '[ -n "$PATH" ]'])).toBe(0);
});

/** Sends this process, which has the program in its place, the signal as soon as that has begun. */
const signalled = async (
  signal: NodeJS.Signals,
  command: string,
  passOn?: (number: number, ready: string) => Promise<boolean>,
) => {
  const directory = await mkdtemp(join(tmpdir(), 'foreground-'));
  const ready = join(directory, 'ready');
  const mark = watch(directory)[Symbol.asyncIterator]();
  const begun = mark.next();
  const status = runInForeground(
    'sh',
    ['-c', command.replaceAll('READY', ready)],
    passOn && (number => passOn(number, ready)),
  );
  await begun;
  process.kill(process.pid, signal);
  const given = await status;
  await mark.return?.();
  await rm(directory, { recursive: true });
  return given;
};
const WAITS = ': >READY; exec tail -f /dev/null';

it.each([
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s ends the program, unless somebody is to have it', async (signal, status) => {
  expect(await signalled(signal, WAITS)).toBe(status);
});

it.each([
  ['SIGTERM', 15],
  ['SIGHUP', 1],
  ['SIGINT', 2],
] as const)('who is to have %s gets it, and the program goes on', async (signal, number) => {
  const passed: number[] = [];
  const status = await signalled(
    signal,
    ': >READY; while [ -e READY ]; do sleep 0.05; done; exit 7',
    async (got, ready) => {
      passed.push(got);
      await rm(ready);
      return true;
    },
  );
  expect({ status, passed }).toEqual({ status: 7, passed: [number] });
});

it.each([
  ['cannot have it', async (): Promise<boolean> => false],
  ['fails to', (): Promise<boolean> => Promise.reject(new Error('no bus'))],
] as const)(
  'where who is to have a signal %s, the program ends by it, even when it does not want to',
  async (_, passOn) => {
    expect(await signalled('SIGTERM', `trap "" TERM; ${WAITS}`, passOn)).toBe(143);
  },
);

it('one that is not there is ENOENT', async () => {
  expect(await failure(runInForeground('/nonexistent', []))).toMatchObject({
    code: 'command-failed',
    facts: { command: '/nonexistent', status: 'ENOENT' },
  });
});
