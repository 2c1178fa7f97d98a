import { describe, expect, test } from 'vitest';
import { Exit } from '../../src/cli/context.ts';
import { release, type SiteText } from '../run/world.ts';
import { butSteps, rolledTold, type Said, Typist } from './typist.ts';

const LINK = '/srv/shop/current';
const NOTHING = 'Nothing was touched.\n';
const releases = (site: string) =>
  `See "php-zd releases ${site}", and go to one of them with "php-zd deploy ${site} DIR".\n`;

/** At a site that was rolled from release 41 to 42. */
const atRolledSite = async (text: SiteText = {}): Promise<Typist> => {
  const typist = await Typist.atStartedSite(text);
  const { exit } = await typist.type(`deploy shop ${release('42')}`);
  expect(exit).toBe(Exit.done);
  typist.world.forget();
  return typist;
};

test('a rollback points the link at the previous release and rolls to it', async () => {
  const typist = await atRolledSite();
  const { exit, out, err } = await typist.type('rollback shop');
  expect({ exit, out, err: butSteps(err) }).toEqual({
    exit: Exit.done,
    out: '',
    err: `${LINK} names ${release('41')} now.\n${rolledTold('42', '41')}`,
  });
  expect(await typist.world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
  expect(await typist.world.files.readLink(LINK)).toBe(release('41'));
});

test('two rollbacks go back two releases, and a third is refused: none goes forward', async () => {
  const typist = await atRolledSite();
  await typist.type(`deploy shop ${release('43')}`);
  for (const back of ['42', '41']) {
    expect(await typist.type('rollback shop')).toMatchObject({ exit: Exit.done });
    expect(await typist.world.files.readLink(LINK)).toBe(release(back));
  }
  expect(await typist.type('rollback shop')).toMatchObject({
    exit: Exit.invalid,
    err: expect.stringContaining('no release was promoted before this one'),
  });
  expect(await typist.world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
});

test('a release that was fled from is not gone back to from the one after it', async () => {
  const typist = await atRolledSite();
  await typist.type('rollback shop');
  await typist.type(`deploy shop ${release('43')}`);
  expect((await typist.type('status shop')).out).toContain(`${release('41')} (php-zd rollback shop)`);
  await typist.type('rollback shop');
  expect(await typist.world.files.readLink(LINK)).toBe(release('41'));
});

test('one whose last roll failed for a fault of its own is passed over, and so is one that was removed', async () => {
  const typist = await atRolledSite();
  await typist.type(`deploy shop ${release('43')}`);
  typist.world.health.set(release('42'), { status: 500 });
  expect(await typist.type(`deploy shop ${release('42')}`)).toMatchObject({ exit: Exit.failed });
  const { exit, err } = await typist.type('rollback shop');
  expect({ exit, err: err.split('\n').slice(0, 2) }).toEqual({
    exit: Exit.done,
    err: [
      `Passing over ${release('42')}, which failed when it was rolled to last.`,
      `${LINK} names ${release('41')} now.`,
    ],
  });
});

test('--to goes to the release of that name, or of that path', async () => {
  const typist = await atRolledSite();
  await typist.type(`deploy shop ${release('43')}`);
  for (const [to, name] of [
    ['41', '41'],
    [release('43'), '43'],
    ['42', '42'],
  ] as const) {
    expect(await typist.type(`rollback shop --to ${to}`)).toMatchObject({ exit: Exit.done });
    expect(await typist.world.files.readLink(LINK)).toBe(release(name));
  }
});

test('--to a release that is not there is refused with status 2, and touches nothing', async () => {
  const typist = await atRolledSite();
  expect(await typist.type('rollback shop --to 77')).toEqual({
    exit: Exit.invalid,
    out: '',
    err:
      `php-zd: the release ${release('77')} is no directory.\n` +
      'Name a directory that is there: "php-zd releases" shows those of each site, and "php-zd deploy SITE DIR" goes to one.\n' +
      NOTHING,
  });
  expect(await typist.world.files.readLink(LINK)).toBe(release('42'));
});

test('while a roll goes on it goes back to what was promoted before that roll, and not one further', async () => {
  const typist = await atRolledSite();
  let rolledBack: Promise<Said> | undefined;
  typist.world.onStart = (_, to) => {
    if (to === release('43')) rolledBack ??= typist.type('rollback shop --no-block');
    return undefined;
  };
  await typist.type(`deploy shop ${release('43')}`);
  expect(await rolledBack).toMatchObject({
    exit: Exit.done,
    err: expect.stringContaining(`names ${release('42')} now`),
  });
});

test('with a standby it begins with a replica that runs already', async () => {
  const typist = await atRolledSite({ site: { standby: 'yes' } });
  const standby = [...typist.world.replicas].find(([, { release: of }]) => of === release('41'));
  const { exit, err } = await typist.type('rollback shop');
  expect(exit).toBe(Exit.done);
  expect(err).toMatch(new RegExp(`^Step \\d+ of \\d+: giving requests to replica ${standby?.[0]}\\.$`, 'm'));
  expect(err).not.toMatch(new RegExp(`^Step \\d+ of \\d+: starting replica ${standby?.[0]}\\.$`, 'm'));
});

test('one that fails leaves the link and the replicas as they were', async () => {
  const typist = await atRolledSite();
  typist.world.health.set(release('41'), { status: 503 });
  const { exit, err } = await typist.type('rollback shop');
  expect(exit).toBe(Exit.failed);
  expect(err.slice(err.indexOf('php-zd: roll'))).toBe(
    `php-zd: roll of 'shop' to ${release('41')} failed: replica 1 answered /health with 503 (wanted 200) for 900ms.\n` +
      `${release('42')} serves on every replica.\n` +
      'See "journalctl -eu php-zd@shop.service", "php-zd status shop" or "php-zd doctor shop".\n' +
      `${LINK} names ${release('42')} again. When ${release('41')} is mended: "php-zd deploy shop ${release('41')}".\n`,
  );
  expect(await typist.world.picture()).toEqual(['3: 42 UP', '4: 42 UP']);
});

test('a site that has no previous release is refused with status 2', async () => {
  const typist = await Typist.atStartedSite();
  expect(await typist.type('rollback shop')).toEqual({
    exit: Exit.invalid,
    out: '',
    err: `php-zd: 'shop' cannot be rolled back: no release was promoted before this one.\n${releases('shop')}${NOTHING}`,
  });
  expect(typist.world.systemd.asked).toEqual([]);
});

test('when every release behind was removed it is refused with status 2', async () => {
  const typist = await atRolledSite();
  await typist.world.removeRelease('41');
  expect(await typist.type('rollback shop')).toEqual({
    exit: Exit.invalid,
    out: '',
    err:
      `php-zd: 'shop' cannot be rolled back: there is nothing behind ${release('41')}, which was removed.\n` +
      `${releases('shop')}${NOTHING}`,
  });
  expect(await typist.world.files.readLink(LINK)).toBe(release('42'));
});

test('a site that is stopped is refused with status 6, and its link is not touched', async () => {
  const typist = await atRolledSite();
  await typist.type('stop shop');
  expect(await typist.type('rollback shop')).toEqual({
    exit: Exit.refused,
    out: '',
    err: `php-zd: 'shop' is not started: start it with "php-zd start shop" first.\n${NOTHING}`,
  });
  expect(await typist.world.files.readLink(LINK)).toBe(release('42'));
});

describe('when the promoted release and what the link names are gone', () => {
  const atLostSite = async (): Promise<Typist> => {
    const typist = await atRolledSite();
    await typist.type('stop shop');
    await typist.world.removeRelease('42');
    return typist;
  };

  test('a start names the ways out, and the list of releases has what they lead to', async () => {
    const typist = await atLostSite();
    const { exit, err } = await typist.type('start shop');
    expect({ exit, err }).toEqual({
      exit: Exit.invalid,
      err:
        `php-zd: the release ${release('42')} is no directory.\n` +
        'Name a directory that is there: "php-zd releases" shows those of each site, and "php-zd deploy SITE DIR" goes to one.\n' +
        NOTHING,
    });
    const { out } = await typist.type('releases shop');
    expect(out).toContain(release('41'));
  });

  test('a rollback starts the site on the release before', async () => {
    const typist = await atLostSite();
    expect(await typist.type('rollback shop')).toMatchObject({ exit: Exit.done });
    expect(await typist.world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
    expect(await typist.world.files.readLink(LINK)).toBe(release('41'));
  });

  test('a deployment starts the site on its release', async () => {
    const typist = await atLostSite();
    expect(await typist.type(`deploy shop ${release('43')}`)).toMatchObject({ exit: Exit.done });
    expect(await typist.world.picture()).toEqual(['1: 43 UP', '2: 43 UP']);
  });

  test('a restart is refused while replicas still run', async () => {
    const typist = await atRolledSite();
    await typist.world.removeRelease('42');
    expect(await typist.type('restart shop')).toMatchObject({ exit: Exit.invalid });
    expect(await typist.world.picture()).toEqual(['3: 42 UP', '4: 42 UP']);
  });
});

test('a site file that is broken is refused with its problems, and is status 2', async () => {
  const typist = await atRolledSite();
  await typist.world.writeSite('[site]\nrelease = /srv/shop/current\nuser = shop\nreplica = 1\n[php]\nversion = 8.2\n');
  expect(await typist.type('rollback shop')).toEqual({
    exit: Exit.invalid,
    out: '',
    err: `/etc/php-zd/sites/shop.ini:4: unknown key 'replica' in [site]; did you mean 'replicas'?\n${NOTHING}`,
  });
});

test('of several sites each is rolled back, and one that there is not is status 4', async () => {
  const typist = await atRolledSite();
  const { exit, err } = await typist.type('rollback nope shop');
  expect(exit).toBe(Exit.noSuchSite);
  expect(butSteps(err)).toBe(
    "php-zd: there is no site 'nope': /etc/php-zd/sites/nope.ini does not exist.\n" +
      `See those that are there with "php-zd list", or write it with "php-zd init nope".\n${NOTHING}` +
      `${LINK} names ${release('41')} now.\n${rolledTold('42', '41')}`,
  );
});

test('after ^C it says how the link is left, and the next site is left out', async () => {
  const typist = await atRolledSite();
  typist.interruptAfter('Rolling');
  const { exit, err } = await typist.type('rollback shop blog');
  expect(exit).toBe(Exit.failed);
  expect(err.slice(err.indexOf('Left it running'))).toBe(
    'Left it running. Follow it again with "php-zd follow shop".\n' +
      `${LINK} names ${release('41')}, and stays so if the roll fails. Look with "php-zd status shop"; ` +
      `then go back with "php-zd deploy shop ${release('42')}".\n` +
      'php-zd: blog was left out: nothing was asked of it.\n',
  );
});

test('with --json the events are on stdout', async () => {
  const { exit, out, err } = await (await atRolledSite()).type('rollback shop --json');
  expect({ exit, err }).toEqual({ exit: Exit.done, err: `${LINK} names ${release('41')} now.\n` });
  expect(JSON.parse(out.split('\n')[0] ?? '')).toMatchObject({
    event: { kind: 'roll-started', from: release('42'), release: release('41') },
  });
});
