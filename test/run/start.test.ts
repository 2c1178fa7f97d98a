import { expect, test } from 'vitest';
import { sitePaths } from '../../src/base/paths.ts';
import { loadSiteOrApplied, SiteProblems } from '../../src/run/load-site.ts';
import { admitReplica, drainReplica } from '../../src/run/replica.ts';
import { siteRun } from '../../src/run/site-run.ts';
import { startSite } from '../../src/run/start.ts';
import { isFullyServing, observeStatus } from '../../src/run/status.ts';
import { stopSite } from '../../src/run/stop.ts';
import { release, World } from './world.ts';

const paths = sitePaths('shop');

test('a site starts on its promoted release, wherever the link points', async () => {
  const { world, run } = await World.serving();
  await stopSite(run.ports, 'shop', run.emit);
  await world.linkTo('42');
  const { run: again, loaded } = await world.load();
  expect(await startSite(again, loaded)).toBe(true);
  expect(await world.picture()).toEqual([`1: ${release('41')} UP`, `2: ${release('41')} UP`]);
});

test('a second start of a site that serves changes nothing', async () => {
  const { world } = await World.serving();
  world.systemd.asked.length = 0;
  const { run, loaded } = await world.load();
  expect(await startSite(run, loaded)).toBe(true);
  expect(world.systemd.asked).toEqual([]);
});

test('a start with one replica that cannot run serves with the other, and says so', async () => {
  const { world, run } = await World.serving();
  await stopSite(run.ports, 'shop', run.emit);
  world.onStart = slot => (slot === 1 ? 'failed' : undefined);
  const { run: again, loaded } = await world.load();
  expect(await startSite(again, loaded)).toBe(true);
  expect(world.events.at(-1)).toMatchObject({ kind: 'started', serving: 1, replicas: 2 });
});

test('a start without any replica fails', async () => {
  const { world, run } = await World.serving();
  await stopSite(run.ports, 'shop', run.emit);
  world.onStart = () => 'failed';
  const { run: again, loaded } = await world.load();
  expect(await startSite(again, loaded)).toBe(false);
  expect(world.events.at(-1)?.kind).toBe('start-failed');
});

test('a broken site file does not keep a site from what was rendered last', async () => {
  const { world, run } = await World.serving();
  await world.write('/etc/php-zd/sites/shop.ini', '[site\nreplicas = many\n');
  const loaded = await loadSiteOrApplied(run.ports, 'shop', run.emit);
  expect(loaded.site).toEqual(run.site);
  expect(world.events.at(-1)?.kind).toBe('using-applied');
});

test('a broken site file of a site that never ran is an error with every problem', async () => {
  const world = new World();
  await world.write('/etc/php-zd/sites/shop.ini', '[site]\nreplicas = many\n');
  const error = await loadSiteOrApplied(world.ports, 'shop', () => undefined).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(SiteProblems);
  expect((error as SiteProblems).problems.map(({ line }) => line)).toEqual([1, 1, 2]);
});

test('a replica that is stopped by hand is drained first, and puts itself back when it starts', async () => {
  const { world, run } = await World.serving();
  const options = { timeoutMs: 1000, emit: run.emit };
  await drainReplica(run.ports, { site: 'shop', slot: 1 }, options);
  expect((await world.picture())[0]).toBe(`1: ${release('41')} DRAIN`);
  expect(await world.files.readLink(paths.gate(1))).toBeUndefined();
  await admitReplica(run.ports, { site: 'shop', slot: 1 }, run.emit);
  expect((await world.picture())[0]).toBe(`1: ${release('41')} UP`);
  expect(world.kinds()).toEqual(['replica-drained', 'replica-admitted']);
});

test('a replica that does not become idle in time is stopped all the same, and that is said', async () => {
  const { world, run } = await World.serving();
  world.balancer.setLoad('shop', '1', 1);
  await drainReplica(run.ports, { site: 'shop', slot: 1 }, { timeoutMs: 500, emit: run.emit });
  expect(world.events.at(-1)).toMatchObject({ kind: 'replica-not-drained', error: { code: 'drain-timeout' } });
});

test('a replica drains also when HAProxy is away: nobody sends it anything then', async () => {
  const { world, run } = await World.serving();
  world.balancer.unreachable();
  await drainReplica(run.ports, { site: 'shop', slot: 1 }, { timeoutMs: 30_000, emit: run.emit });
  expect(world.kinds()).toEqual(['replica-drained']);
});

test('a site is fully serving only while its replicas see their release', async () => {
  const { world, run } = await World.serving();
  const looking = siteRun(run.site, run.ports, () => undefined);
  expect(isFullyServing(await observeStatus(looking))).toBe(true);
  world.files.bound.delete(2);
  expect(isFullyServing(await observeStatus(looking))).toBe(false);
});
