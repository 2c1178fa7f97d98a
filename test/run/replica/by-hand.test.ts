import { describe, expect, test } from 'vitest';
import { gateUnit } from '../../../src/base/paths.ts';
import { drainByHand, readyByHand } from '../../../src/run/replica/by-hand.ts';
import { drainReplica } from '../../../src/run/replica/own-unit.ts';
import { holdSlot, readSlotHold } from '../../../src/run/slots/hold.ts';
import { failure } from '../../fakes/failure.ts';
import { paths, type SiteText, World } from '../world.ts';

const started = async (text: SiteText = {}) => {
  const world = await World.serving(text);
  await world.systemd.start('php-zd@shop.service');
  world.forget();
  const { run } = await world.load();
  const drain = (slot: number, isForced = false) => drainByHand(run, slot, { timeoutMs: 2_000, isForced });
  return { world, run, drain, ready: (slot: number) => readyByHand(run, slot) };
};

type Begun = Awaited<ReturnType<typeof started>>;

describe('a replica that is drained by hand', () => {
  test('serves no more, and the other one does', async () => {
    const { world, run, drain } = await started();
    await drain(1);
    expect(await world.picture()).toEqual(['1: 41 DRAIN', '2: 41 UP']);
    expect(await readSlotHold(run, 1)).toBe('hand');
    expect(world.kinds()).toEqual(['withdrawn-by-hand', 'drained-by-hand']);
  });

  test('stays drained when HAProxy is started anew, and when it crashes itself', async () => {
    const { world, drain } = await started();
    await drain(1);
    world.balancer.restart();
    await world.crash(1);
    expect(await world.serving()).toEqual([2]);
  });

  test('stays drained although it is not idle in time, and says who holds it', async () => {
    const { world, drain } = await started();
    world.balancer.setSessions('shop', '1', 1);
    expect(await failure(drain(1))).toMatchObject({ code: 'drain-timeout', facts: { replica: 1 } });
    expect(await world.serving()).toEqual([2]);
    world.balancer.setSessions('shop', '1', 0);
    await drain(1);
  });

  test('serves again when it is made ready', async () => {
    const { world, run, drain, ready } = await started();
    await drain(1);
    await ready(1);
    expect(await world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
    expect(await readSlotHold(run, 1)).toBeUndefined();
  });

  test('is replaced by a roll like any other', async () => {
    const { world, drain } = await started();
    await drain(1);
    expect(await world.rollTo('42')).toBe('rolled');
    expect((await world.picture()).map(line => line.slice(3))).toEqual(['42 UP', '42 UP']);
  });

  test('is brought back to work by the settle', async () => {
    const { world, drain } = await started();
    await drain(1);
    await world.settle();
    expect(await world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
  });
});

describe('a drain by hand that waits', () => {
  /** Begins a drain of a replica that has a request, and does something beside it once it waits. */
  const whileDrainWaits = async (text: SiteText, slot: number, happens: (begun: Begun) => Promise<void>) => {
    const begun = await started(text);
    const { world, run } = begun;
    world.balancer.setSessions('shop', String(slot), 1);
    const beside = new Promise<void>(resolve => {
      world.clock.onSleep = () => {
        world.clock.onSleep = () => undefined;
        resolve(happens(begun));
      };
    });
    const error = await failure(drainByHand(run, slot, { timeoutMs: 3_600_000, isForced: false }));
    await beside;
    return { ...begun, error };
  };
  const overtaken = (replica: number) => ({ code: 'drain-overtaken', facts: { site: 'shop', replica } });

  test('ends when the replica is made ready, which serves on although HAProxy is reloaded', async () => {
    const { world, error } = await whileDrainWaits({}, 1, async ({ world, drain, ready }) => {
      await ready(1);
      world.balancer.setSessions('shop', '2', 1);
      const other = failure(drain(2));
      world.balancer.reload();
      expect(await other).toMatchObject({ code: 'drain-timeout' });
    });
    expect(error).toMatchObject(overtaken(1));
    expect(await world.picture()).toEqual(['1: 41 UP', '2: 41 DRAIN']);
    expect(world.kinds()).not.toContain('drained-by-hand');
  });

  test('ends when a roll that failed gives the replica its requests back', async () => {
    const more = '[drain]\ntimeout = 2s\n';
    const { world, run, error } = await whileDrainWaits({ site: { replicas: 3 }, more }, 3, async ({ world }) => {
      await world.configure({ site: { replicas: 3 }, more: `${more}[pool]\npm.max_children = 3\n` });
      world.balancer.setSessions('shop', '1', 1);
      expect(await world.rollTo('42')).toBe('rolled-back');
    });
    expect(error).toMatchObject(overtaken(3));
    expect(await world.picture()).toEqual(['1: 41 UP', '2: 41 UP', '3: 41 UP']);
    expect(await readSlotHold(run, 3)).toBeUndefined();
  });

  test('ends while the replica is being made ready, before HAProxy takes it back', async () => {
    const { world, error } = await whileDrainWaits({}, 1, async ({ world }) => {
      await world.files.link(paths.gate(1), '../replicas/1');
      world.balancer.reload();
    });
    expect(error).toMatchObject(overtaken(1));
    expect(await world.files.readLink(paths.gate(1))).toBe('../replicas/1');
  });
});

describe('a drain by hand is refused, and touches nothing', () => {
  test('when nobody else would serve, unless it is forced', async () => {
    const { world, run, drain } = await started();
    await drain(1);
    expect(await failure(drain(2))).toMatchObject({ code: 'drain-refused', facts: { serving: 0, mustServe: 1 } });
    expect(await world.serving()).toEqual([2]);
    expect(await readSlotHold(run, 2)).toBeUndefined();
    await drain(2, true);
    expect(await world.serving()).toEqual([]);
  });

  test('when more than one of the wanted replicas would be away', async () => {
    const { drain } = await started({ site: { replicas: 3 } });
    await drain(1);
    expect(await failure(drain(2))).toMatchObject({ code: 'drain-refused', facts: { serving: 1, mustServe: 2 } });
  });

  test('while a roll is under way', async () => {
    const { world, drain, ready } = await started();
    world.systemd.set('php-zd@shop.service', { activeState: 'reloading' });
    expect(await failure(drain(1))).toMatchObject({ code: 'roll-under-way' });
    expect(await failure(ready(1))).toMatchObject({ code: 'roll-under-way' });
    expect(await world.serving()).toEqual([1, 2]);
  });

  test('when the site is stopped', async () => {
    const { world, drain } = await started();
    await world.systemd.stop('php-zd@shop.service');
    expect(await failure(drain(1))).toMatchObject({ code: 'not-started' });
  });

  test('of a slot without a replica', async () => {
    const { drain } = await started();
    expect(await failure(drain(7))).toMatchObject({
      code: 'replica-unfit',
      facts: { replica: 7, reason: { kind: 'stopped', running: [1, 2] } },
    });
  });

  test.each(['standby', 'parked'] as const)('of one that is the %s already', async kind => {
    const { run, drain } = await started();
    await holdSlot(run, 1, kind);
    expect(await failure(drain(1))).toMatchObject({ code: 'replica-unfit', facts: { reason: { kind } } });
    expect(await readSlotHold(run, 1)).toBe(kind);
  });
});

describe('a replica that is about to be stopped is not made ready', () => {
  const stopping = { code: 'replica-unfit', facts: { replica: 1, reason: { kind: 'stopping' } } };
  const gate = gateUnit('shop', 1);

  test('while its drain waits for its turn', async () => {
    const { world, ready } = await started();
    world.systemd.set(gate, { activeState: 'deactivating' });
    expect(await failure(ready(1))).toMatchObject(stopping);
    expect(await world.serving()).toEqual([1, 2]);
    expect(world.kinds()).toEqual([]);
  });

  test('when it is drained for its stop meanwhile, and has no requests then', async () => {
    const { world, drain, ready } = await started();
    await drain(1);
    world.forget();
    let stops: Promise<void> | undefined;
    const link = world.files.link.bind(world.files);
    world.files.link = async (path, target) => {
      await link(path, target);
      if (path !== paths.gate(1) || stops !== undefined) return;
      world.systemd.set(gate, { activeState: 'deactivating' });
      world.balancer.setSessions('shop', '1', 1);
      stops = drainReplica(world.ports, { site: 'shop', slot: 1 }, { timeoutMs: 2_000, emit: world.emit });
    };
    expect(await failure(ready(1))).toMatchObject(stopping);
    world.balancer.setSessions('shop', '1', 0);
    await stops;
    expect(await world.serving()).toEqual([2]);
    expect(world.kinds()).not.toContain('ready-by-hand');
  });
});

test('a replica of another generation than the promoted one is not made ready', async () => {
  const { world, drain, ready } = await started();
  expect(await world.rollTo('42')).toBe('rolled');
  const [slot = 0] = await world.serving();
  await drain(slot);
  await world.files.link(paths.promoted, (await world.files.readLink(paths.previous)) ?? '');
  expect(await failure(ready(slot))).toMatchObject({
    code: 'replica-unfit',
    facts: {
      reason: { kind: 'not-promoted', release: '/srv/shop/releases/42' },
    },
  });
  expect(await world.serving()).toHaveLength(1);
});
