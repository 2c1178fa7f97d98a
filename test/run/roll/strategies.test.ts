import { describe, expect, test } from 'vitest';
import type { StepKind } from '../../../src/plan/step.ts';
import { readLastRoll } from '../../../src/run/record/last-roll.ts';
import type { Event } from '../../../src/run/site/events.ts';
import { namedRun } from '../../../src/run/site/site-run.ts';
import { intercepted } from '../intercepted.ts';
import { paths, release, type SiteText, World } from '../world.ts';

const BLUE_GREEN: SiteText = { site: { strategy: 'blue-green', surge: 2 } };
const WITH_STANDBY: SiteText = { site: { standby: 'yes' } };
const BAKED: SiteText = { site: { bake: '2s' } };

const errorOf = async (world: World) => (await readLastRoll(namedRun('shop', world.ports, world.emit)))?.error;
const stepsOf = (events: readonly Event[]): readonly StepKind[] =>
  events.flatMap(event => (event.kind === 'step-done' ? [event.step.kind] : []));
const releasesServing = async (world: World): Promise<ReadonlySet<string>> =>
  new Set((await world.picture()).filter(line => line.endsWith('UP')).map(line => line.split(' ')[1] ?? ''));

describe('blue-green', () => {
  test('no two releases serve at the same time', async () => {
    const world = await World.serving(BLUE_GREEN);
    await world.linkTo('42');
    const seen: ReadonlySet<string>[] = [];
    const after = async () => void seen.push(await releasesServing(world));
    expect(await world.roll({ ports: intercepted(world.ports, { after }) })).toBe('done');
    expect(await world.settle()).toBe('rolled');
    expect(seen.filter(({ size }) => size !== 1)).toEqual([]);
    expect(await world.picture()).toEqual(['3: 42 UP', '4: 42 UP']);
  });

  test('a new replica that is not alive in HAProxy lets nothing be switched', async () => {
    const world = await World.serving(BLUE_GREEN);
    await world.linkTo('42');
    world.balancer.check = (_, server) => server !== '4' && world.isReachable(Number(server));
    expect(await world.roll()).toBe('failed');
    expect(await errorOf(world)).toMatchObject({ code: 'not-serving', facts: { replica: 4 } });
    expect(await world.serving()).toEqual([1, 2]);
    expect(await world.settle()).toBe('rolled-back');
    expect(await world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
  });

  test('what gets worse after the switch is switched back at once, and no two releases serve', async () => {
    const world = await World.serving({ site: { ...BLUE_GREEN.site, bake: '2s' } });
    await world.linkTo('42');
    world.clock.onSleep = async () => {
      if ((await releasesServing(world)).has('42')) world.balancer.count('shop', '3', { responseErrors: 1 });
    };
    const seen: ReadonlySet<string>[] = [];
    const emit = (event: Event) => {
      world.emit(event);
      void releasesServing(world).then(serving => seen.push(serving));
    };
    expect(await world.roll({ emit })).toBe('failed');
    expect(await errorOf(world)).toMatchObject({ code: 'replica-worse' });
    expect(await releasesServing(world)).toEqual(new Set(['42']));
    world.clock.onSleep = () => undefined;
    expect(await world.settle()).toBe('rolled-back');
    expect(await world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
    expect(seen.filter(({ size }) => size !== 1)).toEqual([]);
    expect(stepsOf(world.events)).toContain('switch');
  });
});

describe('standby', () => {
  test('one replica of the previous release is kept, without requests', async () => {
    const world = await World.serving(WITH_STANDBY);
    expect(await world.rollTo('42')).toBe('rolled');
    expect(await world.picture()).toEqual(['2: 41 DRAIN', '3: 42 UP', '4: 42 UP']);
    expect(await world.rollTo('43')).toBe('rolled');
    const picture = await world.picture();
    expect(picture.map(line => line.slice(3)).sort()).toEqual(['42 DRAIN', '43 UP', '43 UP']);
  });

  test('a rollback lets it serve before anything is started', async () => {
    const world = await World.serving(WITH_STANDBY);
    await world.rollTo('42');
    world.forget();
    expect(await world.rollTo('41')).toBe('rolled');
    expect(stepsOf(world.events).slice(0, 2)).toEqual(['write', 'serve']);
    const picture = await world.picture();
    expect(picture.map(line => line.slice(3)).sort()).toEqual(['41 UP', '41 UP', '42 DRAIN']);
    expect(await world.releaseAt(paths.promoted)).toBe('41');
    expect(await world.releaseAt(paths.previous)).toBe('42');
  });

  test('a roll to the same release leaves it as it is', async () => {
    const world = await World.serving(WITH_STANDBY);
    await world.rollTo('42');
    const { pool } = world.replicas.get(2) ?? expect.unreachable();
    expect(await world.rollTo('42', 'again')).toBe('rolled');
    expect(await world.picture()).toContain('2: 41 DRAIN');
    expect(world.replicas.get(2)?.pool).toBe(pool);
  });

  test('one that crashes comes back, and still serves nobody', async () => {
    const world = await World.serving(WITH_STANDBY);
    await world.rollTo('42');
    await world.crash(2);
    expect(await world.picture()).toEqual(['2: 41 DRAIN', '3: 42 UP', '4: 42 UP']);
    world.kill(2);
    world.systemd.set('php-zd-fpm-shop@2.service', { activeState: 'failed', mainPid: 0 });
    await world.settle();
    expect((await world.picture()).map(line => line.slice(3)).sort()).toEqual(['41 DRAIN', '42 UP', '42 UP']);
  });

  test('is none where another directory is in the place of its release, and a roll does not end for that', async () => {
    const world = await World.serving(WITH_STANDBY);
    await world.rollTo('42');
    await world.removeRelease('41');
    await world.files.makeDirectory('/srv/shop/releases/41/public');
    await world.files.write('/srv/shop/releases/41/public/index.php', '<?php\n', { mode: 0o644 });
    expect(await world.rollTo('42', 'again')).toBe('rolled');
    expect((await world.picture()).map(line => line.slice(3)).sort()).toEqual(['42 UP', '42 UP']);
  });
});

describe('bake', () => {
  const worse: readonly (readonly [string, (world: World) => unknown, object])[] = [
    [
      'fails requests',
      world => world.balancer.count('shop', '3', { responseErrors: 2 }),
      { kind: 'failed', requests: 2 },
    ],
    ['crashes', world => world.crash(3), { kind: 'crashed' }],
    ['is down in HAProxy', world => world.kill(3), { kind: 'down', status: 'DOWN' }],
  ];

  test.each(worse)(
    'a new replica that %s while it is watched ends the roll, and the old ones serve on',
    async (...it) => {
      const [, harm, reason] = it;
      const world = await World.serving(BAKED);
      await world.linkTo('42');
      let isBaking = false;
      let isDone = false;
      world.clock.onSleep = async () => {
        if (!isBaking || isDone) return;
        isDone = true;
        await harm(world);
      };
      const emit = (event: Event) => {
        world.emit(event);
        isBaking = event.kind === 'step-started' && event.step.kind === 'bake';
      };
      expect(await world.roll({ emit })).toBe('failed');
      expect(await errorOf(world)).toMatchObject({
        code: 'replica-worse',
        facts: { replica: 3, reason },
      });
      expect(await world.serving()).toEqual(expect.arrayContaining([1, 2]));
      world.forget();
      expect(await world.settle()).toBe('rolled-back');
      expect(await world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
      expect(world.systemd.asked.filter(asked => /@[12]\.service/.test(asked))).toEqual([]);
    },
  );

  const answers = (count: number, failed: number, ms = 10) => ({
    ...{ answers: count, failed },
    ms: count * ms,
    squares: count * ms * ms,
  });
  /** While a replica is watched each look finds more answers: of the new replica and of the old ones. */
  const watched = async (site: SiteText['site'], fresh: object, old: object) => {
    const world = await World.serving({ site: { bake: '10s', bake_errors: '2', bake_latency: '3', ...site } });
    await world.linkTo('42');
    let isWatching = false;
    world.clock.onSleep = () => {
      if (isWatching) world.balancer.answer('shop', '3', fresh);
      world.balancer.answer('shop', '1', old);
    };
    const emit = (event: Event) => {
      world.emit(event);
      isWatching = event.kind === 'step-started' && event.step.kind === 'bake';
    };
    const state = await world.roll({ emit });
    world.clock.onSleep = () => undefined;
    return { world, state };
  };

  test.each([
    ['fails more', answers(3, 1), { kind: 'errors', oldFailed: 0, most: 2 }],
    ['is slower', answers(3, 0, 100), { kind: 'slow', ms: 100, oldMs: 10, most: 3 }],
  ] as const)('a new replica that %s than the old ones while it is watched ends the roll', async (_, fresh, reason) => {
    const { world, state } = await watched({}, fresh, answers(3, 0));
    expect(state).toBe('failed');
    expect(await errorOf(world)).toMatchObject({ code: 'replica-worse', facts: { replica: 3, site: 'shop', reason } });
    expect(await world.settle()).toBe('rolled-back');
    expect(await world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
  });

  test('after a switch the new ones are compared with what the old ones have answered since the roll began', async () => {
    const site = { ...BLUE_GREEN.site, surge: 2 };
    const { world, state } = await watched(site, answers(3, 3), answers(30, 0));
    expect(state).toBe('failed');
    const reason = { kind: 'errors', oldFailed: 0 };
    expect(await errorOf(world)).toMatchObject({ facts: { replica: 3, others: [4], reason } });
  });

  test.each([
    ['as good', answers(3, 0), true],
    ['without a request', answers(0, 0), false],
  ] as const)(
    'a new replica that is %s passes, and the roll tells what it has answered',
    async (_, fresh, isEnough) => {
      const { world, state } = await watched({}, fresh, answers(3, 0));
      expect(state).toBe('done');
      const told = world.events.filter(({ kind }) => kind === 'compared');
      expect(told[0]).toMatchObject({ slots: [3], against: [1, 2], isEnough });
      expect(await world.settle()).toBe('rolled');
    },
  );

  test('HAProxy that is reloaded while a replica is watched begins to count anew, and nothing is forgotten', async () => {
    const world = await World.serving({ site: { bake: '10s', bake_errors: '2' } });
    await world.linkTo('42');
    let isWatching = false;
    let looks = 0;
    world.clock.onSleep = () => {
      if (!isWatching) return;
      looks += 1;
      if (looks % 3 === 0) world.balancer.reload();
      for (const server of ['1', '2']) world.balancer.answer('shop', server, answers(2, 0));
      world.balancer.answer('shop', '3', answers(2, 1));
    };
    const emit = (event: Event) => {
      world.emit(event);
      isWatching = event.kind === 'step-started' && event.step.kind === 'bake';
    };
    expect(await world.roll({ emit })).toBe('failed');
    expect(await errorOf(world)).toMatchObject({ facts: { reason: { kind: 'errors', oldFailed: 0 } } });
  });

  test('errors of former HAProxy processes are not a new replica fault', async () => {
    const world = await World.serving(BAKED);
    await world.linkTo('42');
    world.balancer.count('shop', '3', { responseErrors: 5 });
    expect(await world.roll()).toBe('done');
    expect(await world.settle()).toBe('rolled');
    expect(world.clock.now()).toBeGreaterThan(1_004_000);
  });

  test('a release that failed while it was watched is known as bad', async () => {
    const world = await World.serving(BAKED);
    world.clock.onSleep = () => world.balancer.count('shop', '3', { responseErrors: 1 });
    await world.rollTo('42', 'first');
    world.clock.onSleep = () => undefined;
    await world.rollTo('42', 'second');
    expect(world.events).toContainEqual(expect.objectContaining({ kind: 'known-bad', release: release('42') }));
  });
});
