import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeLog } from '../../src/adapters/log.ts';
import { failure } from '../fakes/failure.ts';
import { FakeCommands } from '../fakes/fake-commands.ts';

let directory: string;
let server: Server | undefined;
beforeEach(async () => {
  directory = await mkdtemp(`${tmpdir()}/log-`);
});
afterEach(async () => {
  server?.close();
  server = undefined;
  await rm(directory, { recursive: true });
});

/** Listens in journald's place. */
const listen = async (onCall: (socket: Socket, call: string) => void): Promise<string> => {
  const socket = `${directory}/journald.sock`;
  server = createServer(client => {
    client.on('error', () => {}); // we went away first
    client.once('data', call => onCall(client, call.toString()));
  });
  await new Promise<void>(resolve => server?.listen(socket, resolve));
  return socket;
};

const ANSWER = '{"parameters":{}}\0';

test('journald is called, and its answer comes in any pieces', async () => {
  const commands = new FakeCommands();
  const calls: string[] = [];
  const socket = await listen((client, call) => {
    calls.push(call);
    client.write(ANSWER.slice(0, 5));
    setTimeout(() => client.write(ANSWER.slice(5)), 20);
  });
  await makeLog({ commands, socket }).sync();
  expect(calls).toEqual(['{"method":"io.systemd.Journal.Synchronize"}\0']);
  expect(commands.runs).toEqual([]);
});

test.each<[string, (client: Socket) => void]>([
  ['closes the connection', client => client.destroy()],
  ['refuses', client => client.write('{"error":"org.varlink.service.MethodNotFound","parameters":{}}\0')],
  ['answers something else without an end', client => client.write('x'.repeat(100_000))],
  ['goes after half an answer', client => client.end(ANSWER.slice(0, 5))],
])('a journald that %s is left to journalctl', async (_, onCall) => {
  const commands = new FakeCommands({ journalctl: () => '' });
  const socket = await listen(onCall);
  await makeLog({ commands, socket }).sync();
  expect(commands.runs.map(({ program, args }) => [program, ...args])).toEqual([['journalctl', '--sync']]);
});

test('where nobody listens it is what journalctl says', async () => {
  const commands = new FakeCommands({ journalctl: () => ({ status: '1', output: 'no journal' }) });
  const { sync } = makeLog({ commands, socket: `${directory}/nobody.sock` });
  expect(await failure(sync())).toMatchObject({
    code: 'command-failed',
    facts: { command: 'journalctl --sync', output: 'no journal' },
  });
});
