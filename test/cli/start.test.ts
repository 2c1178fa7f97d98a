import { describe, expect, test } from 'vitest';
import { Exit } from '../../src/cli/context.ts';
import { paths, release } from '../run/world.ts';
import { butSteps, Typist } from './typist.ts';

/** What a good start prints, without its steps. */
const startedTold = (name: string): string => `Putting right what is not right.
Every replica of shop serves ${release(name)} (after 0.20 s).
Started shop on ${release(name)}: 2 replicas serve.
`;

const atStoppedSite = async (): Promise<Typist> => {
  const typist = await Typist.atStartedSite();
  await typist.type('stop shop');
  typist.world.forget();
  return typist;
};

test('a start brings a new site up on what its link names', async () => {
  const typist = await Typist.atNewSite();
  const { exit, out, err } = await typist.type('start shop');
  expect({ exit, out, err: butSteps(err) }).toEqual({ exit: Exit.done, out: '', err: startedTold('41') });
  expect(await typist.world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
  expect(typist.journal.entries[0]?.['MESSAGE']).toBe('Asking systemd to start php-zd@shop.');
});

test('a stopped site comes back on its promoted release, wherever its link leads', async () => {
  const typist = await atStoppedSite();
  await typist.world.linkTo('42');
  expect(butSteps((await typist.type('start shop')).err)).toBe(startedTold('41'));
  expect(await typist.world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
});

test('of a broken site file every problem is said, and the site starts as it was promoted', async () => {
  const typist = await atStoppedSite();
  await typist.world.writeSite('[site]\nrelease = /srv/shop/current\nuser = shop\nreplica = 1\n[php]\nversion = 8.2\n');
  const { exit, err } = await typist.type('start shop');
  expect(exit).toBe(Exit.done);
  expect(butSteps(err)).toBe(
    "/etc/php-zd/sites/shop.ini:4: unknown key 'replica' in [site]; did you mean 'replicas'?\n" +
      'The site file of shop has problems; going on with what was promoted last.\n' +
      startedTold('41'),
  );
});

const OWN_PROBLEMS = 'The site file of shop has problems; going on with what was promoted last.\n';

test.each([
  ['/etc/php-zd/sites/blog.ini', ''],
  ['/etc/php-zd/sites/shop.ini', `/etc/php-zd/sites/shop.ini:1: it is a directory\n${OWN_PROBLEMS}`],
  ['/etc/php-zd/defaults.ini', `/etc/php-zd/defaults.ini:1: it is a directory\n${OWN_PROBLEMS}`],
])('a site starts where %s is a directory', async (path, told) => {
  const typist = await atStoppedSite();
  await typist.world.files.removeTree(path);
  await typist.world.files.makeDirectory(path);
  const { exit, err } = await typist.type('start shop');
  expect({ exit, told: butSteps(err) }).toEqual({ exit: Exit.done, told: told + startedTold('41') });
  expect((await typist.type('status')).out).toContain('shop  active  2/2');
});

test.each(['start', 'restart'])(
  'of a new site with a broken file every problem is said at a %s, and systemd is not asked',
  async verb => {
    const typist = await Typist.atNewSite();
    await typist.world.writeSite(
      '[site]\nrelease = /srv/shop/current\nuser = shop\nreplica = 1\n[php]\nversion = 8.2\n',
    );
    const { exit, err } = await typist.type(`${verb} shop`);
    expect(exit).toBe(Exit.invalid);
    expect(err).toContain("/etc/php-zd/sites/shop.ini:4: unknown key 'replica' in [site]; did you mean 'replicas'?\n");
    expect(typist.world.systemd.asked).toEqual([]);
  },
);

test('a new site whose link leads nowhere is refused before systemd is asked', async () => {
  const typist = await Typist.atNewSite();
  await typist.world.files.remove('/srv/shop/current');
  const { exit, err } = await typist.type('start shop');
  expect(exit).toBe(Exit.invalid);
  expect(err).toContain('/srv/shop/current');
  expect(typist.world.systemd.asked).toEqual([]);
});

test('a site that is started already is left alone', async () => {
  const typist = await Typist.atStartedSite();
  expect(await typist.type('start shop')).toEqual({
    exit: Exit.done,
    out: '',
    err: 'shop is started already. Put right what is not with "php-zd reload shop".\n',
  });
  expect(typist.world.systemd.asked).toEqual([]);
});

test('a site that is started, and whose replicas somebody has stopped, is brought back on what was promoted', async () => {
  const typist = await Typist.atStartedSite();
  await typist.world.linkTo('42');
  for (const slot of [1, 2]) await typist.world.systemd.stop(`php-zd-fpm-shop@${slot}.service`);
  const { exit, err } = await typist.type('start shop');
  expect(exit).toBe(Exit.done);
  expect(err).toContain('shop is started, and no replica runs: a roll to the promoted release brings them back.\n');
  expect((await typist.world.picture()).join()).toMatch(/41 UP.*41 UP/);
});

test('a start after which nobody serves is status 1, with its reason', async () => {
  const typist = await Typist.atNewSite();
  typist.world.onStart = () => 'failed';
  const { exit, err } = await typist.type('start shop');
  expect(exit).toBe(Exit.failed);
  expect(err.slice(err.indexOf('No replica of shop'))).toBe(
    'No replica of shop serves: systemd could not start php-zd-fpm-shop@1.service (failed); ' +
      'systemd could not start php-zd-fpm-shop@2.service (failed).\n' +
      'See "journalctl -eu php-zd-fpm-shop@1". It is tried again until "php-zd stop shop".\n' +
      'php-zd: systemd could not start php-zd@shop.service (failed).\n' +
      'See "journalctl -eu php-zd@shop.service", "php-zd status shop" or "php-zd doctor shop".\n',
  );
});

test('a replica that did not pass its proof does not pass it by being started twice', async () => {
  const typist = await Typist.atNewSite();
  typist.world.health.set(release('41'), { status: 500 });
  for (const again of ['start', 'start', 'restart']) {
    const { exit, err } = await typist.type(`${again} shop`);
    expect(exit).toBe(Exit.failed);
    expect(err).toContain('No replica of shop serves: replica 1 answered /health with 500 (wanted 200) for 900ms; ');
    expect(await typist.world.picture()).toEqual(['1: 41 DOWN', '2: 41 DOWN']);
  }
  typist.world.health.delete(release('41'));
  expect((await typist.type('start shop')).exit).toBe(Exit.done);
  expect(await typist.world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
});

test('a start after which some serve is better than none', async () => {
  const typist = await Typist.atNewSite();
  typist.world.onStart = slot => (slot === 2 ? 'failed' : undefined);
  const { exit, err } = await typist.type('start shop');
  expect(exit).toBe(Exit.done);
  expect(err).toMatch(
    /\nStarted shop on \/srv\/shop\/releases\/41, but only 1 of 2 replicas serve\. See "php-zd status shop"\.\n$/,
  );
});

test('a masked unit is status 1, with what unmasks it', async () => {
  const typist = await Typist.atNewSite();
  typist.world.systemd.add('php-zd@.service', { isMasked: true });
  expect(await typist.type('start shop')).toEqual({
    exit: Exit.failed,
    out: '',
    err: 'php-zd: php-zd@shop.service is masked: unmask it with "systemctl unmask php-zd@shop.service".\n',
  });
});

test('a start of one replica starts its unit alone', async () => {
  const typist = await Typist.atStartedSite();
  await typist.type('stop shop --replica 2');
  expect(await typist.world.picture()).toEqual(['1: 41 UP']);
  const said = { exit: Exit.done, out: '', err: 'Started replica 2 of shop.\n' };
  expect(await typist.type('start shop --replica 2')).toEqual(said);
  expect(await typist.world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
});

test('a start of a replica of a new site is refused with status 6', async () => {
  expect(await (await Typist.atNewSite()).type('start shop --replica 1')).toEqual({
    exit: Exit.refused,
    out: '',
    err: 'php-zd: replica 1 of shop is not there; none is.\nSee "php-zd status shop".\n',
  });
});

test('a start with --no-block asks and comes back', async () => {
  expect(await (await Typist.atNewSite()).type('start shop --no-block')).toEqual({
    exit: Exit.done,
    out: '',
    err: 'Asked systemd to start shop. Follow it with "php-zd follow shop".\n',
  });
});

test('a start with --json prints its events on stdout', async () => {
  const { exit, out, err } = await (await atStoppedSite()).type('start shop --json');
  expect({ exit, err }).toEqual({ exit: Exit.done, err: '' });
  const kinds = out
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line).event.kind);
  expect(kinds.at(-1)).toBe('started');
  expect(kinds).not.toContain('stopped');
});

test('a start that is left by ^C goes on', async () => {
  const typist = await Typist.atNewSite();
  typist.interruptAfter('Putting right');
  const { exit, err } = await typist.type('start shop');
  expect(exit).toBe(Exit.failed);
  expect(err.endsWith('Left it running. Follow it again with "php-zd follow shop".\n')).toBe(true);
  expect((await typist.type('follow shop')).exit).toBe(Exit.done);
  expect(await typist.world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
});

test('of several sites each is started, and one that there is not is status 4', async () => {
  const typist = await Typist.atNewSite();
  const { exit, err } = await typist.type('start nope shop');
  expect(exit).toBe(Exit.noSuchSite);
  expect(err).toContain("php-zd: there is no site 'nope': /etc/php-zd/sites/nope.ini does not exist.\n");
  expect(butSteps(err).endsWith(startedTold('41'))).toBe(true);
});

test('a start of no site is bad usage', async () => {
  const err = 'php-zd: which site? Name one or more, or write "php-zd start --all".\n';
  expect(await (await Typist.atNewSite()).type('start')).toEqual({ exit: Exit.invalid, out: '', err });
});

test('a restart stops and starts, on the promoted release', async () => {
  const typist = await Typist.atStartedSite();
  await typist.world.linkTo('42');
  const { exit, err } = await typist.type('restart shop');
  expect(exit).toBe(Exit.done);
  expect(butSteps(err)).toBe(`Stopped shop: 2 replicas.\n${startedTold('41')}`);
  expect(await typist.world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
});

test('a restart that could not stop its replicas is status 1, though systemd starts the site after it', async () => {
  const typist = await Typist.atStartedSite();
  typist.world.systemd.add('php-zd@.service', {});
  expect(await typist.type('restart shop')).toMatchObject({
    exit: Exit.failed,
    err: expect.stringContaining('php-zd: systemd could not restart php-zd-fpm-shop@1.service (failed).\n'),
  });
});

test('a restart of one replica is that of its unit, and ends when its gate is open', async () => {
  const typist = await Typist.atStartedSite();
  const said = { exit: Exit.done, out: '', err: 'Restarted replica 1 of shop.\n' };
  expect(await typist.type('restart shop --replica 1')).toEqual(said);
  expect(typist.world.systemd.asked).toEqual([
    'restart php-zd-fpm-shop@1.service',
    'start php-zd-admit-shop@1.service',
  ]);
});

describe('a start that failed, and that systemd tries again', () => {
  const atFailedStart = async (): Promise<Typist> => {
    const typist = await Typist.atNewSite();
    typist.world.health.set(release('41'), { status: 500 });
    await typist.type('start shop');
    typist.world.systemd.set('php-zd@shop.service', { activeState: 'activating', subState: 'auto-restart' });
    return typist;
  };

  test('is said by status, with no advice that systemd would refuse', async () => {
    const { out } = await (await atFailedStart()).type('status shop');
    expect(out.split('\n').filter(line => line.startsWith('!'))).toEqual([
      '! php-zd@shop is starting; where that fails it is tried again: php-zd follow shop, journalctl -eu php-zd@shop',
    ]);
  });

  test('is no site that could be rolled', async () => {
    expect(await (await atFailedStart()).type('reload shop')).toEqual({
      exit: Exit.refused,
      out: '',
      err: 'php-zd: \'shop\' is not started: start it with "php-zd start shop" first.\n',
    });
  });

  test('is ended by a stop, with all that it left', async () => {
    const typist = await atFailedStart();
    expect(await typist.world.picture()).toEqual(['1: 41 DOWN', '2: 41 DOWN']);
    expect((await typist.type('stop shop')).exit).toBe(Exit.done);
    expect(await typist.world.picture()).toEqual([]);
  });
});

test('what was promoted comes back although it is not well yet, and its web server waits ten seconds for that, not more', async () => {
  const typist = await Typist.atNewSite();
  const patient = 'replicas = 3\n[php]\nversion = 8.2\n[health]\npath = /health\ninterval = 100ms\ndeadline = 2min\n';
  await typist.world.writeSite(`[site]\nrelease = /srv/shop/current\nuser = shop\n${patient}`);
  await typist.type('start shop');
  await typist.type('stop shop');
  typist.world.health.set(release('41'), { status: 500 });
  const before = typist.world.clock.monotonicMs();
  const { exit, err } = await typist.type('start shop');
  expect(exit).toBe(Exit.done);
  expect(err).toContain(
    'Started shop on /srv/shop/releases/41: 3 replicas serve as they were promoted, and are not well yet: ' +
      'replica 1 answered /health with 500 (wanted 200) for 9s 900ms.\nSee "php-zd doctor shop".\n',
  );
  expect(typist.world.clock.monotonicMs() - before).toBeLessThan(13_000);
  expect(await typist.world.picture()).toEqual(['1: 41 UP', '2: 41 UP', '3: 41 UP']);
});

test('what was never promoted does not come back without its proof, however often it is started: what was promoted does', async () => {
  const typist = await Typist.atStartedSite();
  const promoted = await typist.world.files.readLink(paths.promoted);
  await typist.type('stop shop');
  await typist.world.configure({ more: '[pool]\npm.max_children = 3\n' });
  typist.world.health.set(release('41'), { status: 500 });
  for (const again of ['start', 'start']) {
    expect((await typist.type(`${again} shop`)).exit).toBe(Exit.done);
    expect(await typist.world.picture()).toEqual(expect.arrayContaining(['3: 41 UP', '4: 41 UP']));
    for (const slot of [3, 4]) expect(await typist.world.files.readLink(paths.pin(slot))).toBe(`../${promoted}`);
    expect(await typist.world.files.readLink(paths.promoted)).toBe(promoted);
  }
});
