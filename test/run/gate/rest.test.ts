import { describe, expect, test } from 'vitest';
import { restIdle } from '../../../src/run/gate/rest.ts';
import { admitReplica } from '../../../src/run/replica/own-unit.ts';
import { paths, World } from '../world.ts';

const resting = async (world: World): Promise<readonly string[]> =>
  (await world.balancer.checks()).filter(({ isChecked }) => !isChecked).map(({ server }) => server);

const up = async (world: World): Promise<readonly string[]> =>
  (await world.balancer.servers('shop')).filter(({ isUp }) => isUp).map(({ server }) => server);

describe('the servers of slots that have no replica', () => {
  test('are not checked after a start and after a roll', async () => {
    const world = new World();
    await world.serve({});
    expect(await resting(world)).toEqual(['3', '4']);
    expect(await world.rollTo('42')).toBe('rolled');
    expect(await up(world)).toEqual(['3', '4']);
    expect(await resting(world)).toEqual(['1', '2']);
  });

  test('are checked again before a roll starts anything, and when a gate opens', async () => {
    const world = new World();
    await world.serve({});
    const resting: number[] = [];
    await world.linkTo('42');
    await world.roll({
      emit: event => {
        world.emit(event);
        if (event.kind === 'step-started') resting.push(world.balancer.resting());
      },
    });
    expect(new Set(resting)).toEqual(new Set([0]));
    await world.balancer.rest([{ backend: 'shop', server: '3' }]);
    await world.files.remove(paths.gate(3));
    await admitReplica(world.ports, { site: 'shop', slot: 3 }, world.emit);
    expect(world.balancer.resting()).toBe(0);
  });

  test('are checked while a replica is pinned to the slot, whether its gate is open or not', async () => {
    const world = new World();
    await world.serve({});
    await world.files.remove(paths.gate(1));
    world.balancer.mark('shop', '1', false);
    await restIdle(world.ports);
    expect(await resting(world)).toEqual(['3', '4']);
  });

  test('are checked where a gate opens while they are put to rest, and where HAProxy took one for up meanwhile', async () => {
    const world = new World();
    await world.serve({});
    await world.balancer.watch([{ backend: 'shop', server: '3' }]);
    const rest = world.balancer.rest.bind(world.balancer);
    world.balancer.rest = async servers => {
      await world.files.link(paths.gate(3), '../replicas/3');
      await rest(servers);
    };
    await restIdle(world.ports);
    expect(await resting(world)).toEqual(['4']);
    world.balancer.mark('shop', '4', true);
    await restIdle(world.ports);
    expect(await resting(world)).toEqual([]);
  });

  test('rest again after a reload of HAProxy, whose new process checks all', async () => {
    const world = new World();
    await world.serve({});
    world.balancer.reload();
    expect(await resting(world)).toEqual([]);
    for (const server of ['3', '4']) world.balancer.mark('shop', server, false);
    await restIdle(world.ports);
    expect(await resting(world)).toEqual(['3', '4']);
  });

  test('are left as they are by a HAProxy that is away', async () => {
    const world = new World();
    await world.serve({});
    world.balancer.unreachable();
    await restIdle(world.ports);
    world.balancer.unreachable(false);
    expect(await resting(world)).toEqual(['3', '4']);
  });
});
