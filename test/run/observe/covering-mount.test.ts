import { expect, test } from 'vitest';
import { coveringMount } from '../../../src/run/observe/covering-mount.ts';
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
  expect(await coveringMount(hostedOf(world))).toBeUndefined();
  mounted(world, 'srv.mount', 1);
  mounted(world, 'mnt.mount', Date.now() + 1000);
  expect(await coveringMount(hostedOf(world))).toBeUndefined();
  mounted(world, 'srv-shop.mount', Date.now() + 1000);
  expect(await coveringMount(hostedOf(world))).toBe('/srv/shop');
});

test('nothing hides the release of a site of which nothing runs, or was promoted', async () => {
  const world = await withMounts('/srv');
  mounted(world, 'srv.mount', Date.now() + 1000);
  await world.files.remove(paths.promoted);
  expect(await coveringMount(hostedOf(world))).toBeUndefined();
});
