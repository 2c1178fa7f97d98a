import { expect, test } from 'vitest';
import { PhpZdError } from '../../../src/base/errors.ts';
import { REPLACED_STATUS } from '../../../src/render/replica-unit.ts';
import { loadPromotedOrSite, loadSiteOrPromoted } from '../../../src/run/generation/site-or-promoted.ts';
import { glanceAtHost } from '../../../src/run/observe/host-glance.ts';
import { isFullyServing, observeStatus } from '../../../src/run/observe/status.ts';
import { admitReplica, drainReplica } from '../../../src/run/replica/own-unit.ts';
import { stopSite } from '../../../src/run/roll/stop.ts';
import { SiteProblems } from '../../../src/run/site/load-site.ts';
import { paths, release, World } from '../world.ts';

/** A site that was stopped, as a shutdown does it, with what it said and asked forgotten. */
const stopped = async (): Promise<World> => {
  const world = await World.serving();
  await stopSite(world.ports, 'shop', world.emit);
  expect(await world.picture()).toEqual([]);
  world.forget();
  return world;
};

test('a site starts on its promoted release, wherever the link points', async () => {
  const world = await stopped();
  await world.linkTo('42');
  expect(await world.start()).toBe(true);
  expect(await world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
});

test('a second start of a site that serves changes nothing', async () => {
  const world = await World.serving();
  expect(await world.start()).toBe(true);
  expect(world.systemd.asked).toEqual([]);
});

test('a start says that nobody comes to its replicas, since HAProxy has lost its socket', async () => {
  const world = await stopped();
  await world.files.remove(paths.openFront);
  expect(await world.start()).toBe(true);
  expect(world.events.at(-1)).toMatchObject({ kind: 'started', serving: 2, frontGone: paths.openFront });
});

test('a boot rewrites no file, and tells neither systemd nor HAProxy to read one', async () => {
  const world = await stopped();
  expect(await world.start()).toBe(true);
  expect(world.kinds()).not.toContain('applied');
  expect(world.systemd.asked.filter(asked => /reload/.test(asked))).toEqual([]);
});

test('a site whose replicas were in its last slots starts in its first, and keeps nothing in the others', async () => {
  const world = await World.serving();
  expect(await world.rollTo('42')).toBe('rolled');
  expect(await world.picture()).toEqual(['3: 42 UP', '4: 42 UP']);
  await stopSite(world.ports, 'shop', world.emit);
  expect(await world.start()).toBe(true);
  expect(await world.picture()).toEqual(['1: 42 UP', '2: 42 UP']);
  expect(await world.files.list(paths.pins)).toEqual(['1', '2']);
});

test('a start with a changed configuration takes it, with the release that was promoted, and rollback is as it was', async () => {
  const world = await World.serving();
  expect(await world.rollTo('42')).toBe('rolled');
  const before = await world.files.readLink(paths.promoted);
  await stopSite(world.ports, 'shop', world.emit);
  await world.configure({ more: '[pool]\npm.max_children = 3\n' });
  await world.linkTo('43');
  expect(await world.start()).toBe(true);
  expect(await world.picture()).toEqual(['1: 42 UP', '2: 42 UP']);
  expect(await world.files.readLink(paths.promoted)).not.toBe(before);
  expect(await world.files.readLink(paths.pin(1))).toBe(`../${await world.files.readLink(paths.promoted)}`);
  expect(await world.releaseAt(paths.promoted)).toBe('42');
  expect(await world.releaseAt(paths.previous)).toBe('41');
  expect(await world.files.read(`${paths.promoted}/php-fpm.conf`)).toContain('pm.max_children = 3');
});

test('a changed configuration that is not proven leaves a start to what was promoted, also where its roll was rolled back', async () => {
  const world = await World.serving();
  const before = await world.files.readLink(paths.promoted);
  await world.configure({ php: '8.4' });
  world.health.set(release('41'), { status: 500 });
  await world.roll();
  expect(await world.settle()).toBe('rolled-back');
  await stopSite(world.ports, 'shop', world.emit);
  world.forget();
  expect(await world.start()).toBe(true);
  expect(await world.picture()).toEqual(['3: 41 UP', '4: 41 UP']);
  expect(await world.files.readLink(paths.promoted)).toBe(before);
  expect(world.events).toContainEqual(
    expect.objectContaining({ kind: 'using-promoted', error: expect.objectContaining({ code: 'replica-unproven' }) }),
  );
});

test('a changed configuration with which no replica starts is not promoted by a start', async () => {
  const world = await stopped();
  const before = await world.files.readLink(paths.promoted);
  await world.configure({ more: '[pool]\npm.max_children = 3\n' });
  world.onStart = () => 'failed';
  expect(await world.start()).toBe(false);
  expect(await world.files.readLink(paths.promoted)).toBe(before);
});

test('a site whose promoted release was removed starts on what its link names, and says so', async () => {
  const world = await stopped();
  await world.linkTo('42');
  await world.removeRelease('41');
  expect(await world.start()).toBe(true);
  expect(await world.picture()).toEqual(['1: 42 UP', '2: 42 UP']);
  expect(world.events).toContainEqual({
    kind: 'promoted-missing',
    release: release('41'),
    instead: release('42'),
  });
});

test('a start with one replica that cannot run serves with the other, and says so', async () => {
  const world = await stopped();
  world.onStart = slot => (slot === 1 ? 'failed' : undefined);
  expect(await world.start()).toBe(true);
  expect(world.events.at(-1)).toMatchObject({ kind: 'started', serving: 1, replicas: 2 });
});

test('a start without any replica fails', async () => {
  const world = await stopped();
  world.onStart = () => 'failed';
  expect(await world.start()).toBe(false);
  expect(world.events.at(-1)?.kind).toBe('start-failed');
});

test('a broken site file does not keep a site from what was promoted last', async () => {
  const world = await stopped();
  const { site } = await loadSiteOrPromoted(world.ports, 'shop', world.emit);
  await world.writeSite('[site\nreplicas = many\n');
  expect((await loadSiteOrPromoted(world.ports, 'shop', world.emit)).site).toEqual(site);
  expect(world.kinds()).toEqual(['using-promoted']);
  expect(await world.start()).toBe(true);
  expect(await world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
});

test('a broken site file of a site that never ran is an error with every problem', async () => {
  const world = new World();
  await world.writeSite('[site]\nreplicas = many\n[php]\nversion = 8.2\n');
  const error = await loadSiteOrPromoted(world.ports, 'shop', () => undefined).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(SiteProblems);
  expect((error as SiteProblems).problems.map(({ line }) => line)).toEqual([1, 1, 2]);
});

test('a replica that is stopped by hand is drained first, and puts itself back when it starts', async () => {
  const world = await World.serving();
  await drainReplica(world.ports, { site: 'shop', slot: 1 }, { timeoutMs: 1000, emit: world.emit });
  expect(await world.picture()).toEqual(['1: 41 DRAIN', '2: 41 UP']);
  expect(await world.files.readLink(paths.gate(1))).toBeUndefined();
  await admitReplica(world.ports, { site: 'shop', slot: 1 }, world.emit);
  expect(await world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
  expect(world.kinds()).toEqual(['replica-drained', 'replica-admitted']);
});

test('a replica that does not become idle in time is stopped all the same, and that is said', async () => {
  const world = await World.serving();
  world.balancer.setSessions('shop', '1', 1);
  await drainReplica(world.ports, { site: 'shop', slot: 1 }, { timeoutMs: 500, emit: world.emit });
  expect(world.events.at(-1)).toMatchObject({ kind: 'replica-not-drained', error: { code: 'drain-timeout' } });
});

test('a replica drains also when HAProxy is away: nobody sends it anything then', async () => {
  const world = await World.serving();
  world.balancer.unreachable();
  await drainReplica(world.ports, { site: 'shop', slot: 1 }, { timeoutMs: 30_000, emit: world.emit });
  expect(world.kinds()).toEqual(['replica-drained']);
});

test('a site is fully serving only while its replicas see their release', async () => {
  const world = await World.serving();
  const { run } = await world.load();
  const isServing = async () =>
    isFullyServing(await observeStatus(run, await glanceAtHost(world.ports, ['shop']), { isDetailed: false }));
  expect(await isServing()).toBe(true);
  await world.removeRelease('41');
  expect(await isServing()).toBe(false);
});

test('a roll keeps which directory its release is', async () => {
  const world = await World.serving();
  expect(await world.rollTo('42')).toBe('rolled');
  expect(await world.files.read(`${paths.promoted}/identity`)).toBe(
    `1700000000 ${world.files.inodeOf(release('42'))}\n`,
  );
});

test('a start looks at the promoted release anew, and does not take a link that was put in its place', async () => {
  const world = await stopped();
  await world.files.removeTree(release('41'));
  await world.files.link(release('41'), release('43'));
  // Whoever deploys may write there.
  world.rights.set('/srv/shop/releases', { mode: 0o755, uid: 1000, gid: 1000 });
  await expect(world.start()).rejects.toMatchObject({
    code: 'release-unfit',
    facts: { reason: { kind: 'replaced' } },
  });
});

test('a replica that finds another directory in the place of its release fails the roll with that word', async () => {
  const world = await World.serving();
  await world.linkTo('42');
  world.onStart = () => `exit ${REPLACED_STATUS}`;
  expect(await world.roll()).toBe('failed');
  const failed = world.events.find(({ kind }) => kind === 'step-failed');
  expect(failed).toMatchObject({ error: { code: 'release-unfit', facts: { reason: { kind: 'replaced' } } } });
});

test('a PHP-FPM that does not take its configuration fails the roll, and no word is said of the release', async () => {
  const world = await World.serving();
  await world.linkTo('42');
  world.onStart = () => 'exit 78';
  expect(await world.roll()).toBe('failed');
  const failed = world.events.find(({ kind }) => kind === 'step-failed');
  expect(failed).toMatchObject({ error: { code: 'job-failed' } });
});

const STORAGE = '/srv/shop/shared/storage';
const SHARED = `[shared]\npublic/index.php = ${STORAGE}\n`;

test('a roll keeps what the paths of [shared] are to the site, and lays them over places that are no links', async () => {
  const world = await World.serving({ more: SHARED });
  expect(await world.files.read(`${paths.promoted}/identity`)).toBe(
    `1700000000 ${world.files.inodeOf(release('41'))}\n1700000000 ${world.files.inodeOf(STORAGE)} public/index.php ${STORAGE}\n`,
  );
  const mount = '/srv/shop/releases/.shop.live';
  expect(await world.files.read(`${paths.promoted}/mounts`)).toBe(
    `ro\t${mount}\t${release('41')}\nrw\t${mount}/public/index.php\t${STORAGE}\n`,
  );
});

test('over a place that is a link in the release nothing is laid, and a restart does as the roll did', async () => {
  const world = await World.serving();
  await world.configure({ more: SHARED });
  await world.files.makeDirectory(STORAGE);
  await world.files.makeDirectory(`${release('42')}/public`);
  await world.files.link(`${release('42')}/public/index.php`, STORAGE);
  expect(await world.rollTo('42')).toBe('rolled');
  const identity = `1700000000 ${world.files.inodeOf(release('42'))}`;
  expect(await world.files.read(`${paths.promoted}/identity`)).toBe(`${identity}\n`);
  const unit = await world.files.read(paths.unit);
  expect(await world.files.read(`${paths.promoted}/mounts`)).toBe(
    `ro\t/srv/shop/releases/.shop.live\t${release('42')}\n`,
  );
  expect(unit).toContain(`ReadWritePaths=-${STORAGE}\n`);
  const { generation } = await loadPromotedOrSite(world.ports, 'shop', world.emit);
  expect(generation.linked).toEqual(['public/index.php']);
  expect(generation.identity).toBe(identity);
});

test("a release is refused whose [shared] the site's user cannot come to, or whose mount point is a link", async () => {
  const world = await World.serving();
  await world.configure({ more: SHARED });
  world.commands.programs.set('/bin/sh', () => '1700000000 42\n\n');
  const refused = async () => {
    expect(await world.roll()).toBe('refused');
    return world.events.findLast(({ kind }) => kind === 'refused');
  };
  const reason = { kind: 'unreachable-shared', user: 'shop', shared: STORAGE };
  expect(await refused()).toMatchObject({ error: { code: 'release-unfit', facts: { reason } } });
  await world.configure({});
  await world.files.link('/srv/shop/releases/.shop.live', '/etc/nologin');
  const place = '/srv/shop/releases/.shop.live';
  expect(await refused()).toMatchObject({ error: { facts: { reason: { kind: 'linked-place', place } } } });
});

test('a full disk keeps no site from starting: what is new in its file waits', async () => {
  const world = await stopped();
  await world.configure({ site: { replicas: 3 } });
  const write = world.files.write.bind(world.files);
  world.files.write = async (path, text, options) => {
    if (path.startsWith('/var/lib/php-zd/')) throw new PhpZdError('file-system', { path, errno: 'ENOSPC' });
    await write(path, text, options);
  };
  expect(await world.start()).toBe(true);
  expect(await world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
  expect(world.events[0]).toMatchObject({ kind: 'using-promoted', error: { facts: { errno: 'ENOSPC' } } });
});

test('lines of php.ini that the replicas would do without keep a site from its first start and from rolls, and not from coming back', async () => {
  const file = '/etc/php/8.2/fpm/conf.d/99-hardening.ini';
  const world = new World();
  const phpIniFiles = () => [{ file, text: 'disable_functions = exec\n' }];
  const stepsTo = () => [{ path: file, mode: 0o640, uid: 0, gid: 0, isDirectory: false }];
  Object.assign(world.ports, { host: { ...world.ports.host, phpIniFiles, stepsTo } });
  const message = `PHP-FPM runs as 'shop', which may not read this, and goes on without: "chgrp shop ${file}"`;
  const problems = [{ file, line: 1, message }];
  await world.configure({});
  await world.linkTo('41');
  world.closed.add(file);
  await expect(world.start()).rejects.toMatchObject({ code: 'site-invalid', problems });
  expect(world.systemd.asked).toEqual([]);
  world.closed.clear();
  expect(await world.start()).toBe(true);
  world.closed.add(file);
  expect(await world.rollTo('42')).toBe('refused');
  expect(await world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
  await stopSite(world.ports, 'shop', world.emit);
  expect(await world.start()).toBe(true);
  expect(world.events).toContainEqual({ kind: 'warnings', warnings: problems });
});

/** What a reload is refused for, and no line of the file by itself says. */
const REFUSED = {
  'a directory of [writable] that only the next release has': {
    more: '[writable]\nvar/cache = yes\n',
    code: 'release-incomplete',
  },
  'a place of [shared] that only the next release has': {
    more: '[shared]\nuploads = /srv/shop/shared/storage\n',
    code: 'release-incomplete',
  },
  'addresses that this host does not hold': { more: '[sandbox]\nnetwork = 10.0.0.1\n', code: 'network-unheld' },
  'a path of the socket that is something else': {
    more: '[listen]\nfastcgi = /run/taken.sock\n',
    code: 'socket-taken',
  },
  'a port that somebody else has': { more: '[listen]\nhttp = *:8081\n', code: 'site-invalid' },
} as const;

test.each(Object.entries(REFUSED))(
  'a site starts as it was promoted, where its file has %s',
  async (_, { more, code }) => {
    const world = await stopped();
    world.commands.programs.set('systemd-run', () => 'sent');
    for (const directory of ['/run', '/proc/net']) await world.files.makeDirectory(directory);
    await world.files.write('/run/taken.sock', '');
    await world.files.write('/proc/net/tcp', `   0: 00000000:1F91 00000000:0000 0A 00000000:00000000\n`);
    const before = await world.files.readLink(paths.promoted);
    await world.configure({ more });
    expect(await world.start()).toBe(true);
    expect(await world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
    expect(await world.files.readLink(paths.promoted)).toBe(before);
    expect(world.events[0]).toMatchObject({ kind: 'using-promoted', error: { code } });
  },
);

test('what the host refuses is not laid to the file where that says what was promoted', async () => {
  const world = await stopped();
  await world.files.remove(`${paths.run}/fastcgi.sock`);
  await world.files.write(`${paths.run}/fastcgi.sock`, '');
  await world.linkTo('42');
  await expect(world.start()).rejects.toMatchObject({ code: 'socket-taken' });
  expect(world.events).toEqual([]);
});
