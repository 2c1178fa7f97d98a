import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { makeWebServers } from '../../src/adapters/web.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Asks a server that answers with so many parts of a letter each. */
const ask = async (parts: number, keptBytes?: number) => {
  const listening = createServer((_, answer) => {
    for (let at = 0; at < parts; at++) answer.write('x');
    answer.end();
  });
  server = listening;
  await new Promise<void>(resolve => void listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as AddressInfo;
  const options = { deadlineMs: 10_000, ...(keptBytes !== undefined && { keptBytes }) };
  return await makeWebServers().get({ host: '127.0.0.1', port }, { path: '/', headers: new Map() }, options);
};

test('an answer of many parts is read whole', async () => {
  expect(await ask(20_000)).toMatchObject({ status: 200, body: 'x'.repeat(20_000) });
});

test('of an answer no more is read than is to be kept', async () => {
  expect(await ask(20_000, 1_000)).toMatchObject({ status: 200, body: 'x'.repeat(1_000) });
});
