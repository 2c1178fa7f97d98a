import { describe, expect, test } from 'vitest';
import { siteUnit } from '../../../src/base/paths.ts';
import { prepareDeployment } from '../../../src/run/releases/deploy.ts';
import { flipTo } from '../../../src/run/releases/flip.ts';
import { namedRun } from '../../../src/run/site/site-run.ts';
import { failure } from '../../fakes/failure.ts';
import { RELEASES, release, World } from '../world.ts';

const LINK = '/srv/shop/current';

const active = async (): Promise<World> => {
  const world = await World.serving();
  world.systemd.set(siteUnit('shop'), { activeState: 'active' });
  return world;
};

const prepare = (world: World, directory: string) =>
  prepareDeployment(namedRun('shop', world.ports, world.emit), directory);

const flip = async (world: World, name: string) => flipTo((await world.load()).run, release(name));

describe('before the link is flipped', () => {
  test('a release of a site that serves is rolled to, and nothing is touched yet', async () => {
    const world = await active();
    expect(await prepare(world, release('42'))).toMatchObject({ release: release('42'), action: 'reload' });
    expect(await world.files.readLink(LINK)).toBe(release('41'));
    expect(world.systemd.asked).toEqual([]);
  });

  test('a link to a release counts as the release', async () => {
    const world = await active();
    await world.files.link('/srv/shop/next', release('42'));
    expect(await prepare(world, '/srv/shop/next')).toMatchObject({ release: release('42') });
  });

  test('the mount point is judged beside the new release, and not beside what the link names', async () => {
    const world = await active();
    const { run } = await prepare(world, release('43'));
    expect(run.site.mount).toBe(`${RELEASES}/.shop.live`);
  });

  test('what is not there is no release', async () => {
    const world = await active();
    expect(await failure(prepare(world, '/srv/shop/releases/77'))).toMatchObject({
      code: 'release-missing',
      facts: { path: '/srv/shop/releases/77' },
    });
  });

  test('a directory without the front controller is refused with the reason', async () => {
    const world = await active();
    await world.files.makeDirectory('/srv/shop/releases/empty');
    expect(await failure(prepare(world, '/srv/shop/releases/empty'))).toMatchObject({
      problems: [
        { message: expect.stringContaining("the release '/srv/shop/releases/empty' has no index.php in public") },
      ],
    });
  });

  test('the mount point, where the replicas see their release, is none', async () => {
    const world = await active();
    await world.files.makeDirectory(`${RELEASES}/.shop.live/old`);
    expect(await failure(prepare(world, `${RELEASES}/.shop.live/old`))).toMatchObject({ code: 'release-unfit' });
  });

  test('a directory whose name has a line break is refused, and the character named', async () => {
    const world = await active();
    const unseenIn = (path: string) => (path === release('4\n2') ? 'U+000A, a line break' : undefined);
    const host = { ...world.ports.host, unseenIn };
    const named = namedRun('shop', { ...world.ports, host }, world.emit);
    expect(await failure(prepareDeployment(named, release('4\n2')))).toMatchObject({
      code: 'release-unfit',
      facts: { reason: { kind: 'unseen', character: 'U+000A, a line break' } },
    });
  });

  test("what the site's user cannot read is refused", async () => {
    const world = await active();
    world.commands.programs.set('systemd-run', () => ({ status: '3', output: '' }));
    expect(await failure(prepare(world, release('42')))).toMatchObject({ code: 'release-unfit' });
    expect(world.commands.runs.at(-1)?.args).toEqual([
      ...['--pipe', '--quiet', '--wait', '--collect', '--description=Look at a release of site shop'],
      ...['--service-type=oneshot', '--property=TimeoutStartSec=23000ms', '--property=TimeoutStopSec=1000ms'],
      ...['--property=User=shop', '--property=Group=shop', '--property=UMask=0022'],
      ...['--property=Slice=php-zd-shop.slice', '--property=PrivateUsers=yes', '--', '/usr/bin/env', '--'],
      ...['/bin/sh', '/bin/look-at-release.sh', release('42'), 'public/index.php', 'php-ini'],
    ]);
  });

  test('a look that comes to no end is told as that, and not as a release that cannot be read', async () => {
    const world = await active();
    world.commands.programs.set('systemd-run', () => {
      world.clock.advance(23_000);
      return { status: '1', output: '' };
    });
    expect(await failure(prepare(world, release('42')))).toMatchObject({
      code: 'command-failed',
      facts: {
        command: `/bin/sh /bin/look-at-release.sh ${release('42')} public/index.php php-ini`,
        status: 'no end after 23000 ms',
      },
    });
  });

  test('who may not become that user leaves the question open, and root does not', async () => {
    const world = await active();
    world.commands.programs.set('systemd-run', () => ({
      status: '1',
      output: 'Failed to start transient service unit: Access denied',
    }));
    expect(await failure(prepare(world, release('42')))).toMatchObject({ code: 'command-failed' });
    Object.assign(world.ports, { isRoot: false });
    expect(await prepare(world, release('42'))).toMatchObject({ action: 'reload' });
  });

  test('a site that is stopped would come back on what was promoted: it is to be started first', async () => {
    const world = await World.serving();
    expect(await failure(prepare(world, release('42')))).toMatchObject({ code: 'not-started' });
  });

  test('the first release of a site makes the link, and starts the site', async () => {
    const world = new World();
    await world.configure({ site: { release: '/srv/shop/first' } });
    await world.files.makeDirectory(release('42'));
    const { run, action } = await prepare(world, release('42'));
    expect(action).toBe('start');
    const first = await flipTo(run, release('42'));
    expect(await world.files.readLink('/srv/shop/first')).toBe(release('42'));
    expect(await first.undo()).toEqual({ kind: 'back', names: undefined });
    expect(await world.files.readLink('/srv/shop/first')).toBeUndefined();
  });
});

describe('a flip', () => {
  test('is written as the link was, relative or absolute, and so is its way back', async () => {
    const world = await active();
    await world.files.link(LINK, 'releases/41');
    const relative = await flip(world, '42');
    expect(await world.files.readLink(LINK)).toBe('releases/42');
    expect(await relative.undo()).toEqual({ kind: 'back', names: release('41') });
    expect(await world.files.readLink(LINK)).toBe('releases/41');
    await world.linkTo('41');
    const absolute = await flip(world, '42');
    expect(await world.files.readLink(LINK)).toBe(release('42'));
    expect(await absolute.undo()).toEqual({ kind: 'back', names: release('41') });
  });

  test('of somebody else meanwhile is not undone', async () => {
    const world = await active();
    const ours = await flip(world, '42');
    await world.linkTo('43');
    expect(await ours.undo()).toEqual({ kind: 'not-ours' });
    expect(await world.files.readLink(LINK)).toBe(release('43'));
  });

  test('goes back to what is promoted, also when the link named a release that failed meanwhile', async () => {
    const world = await active();
    await flip(world, '42');
    const second = await flip(world, '43');
    expect(await second.undo()).toEqual({ kind: 'back', names: release('41') });
  });

  test('to a release that was promoted after all stays', async () => {
    const world = await active();
    const ours = await flip(world, '42');
    world.clock.moveWallClock(-3_600_000);
    expect(await world.rollTo('42')).toBe('rolled');
    expect(await ours.wasRolledTo()).toBe(true);
    expect(await ours.undo()).toEqual({ kind: 'promoted' });
    expect(await world.files.readLink(LINK)).toBe(release('42'));
  });

  test('does not take a roll of before for its own', async () => {
    const world = await active();
    expect(await world.rollTo('42')).toBe('rolled');
    // NTP puts the clock back.
    world.clock.moveWallClock(-3_600_000);
    const again = await flip(world, '42');
    world.health.set(release('42'), { status: 500 });
    expect(await world.rollTo('42', 'roll-2')).toBe('rolled-back');
    expect(await again.wasRolledTo()).toBe(false);
  });

  test('of a directory is refused', async () => {
    const world = await active();
    const { run } = await world.load();
    await world.files.remove(LINK);
    await world.files.makeDirectory(LINK);
    expect(await failure(flipTo(run, release('42')))).toMatchObject({ code: 'not-a-link', facts: { path: LINK } });
  });
});
