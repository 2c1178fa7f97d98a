import { expect, it } from 'vitest';
import { makeAcceptQueue, parseQueues } from '../../src/adapters/accept-queue.ts';
import { failure } from '../fakes/failure.ts';

const answering = (output: string) => {
  const asked: string[] = [];
  const commands = {
    run: async (program: string, args: readonly string[]) => {
      asked.push([program, ...args].join(' '));
      return output;
    },
  };
  return { queue: makeAcceptQueue(commands), asked };
};

it('a line of ss is read from both ends, for a path may have spaces', () => {
  expect(
    parseQueues('u_str LISTEN 3      4096   /run/q.sock 1033719 * 0\nu_seq LISTEN 0 5 /run/a b 7 * 0    \n'),
  ).toEqual([
    { path: '/run/q.sock', waiting: 3, limit: 4096 },
    { path: '/run/a b', waiting: 0, limit: 5 },
  ]);
});

it('nobody listening is nobody waiting', async () => {
  expect(await answering('').queue.waiting('/run/q.sock')).toBe(0);
});

it('a path is no pattern', async () => {
  const { queue, asked } = answering('u_str LISTEN 3 4096 /run/qa.sock 1 * 0\n');
  expect(await queue.waiting('/run/q*[a].sock')).toBe(0);
  expect(asked).toEqual(['ss -xlH src /run/q\\*\\[a\\].sock']);
});

it('who waits on a former listener of the same path waits too', async () => {
  const { queue } = answering('u_str LISTEN 3 511 /run/q.sock 1 * 0\nu_str LISTEN 1 511 /run/q.sock 2 * 0\n');
  expect(await queue.waiting('/run/q.sock')).toBe(4);
});

it('queues that the kernel did not tell are no zeros', async () => {
  const { queue } = answering('u_str LISTEN 0 0 /run/q.sock 1 * 0\n');
  expect(await failure(queue.waiting('/run/q.sock'))).toMatchObject({
    code: 'command-failed',
    facts: { command: 'ss -xlH src /run/q.sock' },
  });
});
