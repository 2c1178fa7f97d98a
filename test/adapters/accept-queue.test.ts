import { expect, it } from 'vitest';
import { makeAcceptQueue, parseQueues } from '../../src/adapters/accept-queue.ts';
import { PhpZdError, TOO_MUCH } from '../../src/base/errors.ts';
import { failure } from '../fakes/failure.ts';

/** A file of tmpfs, as stat(2) tells it: device 0:300. */
const FILE = { device: 0x10002cn, inode: 7n };
const OURS = '<-> ino:7 dev:1/44 peers: 8 9 10';

const answering = (output: string, file: typeof FILE | 'none' = FILE) => {
  const asked: string[] = [];
  const commands = {
    run: async (program: string, args: readonly string[]) => {
      asked.push([program, ...args].join(' '));
      return output;
    },
  };
  return {
    queue: makeAcceptQueue({ commands, files: { identity: async () => (file === 'none' ? undefined : file) } }),
    asked,
  };
};

it('a line of ss is read on both sides of the path, which may have spaces', () => {
  expect(
    parseQueues(
      '/run/a b',
      `u_str LISTEN 3      4096   /run/a b 1033719 * 0 <-> ino:7 dev:1/44 peers: 8\nu_seq LISTEN 0 5 /run/a b 7 * 0 \n`,
    ),
  ).toEqual([
    { waiting: 3, limit: 4096, file: { inode: 7n, device: 300n } },
    { waiting: 0, limit: 5, file: undefined },
  ]);
});

it.each(['/run/q.sock /run/q.sock', '/run/q.sock 5 * 0', 'x /run/q.sock'])('a path of "%s" is another one', path => {
  expect(parseQueues('/run/q.sock', `u_str LISTEN 3 511 ${path} 1 * 0 ${OURS}\n`)).toEqual([]);
});

it('nobody listening is nobody waiting', async () => {
  expect(await answering('').queue.waiting('/run/q.sock')).toBe(0);
});

it('where no file is, nobody can wait', async () => {
  const { queue, asked } = answering(`u_str LISTEN 3 511 /run/q.sock 1 * 0 ${OURS}\n`, 'none');
  expect([await queue.waiting('/run/q.sock'), asked]).toEqual([0, []]);
});

it('a path is no pattern', async () => {
  const { queue, asked } = answering(`u_str LISTEN 3 4096 /run/qa.sock 1 * 0 ${OURS}\n`);
  expect(await queue.waiting('/run/q*[a].sock')).toBe(0);
  expect(asked).toEqual(['ss -xleH src /run/q\\*\\[a\\].sock']);
});

it.each([
  ['another inode', 'ino:8 dev:0/300'],
  ['another device', 'ino:7 dev:1/45'],
])('who waits at the same path on a file with %s does not wait here', async (_, vfs) => {
  const other = `u_str LISTEN 9 511 /run/q.sock 1 * 0 <-> ${vfs} peers:\n`;
  const { queue } = answering(`u_str LISTEN 3 511 /run/q.sock 1 * 0 ${OURS}\n${other}`);
  expect(await queue.waiting('/run/q.sock')).toBe(3);
});

it.each([
  ['a device of a small number', '<-> ino:7 dev:0/96', { device: 96n, inode: 7n }],
  ['a device of a large number', '<-> ino:7 dev:7/236', { device: 7340268n, inode: 7n }],
  ['a disk', '<-> ino:7 dev:0/65027', { device: 0xfe03n, inode: 7n }],
  ['a long inode, of which the kernel tells half', '<-> ino:7 dev:1/44', { device: 0x10002cn, inode: 2n ** 40n + 7n }],
])('a file is the same as ss has it: %s', async (_, vfs, file) => {
  const { queue } = answering(`u_str LISTEN 3 511 /run/q.sock 1 * 0 ${vfs}\n`, file);
  expect(await queue.waiting('/run/q.sock')).toBe(3);
});

it.each([
  ['queues', `u_str LISTEN 0 0 /run/q.sock 1 * 0 ${OURS}\n`],
  ['files', 'u_str LISTEN 3 511 /run/q.sock 1 * 0\n'],
])('%s that the kernel did not tell are not taken for none', async (_, output) => {
  expect(await failure(answering(output).queue.waiting('/run/q.sock'))).toMatchObject({
    code: 'command-failed',
    facts: { command: 'ss -xleH src /run/q.sock' },
  });
});

it.each([
  ['by its path', '/run/q.sock', 'ino:7 dev:1/44', true],
  ['by another path', '/var/run/q.sock', 'ino:7 dev:1/44', true],
  ['by a path that looks like the rest of the line', '/x 1 * 0 <-> ino:8 dev:0/1', 'ino:7 dev:1/44', true],
  ['on overlayfs, with another device', '/run/q.sock', 'ino:7 dev:1/45', true],
  ['in another mount namespace', '/run/q.sock', 'ino:8 dev:1/45', false],
  ['elsewhere, at a file with the same inode', '/run/r.sock', 'ino:7 dev:1/45', false],
  ['elsewhere, at a path that names the file', '/x ino:7 dev:1/44', 'ino:8 dev:1/45', false],
])('whether somebody listens %s', async (_, path, vfs, isListening) => {
  const { queue, asked } = answering(`u_str LISTEN 0 511 ${path} 1 * 0 <-> ${vfs} peers:\nu_str LISTEN 0 5 @x 1 * 0\n`);
  expect(await queue.isListening('/run/q.sock')).toBe(isListening);
  expect(asked).toEqual(['ss -xleH not src @*']);
});

it.each([
  ['u_str LISTEN 0 511 /run/q.sock.12.tmp 1 * 0 <-> ino:7 dev:1/44 peers:\n', true],
  ['', false],
])(
  'where a site listens at more sockets than can be told, those of the name are told: %j',
  async (said, isListening) => {
    const asked: string[] = [];
    const commands = {
      run: async (_: string, args: readonly string[]) => {
        asked.push(args.join(' '));
        if (asked.length === 1) throw new PhpZdError('command-failed', { command: 'ss', status: TOO_MUCH, output: '' });
        return said;
      },
    };
    const queue = makeAcceptQueue({ commands, files: { identity: async () => FILE } });
    expect(await queue.isListening('/run/q.sock')).toBe(isListening);
    expect(asked).toEqual(['-xleH not src @*', '-xleH not src @* and src *q.sock*']);
  },
);

it('listeners whose files the kernel did not tell are not taken for none', async () => {
  const { queue } = answering('u_str LISTEN 0 0 /run/q.sock 1 * 0\n');
  expect(await failure(queue.isListening('/run/q.sock'))).toMatchObject({ code: 'command-failed' });
});
