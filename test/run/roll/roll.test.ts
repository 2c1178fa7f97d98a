import { expect, test } from 'vitest';
import { isError, PhpZdError } from '../../../src/base/errors.ts';
import { linkedGeneration } from '../../../src/run/generation/generation.ts';
import { observeSite } from '../../../src/run/observe/site.ts';
import { readHistory } from '../../../src/run/record/history.ts';
import { readLastRoll } from '../../../src/run/record/last-roll.ts';
import { hasChanged } from '../../../src/run/roll/if-changed.ts';
import { namedRun } from '../../../src/run/site/site-run.ts';
import { intercepted } from '../intercepted.ts';
import { paths, release, type SiteText, World } from '../world.ts';

const IN_PLACE: SiteText = { site: { surge: 0 } };
const run = (world: World) => namedRun('shop', world.ports, world.emit);

test('a roll brings every replica to the release that the link names, and promotes it', async () => {
  const world = await World.serving();
  await world.linkTo('42');
  expect(await world.roll()).toBe('done');
  expect(await world.settle()).toBe('rolled');
  expect(await world.picture()).toEqual(['3: 42 UP', '4: 42 UP']);
  expect(await world.releaseAt(paths.promoted)).toBe('42');
  expect(await world.releaseAt(paths.previous)).toBe('41');
});

test('a roll without surge starts each replica anew in its place', async () => {
  const world = await World.serving(IN_PLACE);
  expect(await world.rollTo('42')).toBe('rolled');
  expect(await world.picture()).toEqual(['1: 42 UP', '2: 42 UP']);
});

test('a roll has its slots back and forth, and leaves nothing in those that it left', async () => {
  const world = await World.serving();
  expect(await world.rollTo('42')).toBe('rolled');
  expect(await world.files.list(paths.pins)).toEqual(['3', '4']);
  expect(await world.files.list(paths.slotHolds)).toEqual([]);
  expect(await world.files.list(paths.gates)).toEqual(['3', '4']);
  expect(await world.rollTo('43')).toBe('rolled');
  expect(await world.picture()).toEqual(['1: 43 UP', '2: 43 UP']);
});

test.each([
  ['with surge as many as wanted', {}, 2],
  ['blue-green as many as wanted', { strategy: 'blue-green', surge: 2 }, 2],
  ['one replica with surge that one', { replicas: 1 }, 1],
  ['without surge one less than wanted', { surge: 0 }, 1],
  ['eight replicas as many as wanted', { replicas: 8 }, 8],
] as const)('at every moment of a roll and its settle there serve %s', async (_, site, least) => {
  const world = await World.serving({ site });
  await world.linkTo('42');
  const counts: number[] = [];
  const after = async () => void counts.push((await world.serving()).length);
  expect(await world.roll({ ports: intercepted(world.ports, { after }) })).toBe('done');
  expect(await world.settle()).toBe('rolled');
  expect(counts.length).toBeGreaterThan(10);
  expect(Math.min(...counts)).toBe(least);
});

test('a release whose health request fails serves nobody, and settle leaves nothing of it running', async () => {
  const world = await World.serving();
  await world.linkTo('42');
  world.health.set(release('42'), { status: 500, stderr: 'PHP Fatal error:  no database' });
  expect(await world.roll()).toBe('failed');
  expect(world.kinds()).toContain('roll-failed');
  expect((await world.picture()).slice(0, 2)).toEqual(['1: 41 UP', '2: 41 UP']);
  expect(await world.serving()).toEqual([1, 2]);
  expect(await world.settle()).toBe('rolled-back');
  expect(await world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
  expect(await world.files.list(paths.pins)).toEqual(['1', '2']);
  expect(await readLastRoll(run(world))).toMatchObject({
    state: 'failed',
    outcome: 'rolled-back',
    error: {
      code: 'replica-unproven',
      facts: {
        reason: { kind: 'status', path: '/health', status: 500, wanted: 200 },
        php: 'PHP Fatal error:  no database',
      },
    },
  });
});

test.each([
  ['in the slot beside them', {}],
  ['in its place', IN_PLACE],
])('a replica that systemd cannot start %s stops the roll, and the old release serves', async (_, text) => {
  const world = await World.serving(text);
  await world.linkTo('42');
  world.onStart = (_slot, bound) => (bound === release('42') ? 'failed' : undefined);
  expect(await world.roll()).toBe('failed');
  expect(await world.settle()).toBe('rolled-back');
  expect(await world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
  const units = await world.systemd.units('php-zd-fpm-shop@*.service');
  expect(units).toEqual(['php-zd-fpm-shop@1.service', 'php-zd-fpm-shop@2.service']);
});

test('a replica whose process ends each time that settle starts it serves once systemd has started it, and nobody comes for it', async () => {
  const world = await World.serving(IN_PLACE);
  await world.linkTo('42');
  world.onStart = slot => (slot === 1 ? 'failed' : undefined);
  expect(await world.roll()).toBe('failed');
  expect(await world.settle()).toBe('unsettled');
  expect(await world.files.list(paths.slotHolds)).toEqual([]);
  // As Restart=always does.
  world.onStart = () => undefined;
  await world.systemd.start('php-zd-fpm-shop@1.service');
  expect(await world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
});

test('when neither release can be had on a replica, settle says so and leaves the others serving', async () => {
  const world = await World.serving(IN_PLACE);
  await world.linkTo('42');
  world.onStart = slot => (slot === 1 ? 'failed' : undefined);
  expect(await world.roll()).toBe('failed');
  expect(await world.settle()).toBe('unsettled');
  expect(world.events.find(({ kind }) => kind === 'unsettled')).toMatchObject({ serving: [2] });
  expect(await world.picture()).toEqual(['2: 41 UP']);
});

test('a link that names no directory is refused before anything is touched', async () => {
  const world = await World.serving();
  await world.files.remove('/srv/shop/current');
  expect(await world.roll()).toBe('refused');
  expect(await world.settle()).toBe('refused');
  expect(world.systemd.asked).toEqual([]);
  expect(await readLastRoll(run(world))).toMatchObject({ state: 'refused', error: { code: 'site-invalid' } });
});

test('what is written is a step: it is told and timed, and when it fails the roll fails there, with everything as it was', async () => {
  const world = await World.serving();
  await world.linkTo('42');
  expect(await world.roll({ id: 'first' })).toBe('done');
  expect(world.events.find(({ kind }) => kind === 'step-done')).toMatchObject({ step: { kind: 'write' }, index: 1 });
  expect((await readLastRoll(run(world)))?.phases).toHaveProperty('write');
  await world.settle();
  await world.linkTo('43');
  const before = (call: string) => {
    if (call.startsWith(`write ${paths.generations}/`))
      throw new PhpZdError('file-system', { path: '/x', errno: 'ENOSPC' });
  };
  world.forget();
  expect(await world.roll({ ports: intercepted(world.ports, { before }), id: 'second' })).toBe('failed');
  expect(world.events.at(-1)).toMatchObject({
    kind: 'roll-failed',
    failure: { index: 1, step: { kind: 'write', files: [] }, error: { code: 'file-system' } },
  });
  expect(world.systemd.asked).toEqual([]);
  expect(await world.picture()).toEqual(['3: 42 UP', '4: 42 UP']);
});

test('a configuration that php-fpm itself refuses is refused before anything is touched', async () => {
  const world = await World.serving();
  world.commands.programs.set('/usr/sbin/php-fpm8.2', () => ({ status: '78', output: 'ALERT: no' }));
  await world.linkTo('42');
  expect(await world.roll()).toBe('refused');
  expect(world.systemd.asked).toEqual([]);
  expect(await world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
});

test('a replica is not drained while too few others serve', async () => {
  const world = await World.serving(IN_PLACE);
  await world.linkTo('42');
  world.onStart = slot => (slot === 2 ? 'failed' : undefined);
  world.kill(2);
  world.systemd.set('php-zd-fpm-shop@2.service', { activeState: 'failed', mainPid: 0 });
  expect(await world.roll()).toBe('failed');
  expect((await world.picture())[0]).toBe('1: 41 UP');
});

test('an error that is not of the world goes on as the bug that it is', async () => {
  const world = await World.serving();
  await world.linkTo('42');
  const before = () => {
    throw new TypeError('a bug');
  };
  const error = await world.roll({ ports: intercepted(world.ports, { before }) }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(TypeError);
  expect(isError(error)).toBe(false);
});

test('every roll that began is in the history with its receipt, and its last word is the receipt', async () => {
  const world = await World.serving();
  await world.linkTo('42');
  await world.roll({
    emit: event => {
      world.emit(event);
      if (event.kind === 'step-done' && event.step.kind === 'serve') {
        world.balancer.count('shop', '1', { requests: 100, redispatches: 1 });
      }
    },
  });
  await world.settle();
  expect(world.events.at(-1)).toMatchObject({
    kind: 'receipt',
    outcome: 'rolled',
    receipt: { requests: 200, lost: 0 },
  });
  world.health.set(release('43'), { status: 500 });
  await world.rollTo('43');
  expect(await readHistory(run(world))).toMatchObject([
    { id: 'roll-1', from: release('41'), release: release('42'), outcome: 'rolled', receipt: { redispatches: 2 } },
    { id: 'roll-to-43', from: release('42'), outcome: 'rolled-back', error: { code: 'replica-unproven' } },
  ]);
});

test('a second roll to a release that failed its proof says so before it tries', async () => {
  const world = await World.serving();
  world.health.set(release('42'), { status: 500 });
  await world.rollTo('42', 'first');
  expect(world.kinds()).not.toContain('known-bad');
  await world.rollTo('42', 'second');
  expect(world.events).toContainEqual(
    expect.objectContaining({
      kind: 'known-bad',
      release: release('42'),
      error: expect.objectContaining({ code: 'replica-unproven' }),
    }),
  );
  world.health.clear();
  expect(await world.rollTo('42', 'third')).toBe('rolled');
  world.forget();
  await world.rollTo('42', 'fourth');
  expect(world.kinds()).not.toContain('known-bad');
});

test('only the generations that something names are kept: promoted, previous, and what still runs', async () => {
  const world = await World.serving({ more: '[drain]\ntimeout = 2s\non_timeout = park\n' });
  world.balancer.setSessions('shop', '1', 1);
  for (const name of ['42', '43', '42']) expect(await world.rollTo(name)).toBe('rolled');
  const kept = await world.files.list(paths.generations);
  const releases = await Promise.all(kept.map(id => world.releaseAt(paths.generation(id))));
  expect(releases.sort()).toEqual(['41', '42', '43']);
  expect(await world.picture()).toContain('1: 41 DRAIN');
});

test('a roll would change something when the release, the configuration or what runs is not as promoted', async () => {
  const world = await World.serving();
  const isChanged = async () => await hasChanged((await world.load()).run);
  expect(await isChanged()).toBe(false);
  await world.linkTo('42');
  expect(await isChanged()).toBe(true);
  await world.linkTo('41');
  await world.configure({ more: '[env]\nA = b\n' });
  expect(await isChanged()).toBe(true);
  await world.configure({});
  expect(await isChanged()).toBe(false);
  world.kill(2);
  expect(await isChanged()).toBe(true);
});

test('a roll of a site that is as it should be starts every replica anew all the same', async () => {
  const world = await World.serving();
  expect(await world.rollTo('41')).toBe('rolled');
  expect(await world.picture()).toEqual(['3: 41 UP', '4: 41 UP']);
  expect(await world.files.exists(paths.previous)).toBe(false);
  expect((await observeSite((await world.load()).run)).slots.filter(({ pin }) => pin !== undefined)).toHaveLength(2);
});

test('a record of the last roll that was cut off keeps neither the next roll nor its settle from their work', async () => {
  const world = await World.serving();
  await world.files.write(paths.lastRoll, '{"id":"x","sta');
  expect(await readLastRoll(run(world))).toBeUndefined();
  expect(await world.settle()).toBe('refused');
  expect(await world.rollTo('42')).toBe('rolled');
});

test('half of a promoted generation is none, and a roll promotes a whole one', async () => {
  const world = await World.serving();
  const id = await linkedGeneration(run(world), paths.promoted);
  await world.files.write(`${paths.generation(id ?? '')}/generation.json`, '{"rel');
  await expect(world.settle()).rejects.toMatchObject({ code: 'not-promoted' });
  expect(await world.rollTo('41')).toBe('rolled');
  expect(await world.releaseAt(paths.promoted)).toBe('41');
});
