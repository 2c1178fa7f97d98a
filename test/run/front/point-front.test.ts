import { describe, expect, test } from 'vitest';
import { PhpZdError } from '../../../src/base/errors.ts';
import { replicaUnit, SIDES } from '../../../src/base/paths.ts';
import { enterMaintenance, holdByHand, leaveMaintenance, releaseByHand } from '../../../src/run/front/by-hand.ts';
import { endHold } from '../../../src/run/front/end-hold.ts';
import { pointFront } from '../../../src/run/front/point-front.ts';
import { beginRequestHold } from '../../../src/run/front/request-hold.ts';
import { namedRun } from '../../../src/run/site/site-run.ts';
import { failure } from '../../fakes/failure.ts';
import { paths, World } from '../world.ts';

const SOCKET = '/run/php-zd/shop/fastcgi.sock';
const HOLD = { forMs: 30_000, awaitsIdle: false };

const started = async () => {
  const world = await World.serving();
  await world.systemd.start('php-zd@shop.service');
  const front = () => world.files.readLink(paths.front);
  return { world, front, run: namedRun('shop', world.ports, world.emit) };
};

test('requests of a site that is neither held nor in maintenance are looked at by nobody', async () => {
  const { world, front } = await started();
  expect(await world.files.readLink(SOCKET)).toBe(paths.front);
  expect(await front()).toBe(paths.openFront);
});

test('the front is closed by a hold and by a maintenance, and opened by the end of the last of them', async () => {
  const { front, run } = await started();
  await holdByHand(run, HOLD);
  expect(await front()).toBe(paths.closedFront);
  await enterMaintenance(run, undefined);
  await releaseByHand(run);
  expect(await front()).toBe(paths.closedFront);
  await leaveMaintenance(run);
  expect(await front()).toBe(paths.openFront);
});

test('the ways to the sides are closed and opened with the front, also where no visitor stays with a release yet', async () => {
  const { world, run } = await started();
  const ways = () => Promise.all(SIDES.map(side => world.files.readLink(paths.sideFront(side))));
  expect(await ways()).toEqual(SIDES.map(paths.openSide));
  await enterMaintenance(run, undefined);
  expect(await ways()).toEqual(SIDES.map(paths.closedSide));
  await leaveMaintenance(run);
  expect(await ways()).toEqual(SIDES.map(paths.openSide));
});

test('a roll opens the front that a hold has left closed whose time is over, and leaves any other as it is', async () => {
  const { world, front, run } = await started();
  await holdByHand(run, HOLD);
  await world.rollTo('42');
  expect(await front()).toBe(paths.closedFront);
  world.clock.advance(31_000);
  await world.rollTo('43');
  expect(await front()).toBe(paths.openFront);
});

describe('a unit of its own waits for the end of a hold', () => {
  const UNIT = 'php-zd-hold@shop.service';

  test('and is started anew by each hold', async () => {
    const { world, run } = await started();
    await holdByHand(run, HOLD);
    await holdByHand(run, HOLD);
    expect(world.systemd.asked.filter(asked => asked.endsWith(UNIT))).toEqual([`restart ${UNIT}`, `restart ${UNIT}`]);
  });

  test.each([0, 3_600_000, -3_600_000])('and opens the front then, although the clock is set by %i ms', async ms => {
    const { world, front, run } = await started();
    await holdByHand(run, HOLD);
    world.clock.moveWallClock(ms);
    const begun = world.clock.monotonicMs();
    await endHold(run);
    expect(await front()).toBe(paths.openFront);
    expect(world.clock.monotonicMs() - begun).toBe(30_000);
  });

  test('and follows a hold that gets another end', async () => {
    const { world, run } = await started();
    await holdByHand(run, HOLD);
    const begun = world.clock.monotonicMs();
    let isFirst = true;
    world.clock.onSleep = async () => {
      if (isFirst) await holdByHand(run, { ...HOLD, forMs: 5_000 });
      isFirst = false;
    };
    await endHold(run);
    expect(world.clock.monotonicMs() - begun).toBe(5_500);
  });

  test('and leaves the front of a site closed that is in maintenance by then', async () => {
    const { front, run } = await started();
    await holdByHand(run, HOLD);
    await enterMaintenance(run, undefined);
    await endHold(run);
    expect(await front()).toBe(paths.closedFront);
  });

  test('and makes no front for a site that was removed', async () => {
    const { world, front, run } = await started();
    await holdByHand(run, HOLD);
    await world.files.remove(paths.front);
    await endHold(run);
    expect(await front()).toBeUndefined();
  });
});

test('a front that somebody removed in a maintenance is there again after a roll, and closed', async () => {
  const { world, front, run } = await started();
  await enterMaintenance(run, undefined);
  await world.files.remove(paths.front);
  expect(await world.rollTo('42')).toBe('rolled');
  expect(await front()).toBe(paths.closedFront);
});

describe.each([paths.maintenance, paths.requestHold])('where %s is no file', path => {
  const odd = async () => {
    const { world, run } = await started();
    await world.files.makeDirectory(path);
    return { world, run, front: () => world.files.readLink(paths.front) };
  };

  test('nobody leads a request there, and nothing is written', async () => {
    const { world, run, front } = await odd();
    const works = [holdByHand(run, HOLD), enterMaintenance(run, undefined), leaveMaintenance(run), releaseByHand(run)];
    for (const work of works) expect(await failure(work)).toMatchObject({ facts: { path, errno: 'ENOTREG' } });
    expect(await front()).toBe(paths.openFront);
    const other = path === paths.maintenance ? paths.requestHold : paths.maintenance;
    expect(await world.files.exists(other)).toBe(false);
  });

  test('a roll is refused, and goes when it was taken away', async () => {
    const { world, front } = await odd();
    expect(await world.rollTo('42')).toBe('refused');
    await world.files.removeTree(path);
    expect(await world.rollTo('42')).toBe('rolled');
    expect(await front()).toBe(paths.openFront);
  });
});

describe('of two who set the front at once the later one leaves it right', () => {
  test('a hold begins while the end of a maintenance has looked and not yet written', async () => {
    const { world, front, run } = await started();
    await enterMaintenance(run, undefined);
    const { link } = world.files;
    let isFirst = true;
    world.files.link = async (path, target) => {
      if (isFirst && path === paths.front) {
        isFirst = false;
        await holdByHand(run, HOLD);
      }
      await link.call(world.files, path, target);
    };
    await leaveMaintenance(run);
    expect(isFirst).toBe(false);
    expect(await front()).toBe(paths.closedFront);
  });

  test.each(['hold', 'maintenance'] as const)(
    'a %s that fails leaves nothing by which a roll would hold visitors',
    async what => {
      const { world, front, run } = await started();
      const { link } = world.files;
      world.files.link = (path, target) =>
        path === paths.front
          ? Promise.reject(new PhpZdError('file-system', { path, errno: 'EROFS' }))
          : link.call(world.files, path, target);
      const failed = what === 'hold' ? holdByHand(run, HOLD) : enterMaintenance(run, undefined);
      await expect(failed).rejects.toMatchObject({ code: 'file-system', facts: { errno: 'EROFS' } });
      world.files.link = link;
      expect(await world.files.exists(what === 'hold' ? paths.requestHold : paths.maintenance)).toBe(false);
      expect(await world.rollTo('42')).toBe('rolled');
      expect(await front()).toBe(paths.openFront);
    },
  );

  test('a hold whose end nobody can wait for is none', async () => {
    const { world, front, run } = await started();
    const { restart } = world.systemd;
    const broken = new PhpZdError('bus-broken', { who: 'systemd', reason: 'closed' });
    Object.assign(world.systemd, { restart: () => Promise.reject(broken) });
    await expect(holdByHand(run, HOLD)).rejects.toMatchObject({ code: 'bus-broken' });
    Object.assign(world.systemd, { restart });
    expect(await world.files.exists(paths.requestHold)).toBe(false);
    expect(await front()).toBe(paths.openFront);
  });

  test('a roll has somebody wait for the end of a hold that was killed before it had', async () => {
    const { world, front, run } = await started();
    await beginRequestHold(run, 600_000);
    await world.rollTo('42');
    expect(await front()).toBe(paths.closedFront);
    expect(world.systemd.asked).toContain('restart php-zd-hold@shop.service');
  });

  test('a start of a site in maintenance leads there before anybody serves, whatever the link was', async () => {
    const { world, front, run } = await started();
    await enterMaintenance(run, undefined);
    await world.files.link(paths.front, paths.openFront);
    let led: Promise<string | undefined> | undefined;
    world.onStart = () => {
      led ??= front();
      return undefined;
    };
    for (const slot of [1, 2]) {
      world.kill(slot);
      world.systemd.set(replicaUnit('shop', slot), { activeState: 'inactive', mainPid: 0 });
    }
    await world.start();
    expect(await led).toBe(paths.closedFront);
    expect(await front()).toBe(paths.closedFront);
  });

  test('once more changes nothing', async () => {
    const { world, front, run } = await started();
    world.files.link = () => Promise.reject(new Error('written'));
    await pointFront(run);
    expect(await front()).toBe(paths.openFront);
  });
});
