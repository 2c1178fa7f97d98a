import { describe, expect, test } from 'vitest';
import { httpSocketUnit } from '../../../src/base/paths.ts';
import { requireFreePlace } from '../../../src/run/site/free-place.ts';
import { SiteProblems } from '../../../src/run/site/load-site.ts';
import { formatProblem } from '../../../src/site/problem.ts';
import { World } from '../world.ts';

/** proc(5), net/tcp and net/tcp6: who listens (0A), and a connection (01). */
const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1 0 100 0 0 10 0
   2: 0100007F:2328 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 3 1 0 100 0 0 10 0
`;
const TCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue
   0: 00000000000000000000000001000000:1F91 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000
`;

const problemsAt = async (http: string, prepare: (world: World) => Promise<void> = async () => undefined) => {
  const world = await World.serving();
  world.systemd.add(httpSocketUnit('shop'));
  world.systemd.add('php-zd-http@.service', { onReload: () => undefined });
  await world.configure({ more: `[listen]\nhttp = ${http}\n` });
  await prepare(world);
  await world.files.makeDirectory('/proc/net');
  await world.files.write('/proc/net/tcp', TCP);
  await world.files.write('/proc/net/tcp6', TCP6);
  const { run, ...loaded } = await world.load();
  try {
    await requireFreePlace(run, loaded);
    return [];
  } catch (error) {
    if (!(error instanceof SiteProblems)) throw error;
    return error.problems.map(formatProblem);
  }
};

const putFile = async (
  { acceptQueue, commands, files }: World,
  { isSocket, isListening = false }: { readonly isSocket: boolean; readonly isListening?: boolean },
): Promise<void> => {
  await files.makeDirectory('/run');
  await files.write('/run/x.sock', '');
  if (isListening) acceptQueue.listening.add('/run/x.sock');
  commands.programs.set('test', () => (isSocket ? '' : { status: '1', output: '' }));
};

const LINE = '/etc/php-zd/sites/shop.ini:11';

describe('a place where somebody else listens is refused, with the line', () => {
  test.each([
    ['127.0.0.1:8080', '127.0.0.1:8080'],
    ['*:8080', '127.0.0.1:8080'],
    ['127.0.0.1:80', '0.0.0.0:80'],
    ['[::1]:8081', '[::1]:8081'],
    ['*:8081', '[::1]:8081'],
  ])('%s', async (http, by) => {
    expect(await problemsAt(http)).toEqual([
      `${LINE}: 'http' is '${http}', and something listens at ${by} already: write another port, or end what has it`,
    ]);
  });

  test.each([
    ['a file', { isSocket: false }],
    ['a socket at which somebody listens', { isSocket: true, isListening: true }],
  ])('%s', async (_, what) => {
    expect(await problemsAt('/run/x.sock', world => putFile(world, what))).toEqual([
      `${LINE}: 'http' is '/run/x.sock', and something else is there already: remove it, or write another http`,
    ]);
  });
});

test('a socket that nobody listens at any more is free', async () => {
  expect(await problemsAt('/run/x.sock', world => putFile(world, { isSocket: true }))).toEqual([]);
});

test.each(['127.0.0.2:8080', '127.0.0.1:8081', '*:9000', '/run/x.sock'])('%s is free', async http => {
  expect(await problemsAt(http)).toEqual([]);
});

test("a site's own place is its own", async () => {
  const rolled = async (world: World) => expect(await world.rollTo('42')).toBe('rolled');
  expect(await problemsAt('127.0.0.1:8080', rolled)).toEqual([]);
});
