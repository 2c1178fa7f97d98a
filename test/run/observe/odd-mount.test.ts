import { expect, test } from 'vitest';
import { oddMount } from '../../../src/run/observe/odd-mount.ts';
import { paths, World } from '../world.ts';

const hostedOf = ({ ports }: World) => ({ ports, paths, site: { name: 'shop' } });

const withMounts = async (...places: readonly string[]): Promise<World> => {
  const world = await World.serving();
  await world.files.makeDirectory('/proc/self');
  const lines = ['/', ...places].map(place => `22 1 8:1 / ${place} rw shared:1 - ext4 /dev/sda1 rw\n`);
  await world.files.write('/proc/self/mountinfo', lines.join(''));
  return world;
};

const mounted = (world: World, unit: string, activeSince: number) => {
  world.systemd.add(unit);
  world.systemd.set(unit, { activeState: 'active', activeSince });
};

test('a mount above the release that came after the replicas hides it, and one from before, or elsewhere, does not', async () => {
  const world = await withMounts('/srv', '/srv/shop', '/mnt');
  expect(await oddMount(hostedOf(world))).toEqual({});
  mounted(world, 'srv.mount', 1);
  mounted(world, 'mnt.mount', Date.now() + 1000);
  expect(await oddMount(hostedOf(world))).toEqual({});
  mounted(world, 'srv-shop.mount', Date.now() + 1000);
  expect(await oddMount(hostedOf(world))).toEqual({ covered: '/srv/shop' });
});

test('nothing hides the release of a site of which nothing runs, or was promoted', async () => {
  const world = await withMounts('/srv');
  mounted(world, 'srv.mount', Date.now() + 1000);
  await world.files.remove(paths.promoted);
  expect(await oddMount(hostedOf(world))).toEqual({});
});

test('a mount that systemd knows and that is not active is missing where the release is not there, and the highest is named', async () => {
  const world = await withMounts();
  world.systemd.add('srv.mount');
  world.systemd.add('srv-shop.mount');
  expect(await oddMount(hostedOf(world))).toEqual({});
  await world.files.removeTree('/srv/shop/releases');
  expect(await oddMount(hostedOf(world))).toEqual({ unmounted: '/srv' });
  world.systemd.set('srv.mount', { activeState: 'active' });
  expect(await oddMount(hostedOf(world))).toEqual({ unmounted: '/srv/shop' });
  world.systemd.set('srv-shop.mount', { activeState: 'active' });
  expect(await oddMount(hostedOf(world))).toEqual({});
});
