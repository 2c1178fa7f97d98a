import { expect, test } from 'vitest';
import { balancerUnit, directoriesUnit, mailSocketUnit } from '../../../src/base/paths.ts';
import { stopSite } from '../../../src/run/roll/stop.ts';
import { intercepted } from '../intercepted.ts';
import { paths, World } from '../world.ts';

test("HAProxy's part of a site is written once its socket has a place, since others have HAProxy read all parts", async () => {
  const world = await World.serving();
  await stopSite(world.ports, 'shop', world.emit);
  await world.configure({ more: '[pool]\npm.max_children = 3\n' });
  await world.files.remove(paths.tmpfiles);
  const calls: string[] = [];
  const ports = intercepted(world.ports, { before: call => void calls.push(call) });
  Object.assign(world.ports, ports);
  expect(await world.start()).toBe(true);
  const awaited = [`start ${directoriesUnit('shop')}`, `write ${paths.balancerConfig}`, `reload ${balancerUnit}`];
  expect(calls.filter(call => awaited.includes(call))).toEqual(awaited);
});

test('a file whose mode or owner somebody changed is written anew by the next roll', async () => {
  const world = await World.serving();
  world.files.chmod(paths.balancerConfig, 0o600);
  world.files.owners.set(paths.unit, 1000);
  expect(await world.rollTo('42')).toBe('rolled');
  expect(await world.files.rights(paths.balancerConfig)).toEqual({ mode: 0o644, uid: 0, gid: 0 });
  const applied = world.events.find(event => event.kind === 'applied');
  expect(applied).toMatchObject({ files: expect.arrayContaining([paths.balancerConfig, paths.unit]) });
});

test('a socket for mail is closed before its units are taken away, since a message that comes then would leave it as failed', async () => {
  const world = await World.serving();
  world.systemd.add(mailSocketUnit('shop'));
  await world.configure({ more: '[sandbox]\nsendmail = yes\n' });
  expect(await world.rollTo('42')).toBe('rolled');
  await world.configure({});
  const calls: string[] = [];
  const ports = intercepted(world.ports, { before: call => void calls.push(call) });
  Object.assign(world.ports, ports);
  expect(await world.rollTo('43')).toBe('rolled');
  const awaited = [`stop ${mailSocketUnit('shop')}`, `remove ${paths.mailSocket}`, `remove ${paths.mailUnit}`];
  expect(calls.filter(call => awaited.includes(call))).toEqual(awaited);
});
