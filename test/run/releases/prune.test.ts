import { expect, test } from 'vitest';
import { PhpZdError } from '../../../src/base/errors.ts';
import { execUnit, replicaUnit, siteUnit } from '../../../src/base/paths.ts';
import { pruneReleases, releasesToPrune } from '../../../src/run/releases/prune.ts';
import { hostedToList, observeReleases, type Release } from '../../../src/run/releases/releases.ts';
import { hasMount } from '../../../src/run/site/mount-points.ts';
import { holdSlot } from '../../../src/run/slots/hold.ts';
import { failure } from '../../fakes/failure.ts';
import { paths, RELEASES, release, World } from '../world.ts';

const observe = async (world: World) => await observeReleases(await hostedToList(world.ports, 'shop'));

const nothing = () => undefined;

const prune = async (
  world: World,
  keep: number,
  { isDry = false, signal = new AbortController().signal, kept = nothing as (release: string) => void } = {},
) => await pruneReleases(await hostedToList(world.ports, 'shop'), { keep, isDry, signal, removing: nothing, kept });

/** Releases 41 to 43, of which 43 is promoted and 42 the one before. */
const rolledTwice = async (): Promise<World> => {
  const world = await World.serving();
  await world.rollTo('42');
  world.clock.advance(1_000);
  await world.rollTo('43');
  world.systemd.set(siteUnit('shop'), { activeState: 'active' });
  return world;
};

const names = (releases: readonly Release[]) => releases.map(each => each.release.slice(RELEASES.length + 1));

test('releases are those beside the promoted one, without the mount point and what is hidden', async () => {
  const world = await rolledTwice();
  world.addDirectory(`${RELEASES}/.shop.live`);
  world.addDirectory(`${RELEASES}/.pruned-12`);
  world.addDirectory(`${RELEASES}/50`);
  const found = await observe(world);
  expect(names(found)).toEqual(['41', '42', '43', '50']);
  expect(found.map(({ isWhole }) => isWhole)).toEqual([true, true, true, false]);
  expect(found.map(({ isPromoted, isPrevious, isLinked }) => [isPromoted, isPrevious, isLinked])).toEqual([
    [false, false, false],
    [false, true, false],
    [true, false, true],
    [false, false, false],
  ]);
  expect(found[2]?.usedBy).toMatchObject([{ slot: 1 }, { slot: 2 }]);
  expect(found[2]?.lastRolledAt).toBeGreaterThan(Number(found[1]?.lastRolledAt));
});

test('a release that failed by its own fault says so', async () => {
  const world = await World.serving();
  world.health.set(release('42'), { status: 500 });
  expect(await world.rollTo('42')).toBe('rolled-back');
  await world.linkTo('41');
  expect((await observe(world))[1]).toMatchObject({ failure: { error: { code: 'replica-unproven' } } });
});

test('a standby and a parked replica are users too', async () => {
  const world = await rolledTwice();
  const { run } = await world.load();
  await holdSlot(run, 2, 'parked');
  expect((await observe(world))[2]?.usedBy).toMatchObject([{ slot: 1 }, { slot: 2, hold: 'parked' }]);
});

test('a replica that no pin names any more still has the release that it sees', async () => {
  const world = await World.serving();
  await world.files.remove(paths.pin(1));
  expect((await observe(world))[0]?.usedBy).toMatchObject([{ slot: 2 }, { slot: 1 }]);
});

test('what is promoted, previous or linked stays, whatever is to be kept', async () => {
  const world = await rolledTwice();
  expect(await prune(world, 0)).toEqual([release('41')]);
  expect(names(await observe(world))).toEqual(['42', '43']);
  expect(await prune(world, 0)).toEqual([]);
});

test('the newest stay, by the time of their last change', async () => {
  const world = await rolledTwice();
  world.made.set(release('41'), 99);
  expect(await prune(world, 1)).toEqual([]);
  world.made.set(release('41'), 1);
  expect(await prune(world, 3)).toEqual([]);
  expect(await prune(world, 2)).toEqual([release('41')]);
});

test('a dry run removes nothing', async () => {
  const world = await rolledTwice();
  expect(await prune(world, 0, { isDry: true })).toEqual([release('41')]);
  expect(names(await observe(world))).toEqual(['41', '42', '43']);
});

test('what a process of whatever site sees stays', async () => {
  const world = await rolledTwice();
  const unit = replicaUnit('shop', 9);
  world.files.startProcess(777, { [`${RELEASES}/.shop.live`]: release('41') });
  world.systemd.set(unit, { activeState: 'active', mainPid: 777 });
  world.files.startProcess(777, { [`${RELEASES}/.shop.live`]: release('41') });
  expect(await prune(world, 0)).toEqual([]);
});

test('what was half removed is removed to its end', async () => {
  const world = await rolledTwice();
  world.addDirectory(`${RELEASES}/.pruned-12`);
  expect(await prune(world, 9)).toEqual([]);
  expect(world.commands.runs.filter(({ program }) => program === 'sh').map(({ args }) => args.slice(3))).toEqual([
    [RELEASES, '.pruned-12'],
  ]);
});

/** What happens just before the prune hides the release, after it has looked. */
const beforeTheHide = (world: World, happens: () => Promise<unknown>): void => {
  const { run } = world.ports.commands;
  let isFirst = true;
  world.ports.commands.run = async (program, args, ...rest) => {
    if (program === 'sh' && isFirst) {
      isFirst = false;
      await happens();
    }
    return await run(program, args, ...rest);
  };
};

test.each<[string, (world: World) => Promise<unknown>]>([
  ['a roll has promoted it', world => world.rollTo('41')],
  [
    'a roll has promoted it, and another one after it',
    async world => {
      await world.rollTo('41');
      await world.rollTo('43');
    },
  ],
  ['the link was flipped to it', world => world.linkTo('41')],
  [
    'the link was flipped to it by another link',
    async world => {
      await world.files.link('/srv/shop/next', 'releases/41');
      await world.files.link('/srv/shop/current', 'next');
    },
  ],
  ['a roll is under way', async world => world.systemd.set(siteUnit('shop'), { activeState: 'reloading' })],
  [
    'a command sees it',
    async world => {
      world.systemd.add(execUnit('shop', '1'));
      world.systemd.set(execUnit('shop', '1'), { activeState: 'active', mainPid: 777 });
      world.files.startProcess(777, { [`${RELEASES}/.shop.live`]: release('41') });
    },
  ],
])('a release that comes into use between the look and the removal stays, and is told: %s', async (_, happens) => {
  const world = await rolledTwice();
  beforeTheHide(world, () => happens(world));
  const kept: string[] = [];
  expect(await prune(world, 0, { kept: each => kept.push(each) })).toEqual([]);
  expect(kept).toEqual([release('41')]);
  expect(names(await observe(world))).toEqual(['41', '42', '43']);
  expect([...(await world.ports.files.directories(RELEASES)).keys()]).not.toContain('.pruning-41');
});

test('a look that fails leaves the release in its place', async () => {
  const world = await rolledTwice();
  const { activeState } = world.systemd;
  beforeTheHide(world, async () => {
    world.systemd.activeState = async () => {
      world.systemd.activeState = activeState;
      throw new PhpZdError('bus-broken', { who: 'systemd', reason: 'closed' });
    };
  });
  expect(await failure(prune(world, 0))).toMatchObject({ code: 'bus-broken' });
  expect(names(await observe(world))).toEqual(['41', '42', '43']);
});

test.each([
  ['41', ['41', '42', '43']],
  ['43', ['42', '43']],
])('what a prune that was killed has hidden is judged anew: the link names %s', async (linked, left) => {
  const world = await rolledTwice();
  await world.linkTo(linked);
  world.commands.programs.get('sh')?.({ program: 'sh', args: ['-c', '', '', RELEASES, '41', '.pruning-41'], env: {} });
  expect(names(await observe(world))).toEqual(['42', '43']);
  expect(await prune(world, 9)).toEqual([]);
  expect(names(await observe(world))).toEqual(left);
});

test('nothing is removed while a roll is under way', async () => {
  const world = await rolledTwice();
  world.systemd.set(siteUnit('shop'), { activeState: 'reloading' });
  expect(await failure(prune(world, 0))).toMatchObject({ code: 'roll-under-way', facts: { site: 'shop' } });
  expect(names(await observe(world))).toEqual(['41', '42', '43']);
});

test('one that is asked to stop removes nothing more', async () => {
  const world = await rolledTwice();
  expect(await failure(prune(world, 0, { signal: AbortSignal.abort() }))).toMatchObject({ code: 'aborted' });
  expect(names(await observe(world))).toEqual(['41', '42', '43']);
});

test('what is no release, or lies elsewhere, is not judged', () => {
  const old: Release = {
    ...{ release: '/r/1', isPromoted: false, isPrevious: false, isLinked: false, isNamed: false, isWhole: true },
    ...{ usedBy: [], failure: undefined, lastRolledAt: undefined, madeAt: 1 },
  };
  expect(releasesToPrune([old], 0)).toEqual(['/r/1']);
  expect(releasesToPrune([{ ...old, isNamed: true }], 0)).toEqual([]);
  expect(releasesToPrune([{ ...old, isWhole: false }], 0)).toEqual([]);
  expect(releasesToPrune([{ ...old, madeAt: undefined }], 0)).toEqual([]);
});

test('where the link lies among its releases, what was never rolled to stays: it may be anything', async () => {
  const world = await World.serving();
  for (const name of ['blue', 'green', 'backup']) world.addDirectory(`/srv/shop/${name}`);
  const { run } = await world.load();
  const site = { ...run.site, link: '/srv/shop/current', releases: '/srv/shop' };
  const removed = await pruneReleases(
    { ...run, site },
    {
      ...{ keep: 0, isDry: true, signal: new AbortController().signal, removing: nothing, kept: nothing },
    },
  );
  expect(removed).toEqual([]);
});

test('what lies beside a release that is no link is none', async () => {
  const world = await rolledTwice();
  const { run } = await world.load();
  const site = { ...run.site, link: release('43'), releases: release('43') };
  expect(names(await observeReleases({ ...run, site }))).toEqual(['43', '42']);
  expect(
    await pruneReleases(
      { ...run, site },
      {
        ...{ keep: 0, isDry: true, signal: new AbortController().signal, removing: nothing, kept: nothing },
      },
    ),
  ).toEqual([]);
});

test.each([
  ['shared', 'backup', '43.bak', 'current.bak', '41-old', 'old 41', '.git', '.41'],
  ['4x', 'x4', '4.1', 'deadbee'],
])('neighbours that are no release, by their names, stay: %s', async (...odd) => {
  const world = await rolledTwice();
  for (const name of odd) world.addWhole(name);
  world.addWhole('40');
  expect([...(await prune(world, 0))].sort()).toEqual([release('40'), release('41')]);
});

test('of releases that are named by hashes, dates or versions one that was never rolled to is known by its like', async () => {
  for (const [rolled, like, other] of [
    ['deadbee', 'c0ffee1', 'coffee1'],
    ['20261126-0750', '20261125-0601', '20261125-0601.tar'],
    ['v1.2.3', 'v1.10.0', 'v1.10.0-rc'],
  ] as const) {
    const world = await rolledTwice();
    for (const name of [rolled, like, other]) world.addWhole(name);
    await world.rollTo(rolled);
    await world.rollTo('43');
    expect(await prune(world, 0, { isDry: true })).toContain(release(like));
    expect(await prune(world, 0, { isDry: true })).not.toContain(release(other));
  }
});

test('a release in which something is mounted stays, and so does one that is half removed', async () => {
  const world = await rolledTwice();
  world.addWhole('40 x');
  world.addDirectory(`${RELEASES}/.pruned-12`);
  const points = [`${RELEASES}/41/public/uploads`, `${RELEASES}/.pruned-12/x`];
  const lines = points.map(point => `36 35 98:0 /srv/uploads ${point} rw,noatime - ext4 /dev/sda rw\n`);
  await world.files.makeDirectory('/proc/self');
  await world.files.write('/proc/self/mountinfo', lines.join(''));
  expect(await prune(world, 0)).toEqual([]);
  expect(world.commands.runs.filter(({ program }) => program === 'sh')).toEqual([]);
});

test('a mount point with a blank in its path is known', () => {
  expect(hasMount(['/r/a b/c'], '/r/a b')).toBe(true);
  expect(hasMount(['/r/a b/c', '/r'], '/r/a')).toBe(false);
});
