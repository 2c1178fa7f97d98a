import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isError } from '../../src/base/errors.ts';
import type { Balancer, ServerState } from '../../src/ports/balancer.ts';
import { failure } from '../fakes/failure.ts';
import { NO_TOTALS } from '../fakes/no-totals.ts';

/**
 * A backend `shop` and a frontend of the same name, with the servers 1, 2, and 3, which is disabled; a side of it, `shop:a`, with the
 * server 1; and a backend `other`.
 */
export interface BalancerWorld {
  readonly balancer: Balancer;
  /** A session on server 1, the only one that takes any now. Ends it. */
  hold(): Promise<() => Promise<void>>;
  /** A session on server 1 of the side. Ends it. */
  holdOnSide(): Promise<() => Promise<void>>;
  /** A request that waits in the frontend. Ends it. */
  wait(): Promise<() => Promise<void>>;
  /** A request while no server takes any. Resolves when it is lost. */
  lose(): Promise<void>;
  /** Lets a check find the server up or down. The next check is far away. */
  mark(server: string, health: 'up' | 'down'): Promise<void>;
  /** Resolves before a new worker is there. */
  reload(): Promise<void>;
  /** Resolves when the new process answers on both its sockets: it is READY a little before. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  close(): Promise<void>;
}

export const describeBalancer = (name: string, makeWorld: () => Promise<BalancerWorld>): void => {
  describe(`the balancer: ${name}`, () => {
    let world: BalancerWorld;
    let balancer: Balancer;
    beforeAll(async () => {
      world = await makeWorld();
      balancer = world.balancer;
    });
    afterAll(() => world?.close());
    // Each test begins with a process that remembers nothing of the test before.
    beforeEach(() => world.restart());

    const server = async (which: string): Promise<ServerState | undefined> =>
      (await balancer.servers('shop')).find(each => each.server === which);
    const currentPid = async () => (await balancer.workers())[0]?.pid;
    const reload = async () => {
      const before = await currentPid();
      await world.reload();
      await until(async () => (await currentPid()) !== before);
    };

    it('the servers of a backend come in the order of the configuration', async () => {
      const counters = { requests: 0, connectionErrors: 0, responseErrors: 0, retries: 0, redispatches: 0 };
      const status = expect.stringMatching(/^UP/); // UP 1/3 before the first check
      const ready = { isUp: true, isAlive: true, admin: 'ready', status, sessions: 0, queued: 0, counters };
      expect(await balancer.servers('shop')).toEqual([
        { server: '1', ...ready },
        { server: '2', ...ready },
        { server: '3', ...ready, isUp: false, isAlive: false, admin: 'maint', status: 'MAINT' },
      ]);
    });

    it('an overview has of every backend what is told of each alone', async () => {
      const release = await world.hold();
      await balancer.drain('shop', '2');
      const { backends: overview, connections } = await balancer.overview();
      expect(connections.mostConnections).toBe((await balancer.connections()).mostConnections);
      expect([...overview.keys()]).toEqual(expect.arrayContaining(['shop', 'other']));
      for (const name of ['shop', 'other']) {
        expect(overview.get(name)).toEqual({
          servers: await balancer.servers(name),
          totals: await balancer.totals(name),
        });
      }
      await release();
    });

    it('a server that is drained is up no more, and the others are as they were', async () => {
      await balancer.drain('shop', '1');
      expect(await server('1')).toMatchObject({ isUp: false, isAlive: true, admin: 'drain', status: 'DRAIN' });
      expect(await server('2')).toMatchObject({ isUp: true, admin: 'ready' });
    });

    it('draining twice is draining', async () => {
      await balancer.drain('shop', '1');
      await balancer.drain('shop', '1');
      expect(await server('1')).toMatchObject({ isUp: false, admin: 'drain' });
    });

    it.each([
      ['drained', '1'],
      ['disabled in the configuration', '3'],
    ])('a server that was %s is up when made ready, if its health is', async (how, which) => {
      if (how === 'drained') await balancer.drain('shop', which);
      expect(await server(which)).toMatchObject({ isUp: false });
      await balancer.ready('shop', which);
      expect(await server(which)).toMatchObject({ isUp: true, admin: 'ready', status: expect.stringMatching(/^UP/) });
    });

    it('a server that is down is not drained, and made ready it is up only when a check finds it so', async () => {
      await world.mark('1', 'down');
      expect(await server('1')).toMatchObject({ isUp: false, admin: 'ready', status: 'DOWN' });
      await balancer.drain('shop', '1');
      await balancer.ready('shop', '1');
      expect(await server('1')).toMatchObject({ isUp: false, admin: 'ready', status: 'DOWN' });
      await world.mark('1', 'up');
      expect(await server('1')).toMatchObject({ isUp: true, admin: 'ready' });
    });

    it('a server that is drained lives or not, as its checks find', async () => {
      await balancer.drain('shop', '1');
      await world.mark('1', 'down');
      expect(await server('1')).toMatchObject({ isUp: false, isAlive: false, admin: 'drain' });
      await world.mark('1', 'up');
      expect(await server('1')).toMatchObject({ isUp: false, isAlive: true, admin: 'drain' });
    });

    const checks = async (which: string) =>
      (await balancer.checks()).find(each => each.backend === 'shop' && each.server === which);

    it('the checks are those of every backend', async () => {
      const all = (await balancer.checks()).map(({ backend, server: name }) => `${backend}/${name}`);
      expect(all).toEqual(expect.arrayContaining(['shop/1', 'shop/2', 'shop/3', 'shop:a/1']));
      expect(all.some(name => name.startsWith('other/'))).toBe(true);
      expect(await checks('1')).toMatchObject({ isAlive: true, isChecked: true });
    });

    it('a server that is marked down is down, and its checks go on', async () => {
      await balancer.markDown({ backend: 'shop', server: '1' });
      expect(await server('1')).toMatchObject({ isUp: false, isAlive: false, admin: 'ready' });
      expect(await checks('1')).toMatchObject({ isAlive: false, isChecked: true });
      expect(await server('2')).toMatchObject({ isUp: true });
    });

    it('servers that rest stay as they are, until they are watched, or another worker comes', async () => {
      await balancer.markDown({ backend: 'shop', server: '1' });
      await balancer.rest(['1', '2'].map(each => ({ backend: 'shop', server: each })));
      expect(await checks('1')).toMatchObject({ isAlive: false, isChecked: false });
      expect(await checks('2')).toMatchObject({ isAlive: true, isChecked: false });
      expect(await server('2')).toMatchObject({ isUp: true });
      await balancer.markDown({ backend: 'shop', server: '2' });
      expect(await checks('2')).toMatchObject({ isAlive: false, isChecked: false });
      await balancer.watch([{ backend: 'shop', server: '1' }]);
      expect(await checks('1')).toMatchObject({ isAlive: false, isChecked: true });
      await world.mark('1', 'up');
      expect(await server('1')).toMatchObject({ isUp: true });
      await reload();
      expect(await checks('2')).toMatchObject({ isAlive: true, isChecked: true });
    });

    it('a rest, a watch and a mark of a server that it does not know are refused', async () => {
      const nobody = { backend: 'shop', server: '9' };
      for (const ask of [balancer.rest([nobody]), balancer.watch([nobody]), balancer.markDown(nobody)].map(failure))
        expect(await ask).toMatchObject({ code: 'balancer-refused' });
    });

    it('a switch readies some servers and drains others', async () => {
      await balancer.drain('shop', '2');
      await balancer.switch('shop', { ready: ['2', '3'], drain: ['1'] });
      const admins = async () => (await balancer.servers('shop')).map(({ admin }) => admin);
      expect(await admins()).toEqual(['drain', 'ready', 'ready']);
      await balancer.switch('shop', { ready: ['1'], drain: ['2', '3'] });
      expect(await admins()).toEqual(['ready', 'drain', 'drain']);
    });

    it('a switch that is done already changes nothing', async () => {
      await balancer.switch('shop', { ready: ['2'], drain: ['1'] });
      const before = await balancer.servers('shop');
      await balancer.switch('shop', { ready: ['2'], drain: ['1'] });
      expect(await balancer.servers('shop')).toEqual(before);
    });

    it('a switch with a server that it does not know is refused, and done for the others', async () => {
      expect(await failure(balancer.switch('shop', { ready: ['9'], drain: ['1'] }))).toMatchObject({
        code: 'balancer-refused',
        facts: { command: 'set server shop/9 state ready', answer: 'No such server.' },
      });
      expect(await server('1')).toMatchObject({ admin: 'drain' });
    });

    it('the totals begin with the worker', async () => {
      const totals = await balancer.totals('shop');
      expect(totals).toEqual({ ...NO_TOTALS, worker: await currentPid() });
      const end = await world.hold();
      expect(await balancer.totals('shop')).toEqual({ ...totals, requests: 1, connections: 1 });
      await end();
      await reload();
      expect(await balancer.totals('shop')).toEqual({ ...NO_TOTALS, worker: await currentPid() });
    });

    it('the connections of all frontends are counted together', async () => {
      const before = await balancer.connections();
      const end = await world.hold();
      const { connections, mostConnections } = await balancer.connections();
      expect(connections - before.connections).toBe(1);
      expect(mostConnections).toBeGreaterThan(connections);
      await end();
    });

    it('a request that no server took is in the totals', async () => {
      for (const each of ['1', '2']) await balancer.drain('shop', each);
      await world.lose();
      expect(await balancer.totals('shop')).toMatchObject({ requests: 1, connectionErrors: 1 });
      expect(await balancer.totals('other')).toMatchObject({ requests: 0, connectionErrors: 0 });
    });

    it.each([
      ['servers', (of: Balancer) => of.servers('nobody')],
      ['switch', (of: Balancer) => of.switch('nobody', { ready: ['1'], drain: ['2'] })],
      ['totals', (of: Balancer) => of.totals('nobody')],
      ['drain', (of: Balancer) => of.drain('nobody', '1')],
      ['ready', (of: Balancer) => of.ready('nobody', '1')],
      ['load', (of: Balancer) => of.sessions('nobody', '1')],
    ])('%s of a backend that it does not know is refused, in its own words', async (_, ask) => {
      expect(await failure(ask(balancer))).toMatchObject({
        code: 'balancer-refused',
        facts: {
          command: expect.stringContaining('nobody'),
          answer: expect.stringMatching(/No such backend|Can't find backend/),
        },
      });
    });

    it.each([
      ['drain', (of: Balancer) => of.drain('shop', '9')],
      ['ready', (of: Balancer) => of.ready('shop', '9')],
      ['load', (of: Balancer) => of.sessions('shop', '9')],
    ])('%s of a server that it does not know is refused, in its own words', async (_, ask) => {
      expect(await failure(ask(balancer))).toMatchObject({
        code: 'balancer-refused',
        facts: { command: expect.stringContaining('shop'), answer: 'No such server.' },
      });
    });

    it('a session is on its server, in the load and in the counters', async () => {
      await balancer.drain('shop', '2');
      const end = await world.hold();
      expect(await server('1')).toMatchObject({ sessions: 1, counters: { requests: 1 } });
      expect(await balancer.sessions('shop', '1')).toEqual({ sessions: 1, worker: await currentPid() });
      expect(await balancer.sessions('shop', '2')).toMatchObject({ sessions: 0 });
      expect(await balancer.sessions('other', '1')).toMatchObject({ sessions: 0 });
      await end();
      await until(async () => (await balancer.sessions('shop', '1')).sessions === 0);
      expect(await server('1')).toMatchObject({ sessions: 0, counters: { requests: 1 } });
    });

    it('a session on a side is on the server of its backend too, and no request that is held', async () => {
      const end = await world.holdOnSide();
      const before = await balancer.totals('shop');
      expect(await server('1')).toMatchObject({ sessions: 1, counters: { requests: 1 } });
      expect(await balancer.servers('shop:a')).toMatchObject([{ server: '1', sessions: 1 }]);
      expect(await balancer.sessions('shop', '1')).toMatchObject({ sessions: 1 });
      expect(await balancer.sessions('shop', '2')).toMatchObject({ sessions: 0 });
      expect([await balancer.held('shop'), before.queued]).toEqual([0, 0]);
      await reload();
      expect(await balancer.sessions('shop', '1')).toMatchObject({ sessions: 1 });
      const { servers = [] } = (await balancer.overview()).backends.get('shop') ?? {};
      expect(servers[0]).toMatchObject({ sessions: 1 });
      await end();
      await until(async () => (await balancer.sessions('shop', '1')).sessions === 0);
    });

    it('a drain of a server leaves a side as it is, and one on a side all others', async () => {
      const states = async () => [...(await balancer.servers('shop:a')), await server('1')].map(each => each?.admin);
      await balancer.drain('shop', '1');
      expect(await states()).toEqual(['ready', 'drain']);
      await balancer.ready('shop', '1');
      await balancer.drain('shop:a', '1');
      expect(await states()).toEqual(['drain', 'ready']);
    });

    it('a drain leaves the session that is there alone', async () => {
      await balancer.drain('shop', '2');
      const end = await world.hold();
      await balancer.drain('shop', '1');
      expect(await balancer.sessions('shop', '1')).toMatchObject({ sessions: 1 });
      await end();
    });

    it('a reload forgets a drain, and the session that the former worker holds still counts', async () => {
      await balancer.drain('shop', '2');
      const end = await world.hold();
      const before = await currentPid();
      await reload();
      expect(await server('2')).toMatchObject({ isUp: true, admin: 'ready' });
      expect(await server('1')).toMatchObject({ sessions: 0 });
      const [current, ...former] = await balancer.workers();
      expect(current).toMatchObject({ isCurrent: true });
      expect(former).toEqual([{ pid: before, isCurrent: false }]);
      expect(await balancer.sessions('shop', '1')).toEqual({ sessions: 1, worker: current?.pid });
      await end();
      await until(async () => (await balancer.sessions('shop', '1')).sessions === 0);
      await until(async () => (await balancer.workers()).length === 1);
    });

    it('two reloads leave two former workers, and the sessions of both count', async () => {
      await balancer.drain('shop', '2');
      const ends = [await world.hold()];
      await reload();
      await balancer.drain('shop', '2');
      ends.push(await world.hold());
      await reload();
      expect((await balancer.workers()).map(({ isCurrent }) => isCurrent)).toEqual([true, false, false]);
      expect(await balancer.sessions('shop', '1')).toMatchObject({ sessions: 2 });
      const { servers = [] } = (await balancer.overview()).backends.get('shop') ?? {};
      expect(servers.map(({ sessions }) => sessions)).toEqual([2, 0, 0]);
      for (const end of ends) await end();
      await until(async () => (await balancer.sessions('shop', '1')).sessions === 0);
    });

    it('a restart forgets a drain and the sessions, and shows in the pid', async () => {
      await balancer.drain('shop', '2');
      await world.hold();
      const before = await balancer.sessions('shop', '1');
      await world.restart();
      const after = await balancer.sessions('shop', '1');
      expect(after.worker).not.toBe(before.worker);
      expect(after.sessions).toBe(0);
      expect(await server('2')).toMatchObject({ isUp: true, admin: 'ready' });
    });

    it('without a process it is unreachable, whatever it is asked', async () => {
      await world.stop();
      const asked = [
        balancer.servers('shop'),
        balancer.drain('shop', '1'),
        balancer.ready('shop', '1'),
        balancer.switch('shop', { ready: ['2'], drain: ['1'] }),
        balancer.totals('shop'),
        balancer.workers(),
        balancer.sessions('shop', '1'),
        balancer.version(),
      ];
      for (const question of asked) {
        expect(await failure(question)).toMatchObject({
          code: 'balancer-unreachable',
          facts: { socket: expect.stringMatching(/^\/.*\.sock$/) },
        });
      }
    });

    it.each(['reloads', 'restarts'])(
      'asked all the time while it %s, it answers whole or is unreachable',
      async how => {
        const before = await currentPid();
        const change = how === 'reloads' ? world.reload() : world.restart();
        let servers = 0;
        await until(async () => {
          servers = (await balancer.servers('shop')).length;
          expect(servers).toBe(3);
          return (await balancer.sessions('shop', '1')).worker !== before;
        });
        await change;
      },
    );

    it('a request that waits in the frontend is held, and one that a server has is not', async () => {
      expect(await balancer.held('shop')).toBe(0);
      const ends = [await world.hold(), await world.wait(), await world.wait()];
      expect(await balancer.held('shop')).toBe(2);
      for (const end of ends) await end();
      await until(async () => (await balancer.held('shop')) === 0);
    });

    it('a request that waits in a worker that a reload left behind is held', async () => {
      const end = await world.wait();
      await reload();
      expect(await balancer.held('shop')).toBe(1);
      await end();
      await until(async () => (await balancer.held('shop')) === 0);
    });

    it('of a backend that there is not no number is told', async () => {
      expect(await failure(balancer.held('blog'))).toMatchObject({ code: 'balancer-refused' });
    });

    it('its version is a number to compare', async () => {
      expect(await balancer.version()).toMatch(/^\d+\.\d+\.\d+/);
    });
  });
};

/** Asks until it is so, since HAProxy sends no events. While HAProxy changes its process it may not be reached. */
const MOST_MS = 30_000;

export const until = async (isSo: () => Promise<boolean>): Promise<void> => {
  const end = performance.now() + MOST_MS;
  let failure: unknown;
  while (performance.now() < end) {
    try {
      if (await isSo()) return;
    } catch (error) {
      if (!isError(error, 'balancer-unreachable')) throw error;
      failure = error;
    }
  }
  throw new Error(`it is not so after ${MOST_MS} ms: ${String(isSo)}`, { cause: failure });
};
