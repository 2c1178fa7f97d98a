import { expect, test } from 'vitest';
import { gateTarget, replicaUnit } from '../../../src/base/paths.ts';
import { drainReplica } from '../../../src/run/replica/own-unit.ts';
import { paths, World } from '../world.ts';

test('the drain of a replica that stops leaves another one alone that was started in its slot meanwhile', async () => {
  const world = await World.serving();
  world.balancer.setSessions('shop', '1', 1);
  world.clock.onSleep = async () => {
    world.clock.onSleep = () => undefined;
    await world.systemd.stop(replicaUnit('shop', 1), { isAlone: true });
    await world.systemd.start(replicaUnit('shop', 1));
    world.balancer.reload();
  };
  await drainReplica(world.ports, { site: 'shop', slot: 1 }, { timeoutMs: 2_000, emit: world.emit });
  expect(await world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
  expect(world.kinds()).toEqual(['draining']);
});

test('the drain of a replica that stops begins anew when HAProxy changes its process', async () => {
  const world = await World.serving();
  world.balancer.setSessions('shop', '1', 1);
  let sleeps = 0;
  world.clock.onSleep = () => {
    sleeps += 1;
    if (sleeps === 1) world.balancer.reload();
    if (sleeps === 5) world.balancer.endFormerSessions('shop', '1');
  };
  await drainReplica(world.ports, { site: 'shop', slot: 1 }, { timeoutMs: 2_000, emit: world.emit });
  expect(await world.picture()).toEqual(['1: 41 DRAIN', '2: 41 UP']);
  expect(world.kinds()).toEqual(['draining', 'replica-drained']);
});

test('the drain of a replica that ended before its turn leaves the one alone that a roll started in its slot', async () => {
  const world = await World.serving({ site: { surge: 0 } });
  const { invocationId: start } = await world.systemd.lastStart(replicaUnit('shop', 1));
  expect(await world.rollTo('42')).toBe('rolled');
  world.forget();
  await drainReplica(world.ports, { site: 'shop', slot: 1 }, { timeoutMs: 2_000, start, emit: world.emit });
  expect(await world.picture()).toEqual(['1: 42 UP', '2: 42 UP']);
  expect(world.kinds()).toEqual([]);
});

test('the drain of a replica that stops closes a gate that somebody opens meanwhile', async () => {
  const world = await World.serving();
  world.balancer.setSessions('shop', '1', 1);
  world.clock.onSleep = async () => {
    world.clock.onSleep = () => undefined;
    await world.files.link(paths.gate(1), gateTarget(1));
    await world.balancer.ready('shop', '1');
    world.balancer.setSessions('shop', '1', 0);
  };
  await drainReplica(world.ports, { site: 'shop', slot: 1 }, { timeoutMs: 2_000, emit: world.emit });
  expect(await world.picture()).toEqual(['1: 41 DRAIN', '2: 41 UP']);
  expect(world.kinds()).toEqual(['draining', 'replica-drained']);
});
