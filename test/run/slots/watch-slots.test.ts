import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';

const SCRIPT = new URL('../../../units/watch-slots.pl', import.meta.url).pathname;

let run: string;
beforeEach(() => {
  run = mkdtempSync(`${tmpdir()}/php-zd-watch-`);
  mkdirSync(`${run}/haproxy`);
});
afterEach(() => rmSync(run, { recursive: true }));

const slots = (...names: readonly string[]) => {
  for (const name of names) mkdirSync(`${run}/shop/replicas/${name}`, { recursive: true });
};

/** A HAProxy that answers a line, or takes it and says nothing; gives what came. */
const listen = async (answers: boolean): Promise<() => Promise<string>> => {
  let heard = '';
  const server = createServer(socket => {
    socket.on('error', () => undefined);
    socket.on('data', data => {
      heard += data;
      if (answers && heard.endsWith('\n')) socket.end('\n\n');
    });
  });
  await once(server.listen(`${run}/haproxy/admin.sock`), 'listening');
  return async () => {
    server.close();
    return heard;
  };
};

const watch = () => promisify(execFile)('/usr/bin/perl', [SCRIPT, 'shop', run]);

test('HAProxy is asked for all slots of the site in one line', async () => {
  slots('10', '1', '2', 'lost+found');
  const heard = await listen(true);
  await watch();
  expect(await heard()).toBe('enable health shop/1;enable health shop/2;enable health shop/10\n');
});

test('a HAProxy that does not answer keeps nobody waiting for longer than a second', async () => {
  slots('1');
  const heard = await listen(false);
  const from = performance.now();
  await watch();
  expect(performance.now() - from).toBeLessThan(10_000);
  expect(await heard()).toBe('enable health shop/1\n');
});

test.each<[string, () => void]>([
  ['is away', () => slots('1')],
  ['has no such site', () => undefined],
])('where HAProxy %s nothing is done, and nothing fails', async (_, make) => {
  make();
  expect(await watch()).toEqual({ stdout: '', stderr: '' });
});
