import { describe, expect, test } from 'vitest';
import { httpSocketUnit, SIDES, sideBackend } from '../../../src/base/paths.ts';
import { drainReplica } from '../../../src/run/replica/own-unit.ts';
import { paths, release, World } from '../world.ts';

const STICKY = '[listen]\nhttp = *:8080\n[web]\nsticky = release\nsticky_grace = 7s\n';

const sticky = async (site = {}): Promise<World> => {
  const world = new World();
  world.systemd.add(httpSocketUnit('shop'));
  world.systemd.add('php-zd-http@.service', { onReload: () => undefined });
  await world.serve({ site, more: STICKY });
  return world;
};

/** Which side visitors of a release are sent to, and the replicas there, as both HAProxies have it. */
const offered = async (world: World): Promise<Readonly<Record<string, readonly string[]>>> => {
  const sides: Record<string, string[]> = {};
  for (const slot of [1, 2, 3, 4]) {
    const [side, generation] = (await world.files.read(paths.offer(slot)))?.trim().split(' ') ?? [];
    if (side === undefined) continue;
    const of = (await world.files.resolve(`${paths.generation(generation ?? '')}/release`))?.slice(-2);
    sides[`${side} ${of}`] = [...(sides[`${side} ${of}`] ?? []), String(slot)];
  }
  return sides;
};

const upOn = async (world: World) =>
  Object.fromEntries(
    await Promise.all(
      SIDES.map(async side => {
        const servers = await world.balancer.servers(sideBackend('shop', side));
        return [side, servers.filter(({ isUp }) => isUp).map(({ server }) => server)];
      }),
    ),
  );

/** What is looked at after each step of a roll. */
const inEachStep = async <Look>(world: World, name: string, look: () => Promise<Look>): Promise<readonly Look[]> => {
  const looks: Promise<Look>[] = [];
  const emit: typeof world.emit = event => {
    world.emit(event);
    if (event.kind === 'step-done') looks.push(look());
  };
  await world.linkTo(name);
  await world.roll({ emit });
  return await Promise.all(looks);
};

describe('a site whose visitors stay with a release', () => {
  test('has all of its replicas on one side after its start, and those of another release on the other', async () => {
    const world = await sticky();
    expect(await offered(world)).toEqual({ 'a 41': ['1', '2'] });
    expect(await upOn(world)).toEqual({ a: ['1', '2'], b: [] });
    expect(await world.rollTo('42')).toBe('rolled');
    expect(await offered(world)).toEqual({ 'b 42': ['3', '4'] });
    expect(await upOn(world)).toEqual({ a: [], b: ['3', '4'] });
    expect(await world.rollTo('43')).toBe('rolled');
    expect(await offered(world)).toEqual({ 'a 43': ['1', '2'] });
    expect(await world.files.list(paths.gates)).toEqual(['1', '2', 'a1', 'a2']);
  });

  test.each([{}, { surge: 0 }, { surge: 2 }, { standby: 'yes' }, { strategy: 'blue-green' }])(
    'has no side with two releases at any step (%j)',
    async site => {
      const world = await sticky(site);
      for (const name of ['42', '43', '41']) {
        for (const sides of await inEachStep(world, name, () => offered(world))) {
          expect(Object.keys(sides).length).toBeGreaterThan(0);
          expect(new Set(Object.keys(sides).map(side => side[0])).size).toBe(Object.keys(sides).length);
        }
        expect(await world.settle()).toBe('rolled');
      }
    },
  );

  test('lets visitors go before the last replica of their release is drained, for as long as its file says', async () => {
    const world = await sticky();
    const before = world.clock.monotonicMs();
    const leaving = await inEachStep(world, '42', async () => await world.files.exists(paths.leaving));
    expect(leaving.filter(Boolean).length).toBeGreaterThan(0);
    expect(leaving[0]).toBe(false);
    expect(world.clock.monotonicMs() - before).toBeGreaterThanOrEqual(7_000);
    const drains = world.events.filter(event => event.kind === 'step-done' && event.step.kind === 'drain');
    expect(drains.map(event => 'ms' in event && event.ms >= 7_000)).toEqual([false, true]);
    await world.settle();
    expect(await world.files.exists(paths.leaving)).toBe(false);
  });

  test('lets them go at once where the other release could take all of them', async () => {
    const world = await sticky({ surge: 2 });
    await world.rollTo('42');
    const drains = world.events.filter(event => event.kind === 'step-done' && event.step.kind === 'drain');
    expect(drains.map(event => 'ms' in event && event.ms >= 7_000)).toEqual([true, false]);
  });

  test('hands all pages over at once where all replicas change at once, and what old pages ask for a while later', async () => {
    const world = await sticky({ strategy: 'blue-green' });
    const former = (await world.files.read(paths.offer(1)))?.trim().split(' ')[1];
    const seen: unknown[] = [];
    world.clock.onSleep = async () => {
      const look = [await offered(world), await world.files.read(paths.leaving), await upOn(world)];
      if (JSON.stringify(seen.at(-1)) !== JSON.stringify(look)) seen.push(look);
    };
    const before = world.clock.monotonicMs();
    expect(await world.rollTo('42')).toBe('rolled');
    expect(world.clock.monotonicMs() - before).toBeGreaterThanOrEqual(7_000);
    const [both] = seen.filter(look => Array.isArray(look) && look[1] !== undefined);
    expect(both).toEqual([{ 'a 41': ['1', '2'], 'b 42': ['3', '4'] }, `${former}\n`, { a: ['1', '2'], b: ['3', '4'] }]);
    expect(await offered(world)).toEqual({ 'b 42': ['3', '4'] });
    expect(await upOn(world)).toEqual({ a: [], b: ['3', '4'] });
    expect(await world.files.exists(paths.leaving)).toBe(false);
  });

  test('has nobody wait where the same release comes again', async () => {
    const world = await sticky({ strategy: 'blue-green' });
    const before = world.clock.monotonicMs();
    expect(await world.rollTo('41')).toBe('rolled');
    expect(world.clock.monotonicMs() - before).toBeLessThan(7_000);
    expect(await offered(world)).toEqual({ 'a 41': ['3', '4'] });
  });

  test('has the last replica of a release stay on its side until it is idle, for what waits in the queue there', async () => {
    const world = await sticky();
    await world.rollTo('42');
    const options = { timeoutMs: 1_000, emit: world.emit };
    world.balancer.setSessions('shop:b', '4', 1);
    await drainReplica(world.ports, { site: 'shop', slot: 3 }, options);
    expect(await upOn(world)).toEqual({ a: [], b: ['4'] });
    await drainReplica(world.ports, { site: 'shop', slot: 4 }, options);
    expect(world.kinds().filter(kind => kind === 'replica-not-drained')).toHaveLength(1);
    expect([await offered(world), await upOn(world), await world.serving()]).toEqual([{}, { a: [], b: ['4'] }, []]);
    world.balancer.setSessions('shop:b', '4', 0);
    await drainReplica(world.ports, { site: 'shop', slot: 4 }, options);
    expect(await upOn(world)).toEqual({ a: [], b: [] });
  });

  test('goes back to the release before when a roll fails, and no visitor is on his way out', async () => {
    const world = await sticky();
    world.onStart = (slot, of) => (slot === 4 && of === release('42') ? 'failed' : undefined);
    await world.rollTo('42');
    expect(await offered(world)).toEqual({ 'a 41': ['1', '2'] });
    expect(await upOn(world)).toEqual({ a: ['1', '2'], b: [] });
    expect(await world.files.exists(paths.leaving)).toBe(false);
  });

  test('becomes one in a roll, with the replicas that have served before, and stops being one in another', async () => {
    const world = await World.serving();
    world.systemd.add(httpSocketUnit('shop'));
    world.systemd.add('php-zd-http@.service', { onReload: () => undefined });
    await world.configure({ more: STICKY });
    const [, first] = await inEachStep(world, '42', () => offered(world));
    expect(first).toEqual({ 'a 41': ['1', '2'] });
    await world.settle();
    await world.configure({ more: '[listen]\nhttp = *:8080\n' });
    expect(await world.rollTo('43')).toBe('rolled');
    expect(await world.files.list(paths.offers)).toEqual([]);
    expect((await world.files.list(paths.gates)).length).toBe(2);
  });
});
