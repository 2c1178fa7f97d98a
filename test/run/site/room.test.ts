import { expect, test } from 'vitest';
import { findLacks, requireRoom } from '../../../src/run/site/room.ts';
import { World } from '../world.ts';

const GOOD = { bytes: 2 ** 40, files: 2 ** 20, isReadOnly: false };
const MOUNTS = `22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 ro
30 22 8:2 / /var rw,relatime - ext4 /dev/sda2 rw
31 30 0:40 / /var/lib/php\\040zd rw - tmpfs none rw
33 30 8:2 /lib/php-zd /var/lib/php-zd ro,relatime shared:7 - ext4 /dev/sda2 rw,errors=remount-ro
`;

const found = async (world: World, sites: readonly string[] = []) =>
  (await findLacks(world.ports, sites)).map(({ code, facts }) => [code, facts]);

test('a host with room lacks nothing, and of a full file system the first path is named, once', async () => {
  const world = await World.serving();
  expect(await found(world, ['shop'])).toEqual([]);
  for (const path of ['/var/lib/php-zd', '/run/php-zd', '/var/lib/php-zd/shop']) {
    world.files.rooms.set(path, { ...GOOD, bytes: 0 });
  }
  world.files.rooms.set('/etc/tmpfiles.d', { ...GOOD, files: 1 });
  const devices = new Map([['/run/php-zd', 2n]]);
  const { identity } = world.files;
  world.files.identity = async path => {
    const { device, inode } = (await identity.call(world.files, path)) ?? { device: 1n, inode: 1n };
    return { device: devices.get(path) ?? device, inode };
  };
  expect(await found(world, ['shop'])).toMatchObject([
    ['no-room', { path: '/var/lib/php-zd', what: 'bytes', free: 0, needed: 4 * 2 ** 20 }],
    ['no-room', { path: '/run/php-zd', what: 'bytes' }],
    ['no-room', { path: '/etc/tmpfiles.d', what: 'files', free: 1, needed: 64 }],
  ]);
});

test('a read-only one is named by its mount, and whether that alone is so', async () => {
  const world = await World.serving();
  await world.files.makeDirectory('/proc/1');
  await world.files.write('/proc/1/mountinfo', MOUNTS);
  for (const path of ['/var/lib/php-zd', '/var/lib/php-zd/shop', '/etc/systemd/system', '/etc/tmpfiles.d']) {
    world.files.rooms.set(path, { ...GOOD, isReadOnly: true });
  }
  expect(await found(world, ['shop'])).toEqual([
    ['read-only', { path: '/var/lib/php-zd', mount: '/var/lib/php-zd', isOnlyHere: true }],
    ['read-only', { path: '/etc/systemd/system', mount: '/', isOnlyHere: false }],
  ]);
  await expect(requireRoom(world.ports, 'shop')).rejects.toMatchObject({ code: 'read-only' });
});

test("a site's own directory may be a mount of its own, which the rolls of others do not need", async () => {
  const world = await World.serving();
  world.files.rooms.set('/run/php-zd/shop', { ...GOOD, bytes: 10 });
  expect(await found(world)).toEqual([]);
  await expect(requireRoom(world.ports, 'blog')).resolves.toBeUndefined();
  await expect(requireRoom(world.ports, 'shop')).rejects.toMatchObject({ code: 'no-room' });
});
