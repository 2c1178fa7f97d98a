import { beforeEach, expect, test } from 'vitest';
import { makeBalancers } from '../../src/adapters/balancers.ts';
import { formatOwnHaproxies } from '../../src/base/own-haproxies.ts';
import { paths, sitePaths } from '../../src/base/paths.ts';
import type { Balancer } from '../../src/ports/balancer.ts';
import { failure } from '../fakes/failure.ts';
import { FakeBalancer } from '../fakes/fake-balancer.ts';
import { FakeFiles } from '../fakes/fake-files.ts';

const OWN = sitePaths('shop').ownHaproxies;
const processes = [
  { socket: '/run/a', master: '/run/am' },
  { socket: '/run/b', master: '/run/bm' },
];

let host: FakeBalancer;
let a: FakeBalancer;
let b: FakeBalancer;
let files: FakeFiles;
let all: Balancer;

beforeEach(async () => {
  const servers = ['php-1', 'php-2'];
  host = new FakeBalancer({ shop: ['1', '2', '3'], other: ['1'] });
  [a, b] = [new FakeBalancer({ store: servers }), new FakeBalancer({ store: servers })];
  files = new FakeFiles();
  await files.makeDirectory(paths.balancerConfigs);
  await files.write(OWN, formatOwnHaproxies({ processes, backend: 'store', server: 'php-%N' }));
  all = makeBalancers({ host, files, connect: ({ admin }) => (admin === '/run/a' ? a : b) });
});

const server = async (name: string) => (await all.servers('shop')).find(each => each.server === name);

test('what is set is set in each, by the names that the server has there', async () => {
  await all.drain('shop', '1');
  expect([await host.servers('shop'), await a.servers('store'), await b.servers('store')]).toMatchObject(
    [host, a, b].map(() => [{ admin: 'drain' }, { admin: 'ready' }]).map((two, at) => (at === 0 ? [...two, {}] : two)),
  );
  await all.switch('shop', { ready: ['1'], drain: ['2'] });
  for (const each of [a, b])
    expect(await each.servers('store')).toMatchObject([{ admin: 'ready' }, { admin: 'drain' }]);
  await all.ready('shop', '2');
  expect(await server('2')).toMatchObject({ admin: 'ready', isUp: true });
});

test('a server is up, and drained, once it is so in each', async () => {
  b.mark('store', 'php-1', false);
  expect(await server('1')).toMatchObject({ isUp: false, isAlive: false, admin: 'ready', status: 'DOWN' });
  await host.drain('shop', '1');
  await a.drain('store', 'php-1');
  expect(await server('1')).toMatchObject({ admin: 'ready' });
  await b.drain('store', 'php-1');
  expect(await server('1')).toMatchObject({ admin: 'drain', status: 'DRAIN' });
});

test('a server that one of them lacks is what the others say', async () => {
  expect(await server('3')).toMatchObject({ isUp: true, admin: 'ready' });
  await all.drain('shop', '3');
  expect(await server('3')).toMatchObject({ isUp: false, admin: 'drain' });
});

test('sessions are those of all workers of each, and a worker that changes anywhere shows', async () => {
  a.setSessions('store', 'php-1', 2, 1);
  a.reload();
  b.setSessions('store', 'php-1', 4);
  host.setSessions('shop', '1', 8);
  const before = await all.sessions('shop', '1');
  expect(before.sessions).toBe(15);
  b.restart();
  const after = await all.sessions('shop', '1');
  expect(after.sessions).toBe(11);
  expect(after.worker).not.toBe(before.worker);
  expect((await all.sessions('shop', '1')).worker).toBe(after.worker);
});

test('one that is away has no requests and gets none, and shows in the worker', async () => {
  b.setSessions('store', 'php-1', 4);
  const before = await all.sessions('shop', '1');
  b.unreachable();
  const { sessions, worker } = await all.sessions('shop', '1');
  expect([sessions, worker === before.worker]).toEqual([0, false]);
  await all.drain('shop', '1');
  expect(await server('1')).toMatchObject({ admin: 'drain' });
  b.unreachable(false);
  expect(await server('1')).toMatchObject({ admin: 'ready' });
});

test('what theirs have is told also while php-zd’s own is away, and nothing when none answers', async () => {
  a.setSessions('store', 'php-1', 3);
  host.unreachable();
  expect((await all.sessions('shop', '1')).sessions).toBe(3);
  expect(await failure(all.servers('shop'))).toMatchObject({ code: 'balancer-unreachable' });
  for (const each of [a, b]) each.unreachable();
  expect(await failure(all.sessions('shop', '1'))).toMatchObject({ code: 'balancer-unreachable' });
});

test('one that does not know the site is passed over', async () => {
  b.configure('store', []);
  b.restart();
  await all.drain('shop', '1');
  expect(await server('1')).toMatchObject({ admin: 'drain' });
});

test('totals are sums, with what each has counted', async () => {
  host.count('shop', '1', { requests: 1 });
  a.count('store', 'php-1', { requests: 10, retries: 1 });
  b.countTotals('store', { connectionErrors: 2, longestQueue: 5 });
  const totals = await all.totals('shop');
  expect(totals).toMatchObject({ requests: 11, retries: 1, connectionErrors: 2, longestQueue: 5 });
  expect(totals.processes).toMatchObject([
    { process: '', requests: 1 },
    { process: '/run/a', requests: 10 },
    { process: '/run/b', connectionErrors: 2 },
  ]);
  b.unreachable();
  expect((await all.totals('shop')).processes?.map(({ process }) => process)).toEqual(['', '/run/a']);
});

test('an overview has of each site what is told of it alone, and who is silent', async () => {
  a.count('store', 'php-1', { requests: 10 });
  b.unreachable();
  const { backends } = await all.overview();
  expect(backends.get('shop')).toEqual({
    ...{ servers: await all.servers('shop'), totals: await all.totals('shop') },
    silent: ['/run/b'],
  });
  expect(backends.get('other')).toEqual({ servers: await host.servers('other'), totals: await host.totals('other') });
});

test.each([['none'], ['not json'], ['{"format":9}']])(
  'with a file that says %j there is php-zd’s own alone',
  async text => {
    if (text === 'none') await files.remove(OWN);
    else await files.write(OWN, text);
    a.setSessions('store', 'php-1', 3);
    expect(await all.servers('shop')).toEqual(await host.servers('shop'));
    expect(await all.totals('shop')).toEqual(await host.totals('shop'));
    expect(await all.sessions('shop', '1')).toEqual(await host.sessions('shop', '1'));
    expect(await all.held('shop')).toBe(0);
  },
);
