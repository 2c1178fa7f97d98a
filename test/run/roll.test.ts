import { expect, test } from 'vitest';
import { isError } from '../../src/base/errors.ts';
import { sitePaths } from '../../src/base/paths.ts';
import { readLastRoll } from '../../src/run/last-roll.ts';
import { loadSite } from '../../src/run/load-site.ts';
import { rollSite } from '../../src/run/roll.ts';
import { settleSite } from '../../src/run/settle.ts';
import type { SiteRun } from '../../src/run/site-run.ts';
import { release, World } from './world.ts';

const paths = sitePaths('shop');

const roll = (run: SiteRun, id = 'roll-1') =>
  rollSite(run, { id, load: () => loadSite(run.ports, 'shop'), scratch: '/tmp', balancerBase: '/base.cfg' });

test('a roll brings every replica to the release that the link names, and promotes it', async () => {
  const { world, run } = await World.serving();
  await world.linkTo('42');
  expect(await roll(run)).toBe('done');
  expect(await settleSite(run)).toBe('rolled');
  expect(await world.picture()).toEqual([`1: ${release('42')} UP`, `2: ${release('42')} UP`]);
  expect(await world.files.readLink(paths.promoted)).toBe(release('42'));
  expect(await world.files.readLink(paths.previous)).toBe(release('41'));
});

test('a roll never leaves fewer than one replica serving', async () => {
  const { world, run } = await World.serving();
  await world.linkTo('42');
  const serving: number[] = [];
  world.onStart = () => {
    serving.push([1, 2].filter(slot => world.isReachable(slot)).length);
    return undefined;
  };
  await roll(run);
  expect(serving).toEqual([1, 1]);
});

test('a release whose health request fails stops the roll at the first replica, and settle brings the old one back', async () => {
  const { world, run } = await World.serving();
  await world.linkTo('42');
  world.health.set(release('42'), { status: 500, stderr: 'PHP Fatal error:  no database' });
  expect(await roll(run)).toBe('failed');
  expect(world.kinds()).toContain('roll-failed');
  expect(await world.picture()).toEqual([`1: ${release('42')} DRAIN`, `2: ${release('41')} UP`]);
  expect(await settleSite(run)).toBe('rolled-back');
  expect(await world.picture()).toEqual([`1: ${release('41')} UP`, `2: ${release('41')} UP`]);
  expect(await readLastRoll(run)).toMatchObject({
    state: 'failed',
    outcome: 'rolled-back',
    error: {
      code: 'replica-unproven',
      facts: { reason: 'answered /health with 500 (wanted 200)', php: 'PHP Fatal error:  no database' },
    },
  });
});

test('a replica that systemd cannot start stops the roll, and settle brings the old release back', async () => {
  const { world, run } = await World.serving();
  await world.linkTo('42');
  world.onStart = (slot, bound) => (slot === 2 && bound === release('42') ? 'failed' : undefined);
  expect(await roll(run)).toBe('failed');
  expect(await settleSite(run)).toBe('rolled-back');
  expect(await world.picture()).toEqual([`1: ${release('41')} UP`, `2: ${release('41')} UP`]);
});

test('when neither release can be had on a replica, settle says so and leaves the others serving', async () => {
  const { world, run } = await World.serving();
  await world.linkTo('42');
  world.onStart = slot => (slot === 1 ? 'failed' : undefined);
  expect(await roll(run)).toBe('failed');
  expect(await settleSite(run)).toBe('unsettled');
  expect(world.events.at(-1)).toMatchObject({ kind: 'unsettled', serving: [2] });
});

test.each(['hold', 'drain', 'await-idle', 'pin', 'restart', 'prove', 'serve', 'promote'] as const)(
  'a roll killed in the second replica at %s is put right by settle',
  async killedAt => {
    const { world, run } = await World.serving();
    await world.linkTo('42');
    const killed: SiteRun = {
      ...run,
      emit: event => {
        if (event.kind !== 'step-started' || event.step.kind !== killedAt) return;
        if ('slot' in event.step && event.step.slot === 1) return;
        throw new Error('killed');
      },
    };
    await expect(roll(killed)).rejects.toThrow('killed');
    expect(await settleSite(run)).toBe('rolled-back');
    expect(await world.picture()).toEqual([`1: ${release('41')} UP`, `2: ${release('41')} UP`]);
    expect(world.kinds()).toContain('roll-killed');
    expect(await roll(run, 'roll-2')).toBe('done');
    expect(await settleSite(run)).toBe('rolled');
  },
);

test('a roll that was killed after it promoted its release is through', async () => {
  const { world, run } = await World.serving();
  await world.linkTo('42');
  const killed: SiteRun = {
    ...run,
    emit: event => {
      if (event.kind === 'step-done' && event.step.kind === 'promote') throw new Error('killed');
    },
  };
  await expect(roll(killed)).rejects.toThrow('killed');
  expect(await settleSite(run)).toBe('rolled');
  expect(await world.picture()).toEqual([`1: ${release('42')} UP`, `2: ${release('42')} UP`]);
});

test('a link that names no directory is refused before anything is touched', async () => {
  const { world, run } = await World.serving();
  await world.files.remove('/srv/shop/current');
  world.systemd.asked.length = 0;
  expect(await roll(run)).toBe('refused');
  expect(world.systemd.asked).toEqual([]);
  expect(await settleSite(run)).toBe('refused');
});

test('a configuration that php-fpm itself refuses is refused before anything is touched', async () => {
  const { world, run } = await World.serving();
  world.commands.programs.set('/usr/sbin/php-fpm8.2', () => ({ status: 78, output: 'ALERT: no' }));
  expect(await roll(run)).toBe('refused');
  expect(await world.picture()).toEqual([`1: ${release('41')} UP`, `2: ${release('41')} UP`]);
});

test('a replica that does not become idle goes back to work with its old release', async () => {
  const { world, run } = await World.serving('[drain]\ntimeout = 2s\n');
  await world.linkTo('42');
  world.balancer.setLoad('shop', '1', 1);
  expect(await roll(run)).toBe('failed');
  const last = await readLastRoll(run);
  expect(last?.error?.code).toBe('drain-timeout');
  world.balancer.setLoad('shop', '1', 0);
  expect(await settleSite(run)).toBe('rolled-back');
  expect(await world.picture()).toEqual([`1: ${release('41')} UP`, `2: ${release('41')} UP`]);
});

test('a drain begins anew when HAProxy changes its process', async () => {
  const { world, run } = await World.serving();
  await world.linkTo('42');
  world.balancer.setLoad('shop', '1', 1);
  let sleeps = 0;
  world.clock.onSleep = () => {
    sleeps += 1;
    if (sleeps === 5) world.balancer.reload();
    if (sleeps === 20) world.balancer.endFormerSessions('shop', '1');
  };
  expect(await roll(run)).toBe('done');
  expect(sleeps).toBeGreaterThanOrEqual(20);
});

test('a replica is not drained while no other serves', async () => {
  const { world, run } = await World.serving();
  await world.linkTo('42');
  await world.files.remove(paths.gate(2));
  world.systemd.set('php-zd-fpm-shop@2.service', { activeState: 'failed', mainPid: 0 });
  world.onStart = slot => (slot === 2 ? 'failed' : undefined);
  expect(await roll(run)).toBe('failed');
  expect((await world.picture())[0]).toBe(`1: ${release('41')} UP`);
});

test('an error that is not of the world goes on as the bug that it is', async () => {
  const { run } = await World.serving();
  const broken: SiteRun = {
    ...run,
    ports: {
      ...run.ports,
      clock: {
        now: () => {
          throw new TypeError('a bug');
        },
        sleep: run.ports.clock.sleep,
      },
    },
  };
  const error = await roll(broken).catch((caught: unknown) => caught);
  expect(isError(error)).toBe(false);
});
