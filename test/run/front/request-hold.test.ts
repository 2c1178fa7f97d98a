import { expect, test } from 'vitest';
import { beginMaintenance } from '../../../src/run/front/maintenance.ts';
import { observeFront } from '../../../src/run/front/observe-front.ts';
import { beginRequestHold, endRequestHold, readRequestHold } from '../../../src/run/front/request-hold.ts';
import { awaitSiteIdle, countInFlight } from '../../../src/run/front/work-left.ts';
import { namedRun } from '../../../src/run/site/site-run.ts';
import { failure } from '../../fakes/failure.ts';
import { paths, World } from '../world.ts';

const started = async () => {
  const world = await World.serving();
  await world.systemd.start('php-zd@shop.service');
  world.forget();
  return { world, run: namedRun('shop', world.ports, world.emit) };
};

test('a hold is a file that says until when, and tells neither systemd nor HAProxy', async () => {
  const { world, run } = await started();
  const [now, uptime] = [world.clock.now(), world.clock.uptimeMs()];
  expect(await beginRequestHold(run, 30_000)).toEqual({ since: now, until: now + 30_000 });
  const kept = { format: 1, sinceUptimeMs: uptime, untilUptimeMs: uptime + 30_000 };
  expect(await world.files.read(paths.requestHold)).toBe(`${JSON.stringify(kept)}\n`);
  expect(world.systemd.asked).toEqual([]);
});

test('a hold that is held again ends later, and began when it began', async () => {
  const { world, run } = await started();
  const { since } = await beginRequestHold(run, 30_000);
  world.clock.advance(10_000);
  expect(await beginRequestHold(run, 30_000)).toEqual({ since, until: since + 40_000 });
});

test('a hold is over at its time, and one after it is a new one', async () => {
  const { world, run } = await started();
  const { until } = await beginRequestHold(run, 30_000);
  world.clock.advance(until - world.clock.now());
  expect(await readRequestHold(run)).toBeUndefined();
  expect(await endRequestHold(run)).toBeUndefined();
  expect((await beginRequestHold(run, 1_000)).since).toBe(until);
});

test.each([3_600_000, -3_600_000])('a clock that is set by %i ms makes a hold neither longer nor shorter', async ms => {
  const { world, run } = await started();
  await beginRequestHold(run, 30_000);
  world.clock.moveWallClock(ms);
  world.clock.advance(29_000);
  expect(await readRequestHold(run)).toEqual({ since: world.clock.now() - 29_000, until: world.clock.now() + 1_000 });
  world.clock.advance(1_000);
  expect(await readRequestHold(run)).toBeUndefined();
});

test('a hold that is ended leaves no file', async () => {
  const { world, run } = await started();
  const held = await beginRequestHold(run, 30_000);
  expect(await endRequestHold(run)).toEqual(held);
  expect(await world.files.exists(paths.requestHold)).toBe(false);
});

test('a site that is stopped is not held', async () => {
  const { world, run } = await started();
  await world.systemd.stop('php-zd@shop.service');
  expect(await failure(beginRequestHold(run, 1_000))).toMatchObject({ code: 'not-started', facts: { site: 'shop' } });
});

test('a site that HAProxy would not hold is refused, and no file pretends', async () => {
  const { world, run } = await started();
  await world.files.write(paths.balancerConfig, 'frontend shop\n');
  expect(await failure(beginRequestHold(run, 1_000))).toMatchObject({ code: 'front-outdated' });
  expect(await world.files.exists(paths.requestHold)).toBe(false);
});

test('a site whose socket for it is gone is not held, and no older php-zd is blamed', async () => {
  const { world, run } = await started();
  await world.files.remove(paths.closedFront);
  const facts = { site: 'shop', socket: paths.closedFront };
  expect(await failure(beginRequestHold(run, 1_000))).toMatchObject({ code: 'front-gone', facts });
  expect(await failure(beginMaintenance(run))).toMatchObject({ code: 'front-gone', facts });
  expect(await world.files.exists(paths.requestHold)).toBe(false);
});

test('a roll and its settle leave a hold as it is', async () => {
  const { world, run } = await started();
  const held = await beginRequestHold(run, 30_000);
  expect(await world.rollTo('42')).toBe('rolled');
  expect(await readRequestHold(run)).toEqual(held);
});

test('the status of a held site tells how many wait, unless HAProxy does not say', async () => {
  const { world, run } = await started();
  const held = await beginRequestHold(run, 30_000);
  world.balancer.setHeld('shop', 12);
  expect((await observeFront(run)).held).toEqual({ ...held, waiting: 12 });
  world.balancer.unreachable();
  expect((await observeFront(run)).held).toEqual({ ...held, waiting: undefined });
});

test('in flight is what the replicas have', async () => {
  const { world, run } = await started();
  expect(await countInFlight(run)).toBe(0);
  world.balancer.setSessions('shop', '1', 2);
  world.balancer.setSessions('shop', '2', 1);
  expect(await countInFlight(run)).toBe(3);
});

test('a site is idle when its last request has ended', async () => {
  const { world, run } = await started();
  world.balancer.setSessions('shop', '2', 1);
  let sleeps = 0;
  world.clock.onSleep = () => {
    sleeps += 1;
    if (sleeps === 10) world.balancer.setSessions('shop', '2', 0);
  };
  expect(await awaitSiteIdle(run, 5_000)).toBeGreaterThan(400);
});

test('a site that is not idle when the hold is over says what still runs', async () => {
  const { world, run } = await started();
  world.balancer.setSessions('shop', '2', 3);
  expect(await failure(awaitSiteIdle(run, 1_000))).toMatchObject({
    code: 'still-busy',
    facts: { site: 'shop', ms: 1_000, requests: 3, blockers: [] },
  });
});
