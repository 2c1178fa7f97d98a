import { describe, expect, test } from 'vitest';
import { PhpZdError } from '../../../src/base/errors.ts';
import { reapReplica } from '../../../src/run/drain/park.ts';
import { readLastRoll } from '../../../src/run/record/last-roll.ts';
import { namedRun } from '../../../src/run/site/site-run.ts';
import { holdSlot, readSlotHold } from '../../../src/run/slots/hold.ts';
import { paths, World } from '../world.ts';

const run = (world: World) => namedRun('shop', world.ports, world.emit);
const drain = (onTimeout: string) => `[drain]\ntimeout = 2s\non_timeout = ${onTimeout}\n`;

/** A roll to 42, while the first replica has a request that does not end. */
const rolledWhileBusy = async (more: string, surge = 1): Promise<World> => {
  const world = await World.serving({ site: { surge }, more });
  world.balancer.setSessions('shop', '1', 1);
  await world.linkTo('42');
  await world.roll();
  return world;
};

describe('a replica that does not become idle in time', () => {
  test.each([
    ['with the slots beside it', 1],
    ['in its place', 0],
  ])('abort, %s: the roll fails, and the replica goes back to work with its old release', async (_, surge) => {
    const world = await rolledWhileBusy(drain('abort'), surge);
    expect(await readLastRoll(run(world))).toMatchObject({ state: 'failed', error: { code: 'drain-timeout' } });
    expect(await world.settle()).toBe('rolled-back');
    expect(await world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
  });

  test('abort: a new replica that is to go is parked when it is busy, and the old release serves at once', async () => {
    const world = await rolledWhileBusy(drain('abort'));
    world.balancer.setSessions('shop', '3', 1);
    expect(await world.settle()).toBe('rolled-back');
    expect(await world.picture()).toEqual(['1: 41 UP', '2: 41 UP', '3: 42 DRAIN']);
    expect(await readSlotHold(run(world), 3)).toBe('parked');
  });

  test('park: the roll goes on, and the replica is stopped when it is free', async () => {
    const world = await rolledWhileBusy(drain('park'));
    expect(await world.settle()).toBe('rolled');
    expect(await world.picture()).toEqual(['1: 41 DRAIN', '3: 42 UP', '4: 42 UP']);
    await reapReplica(world.ports, { site: 'shop', slot: 1 }, world.emit);
    expect(await world.picture()).toHaveLength(3);
    world.balancer.setSessions('shop', '1', 0);
    await reapReplica(world.ports, { site: 'shop', slot: 1 }, world.emit);
    expect(await world.picture()).toEqual(['3: 42 UP', '4: 42 UP']);
    expect(await world.files.list(paths.pins)).toEqual(['3', '4']);
    expect(world.kinds()).toContain('unparked');
  });

  test('park: a roll does not start anything in the place of a replica that it had to park', async () => {
    const world = await rolledWhileBusy(drain('park'));
    await world.settle();
    const busy = [1, 3, 4];
    for (const slot of busy) world.balancer.setSessions('shop', String(slot), 1);
    const pools = busy.map(slot => world.replicas.get(slot)?.pool);
    expect(await world.rollTo('43')).not.toBe('rolled');
    expect(await readLastRoll(run(world))).toMatchObject({ error: { code: 'slots-parked', facts: { slots: [3] } } });
    expect(busy.map(slot => world.replicas.get(slot)?.pool)).toEqual(pools);
    expect(await world.serving()).toHaveLength(2);
  });

  test('park: a roll for which parked replicas leave no slot is refused, and touches nothing', async () => {
    const world = await rolledWhileBusy(drain('park'));
    await world.settle();
    // As a roll leaves it that had to park there too.
    await world.files.link(paths.pin(2), `../${await world.files.readLink(paths.promoted)}`);
    await holdSlot(run(world), 2, 'parked');
    await world.systemd.start('php-zd-fpm-shop@2.service');
    world.forget();
    await world.linkTo('43');
    expect(await world.roll()).toBe('refused');
    expect(world.systemd.asked).toEqual([]);
    expect(world.events.at(-1)).toMatchObject({ kind: 'refused', error: { code: 'slots-parked' } });
  });

  test('kill: it is stopped all the same, and the roll goes on', async () => {
    const world = await rolledWhileBusy(drain('kill'));
    expect(await world.settle()).toBe('rolled');
    expect(await world.picture()).toEqual(['3: 42 UP', '4: 42 UP']);
    expect(world.kinds()).toContain('killed');
  });
});

test('a drain begins anew when HAProxy changes its process', async () => {
  const world = await World.serving();
  await world.linkTo('42');
  world.balancer.setSessions('shop', '1', 1);
  let sleeps = 0;
  world.clock.onSleep = () => {
    sleeps += 1;
    if (sleeps === 10) world.balancer.reload();
    if (sleeps === 30) world.balancer.endFormerSessions('shop', '1');
  };
  expect(await world.roll()).toBe('done');
  expect(sleeps).toBeGreaterThanOrEqual(30);
  expect(await world.settle()).toBe('rolled');
});

test('a drained replica stays drained when HAProxy is started anew in the middle of a roll', async () => {
  const world = await World.serving();
  await world.linkTo('42');
  const servingAfter = new Map<number, Promise<readonly number[]>>();
  const emit: World['emit'] = event => {
    if (event.kind !== 'step-done' || event.step.kind !== 'drain') return;
    world.balancer.restart();
    servingAfter.set(event.step.slot, world.serving());
  };
  expect(await world.roll({ emit })).toBe('done');
  expect([await servingAfter.get(1), await servingAfter.get(2)]).toEqual([
    [2, 3],
    [3, 4],
  ]);
  expect(await world.settle()).toBe('rolled');
});

test('a replica whose status socket was removed is stopped once HAProxy has nobody there', async () => {
  const world = await World.serving({ more: drain('abort') });
  const { status } = world.fpm;
  world.fpm.status = async (socket, options) => {
    if (socket === paths.statusSocket(1)) throw new PhpZdError('fastcgi-unreachable', { socket, errno: 'ENOENT' });
    return await status.call(world.fpm, socket, options);
  };
  await world.files.remove(paths.statusSocket(1));
  world.balancer.setSessions('shop', '1', 1);
  expect(await world.rollTo('42')).toBe('rolled-back');
  world.balancer.setSessions('shop', '1', 0);
  expect(await world.rollTo('42')).toBe('rolled');
  expect(await world.picture()).toEqual(['3: 42 UP', '4: 42 UP']);
});

test('a replica that is there and does not say what its children do is not stopped', async () => {
  const world = await World.serving({ more: drain('abort') });
  const { status } = world.fpm;
  world.fpm.status = async (socket, options) => {
    if (socket === paths.statusSocket(1)) throw new PhpZdError('deadline', { what: 'PHP-FPM', ms: 2_000 });
    return await status.call(world.fpm, socket, options);
  };
  expect(await world.rollTo('42')).toBe('rolled-back');
});
