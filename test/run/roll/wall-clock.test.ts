import { describe, expect, test } from 'vitest';
import type { StepKind } from '../../../src/plan/step.ts';
import { awaitSiteIdle } from '../../../src/run/front/work-left.ts';
import { readHistory } from '../../../src/run/record/history.ts';
import { readLastRoll } from '../../../src/run/record/last-roll.ts';
import { drainByHand } from '../../../src/run/replica/by-hand.ts';
import type { Event } from '../../../src/run/site/events.ts';
import { namedRun } from '../../../src/run/site/site-run.ts';
import { failure } from '../../fakes/failure.ts';
import { release, World } from '../world.ts';

const HOUR = 3_600_000;
const MOVES = [
  ['forward', HOUR],
  ['back', -HOUR],
] as const;

/** A step of each kind that waits does so for a while. */
const SLEEPS = 4;

/** Of two that go on side by side each sleep would pass the time of the other. */
const ONE = { replicas: '1' };
const kill = '[drain]\ntimeout = 2s\non_timeout = kill\n';
const run = (world: World) => namedRun('shop', world.ports, world.emit);

/** Runs in each sleep, with the step that sleeps and how often it has. */
const onSleepOf = (world: World, sleep: (kind: StepKind, count: number) => void) => {
  let step: StepKind | undefined;
  let count = 0;
  world.clock.onSleep = () => {
    count += 1;
    if (step !== undefined) sleep(step, count);
  };
  return (event: Event): void => {
    world.emit(event);
    if (event.kind !== 'step-started') return;
    step = event.step.kind;
    count = 0;
  };
};

/** What comes of a roll in which every step has to wait, when the wall clock is set in the first sleep of the steps of a kind. */
const rollWhile = async (moved: StepKind, ms: number) => {
  const world = await World.serving({ site: { ...ONE, bake: '1s' }, more: kill });
  await world.linkTo('42');
  world.health.set(release('42'), { status: 503 });
  world.balancer.setSessions('shop', '1', 1);
  const startedAt = world.clock.monotonicMs();
  const sleeps = new Set<StepKind>();
  const emit = onSleepOf(world, (kind, count) => {
    sleeps.add(kind);
    if (kind === moved && count === 1) world.clock.moveWallClock(ms);
    if (kind === 'prove' && count === SLEEPS) world.health.clear();
    if (kind === 'retire' && count === SLEEPS) world.balancer.setSessions('shop', '1', 0);
  });
  const state = await world.roll({ emit });
  const tookMs = world.clock.monotonicMs() - startedAt;
  const { phases } = (await readLastRoll(run(world))) ?? {};
  return { state, tookMs, phases, kinds: world.kinds(), picture: await world.picture(), sleeps };
};

describe.each(['retire', 'prove', 'bake'] as const)('in a step of the kind %s', kind => {
  test.each(MOVES)('a wall clock that is set %s by an hour changes nothing of a roll', async (_, ms) => {
    const unmoved = await rollWhile(kind, 0);
    expect(unmoved.sleeps).toContain(kind);
    expect(unmoved.state).toBe('done');
    expect(await rollWhile(kind, ms)).toEqual(unmoved);
  });
});

test('a replica that stays busy is killed in time although the wall clock is set back', async () => {
  const world = await World.serving({ more: kill });
  await world.linkTo('42');
  world.balancer.setSessions('shop', '1', 1);
  const emit = onSleepOf(world, (kind, count) => {
    if (kind === 'retire' && count === 1) world.clock.moveWallClock(-HOUR);
  });
  const startedAt = world.clock.monotonicMs();
  expect(await world.roll({ emit })).toBe('done');
  expect(world.kinds()).toContain('killed');
  expect(world.clock.monotonicMs() - startedAt).toBeLessThan(4_000);
});

test('a release that never answers well fails in time although the wall clock is set back', async () => {
  const world = await World.serving({ site: ONE });
  await world.linkTo('42');
  world.health.set(release('42'), { status: 503 });
  const emit = onSleepOf(world, (kind, count) => {
    if (kind === 'prove' && count === 1) world.clock.moveWallClock(-HOUR);
  });
  expect(await world.roll({ emit })).toBe('failed');
  expect((await readLastRoll(run(world)))?.error?.facts['ms']).toBe(900);
});

test.each(MOVES)('a receipt has the time that a roll took when the wall clock is set %s by an hour', async (_, ms) => {
  const world = await World.serving({ site: { bake: '1s' } });
  await world.linkTo('42');
  const emit = onSleepOf(world, (kind, count) => {
    if (kind === 'bake' && count === 1) world.clock.moveWallClock(ms);
  });
  const startedAt = world.clock.monotonicMs();
  expect(await world.roll({ emit })).toBe('done');
  expect(await world.settle()).toBe('rolled');
  const receipt = (await readHistory(run(world))).at(-1)?.receipt;
  expect(receipt?.ms).toBe(world.clock.monotonicMs() - startedAt);
  expect(receipt?.ms).toBeLessThan(HOUR / 10);
});

test.each(MOVES)('a site that is awaited idle has its time when the wall clock is set %s', async (_, ms) => {
  const world = await World.serving();
  world.balancer.setSessions('shop', '2', 1);
  world.clock.onSleep = () => {
    world.clock.onSleep = () => undefined;
    world.clock.moveWallClock(ms);
  };
  expect(await failure(awaitSiteIdle(run(world), 5_000))).toMatchObject({ code: 'still-busy', facts: { ms: 5_000 } });
});

test.each(MOVES)('a drain by hand has its time when the wall clock is set %s', async (_, ms) => {
  const world = await World.serving();
  await world.systemd.start('php-zd@shop.service');
  world.balancer.setSessions('shop', '2', 1);
  let sleeps = 0;
  world.clock.onSleep = () => {
    sleeps += 1;
    if (sleeps === 1) world.clock.moveWallClock(ms);
    if (sleeps === 10) world.balancer.setSessions('shop', '2', 0);
  };
  const { run: site } = await world.load();
  await drainByHand(site, 2, { timeoutMs: 5_000, isForced: true });
  expect(world.events.at(-1)).toMatchObject({ kind: 'drained-by-hand' });
  expect((world.events.at(-1) as { readonly ms: number }).ms).toBeLessThan(1_000);
});
