import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { replicasMountUnit, shmMountUnit } from '../../../src/base/paths.ts';
import { describeGeneration } from '../../../src/run/generation/generation.ts';
import { loadPromotedOrSite } from '../../../src/run/generation/site-or-promoted.ts';
import type { Event } from '../../../src/run/site/events.ts';
import { findRelease } from '../../../src/run/site/fit-release.ts';
import { loadSite } from '../../../src/run/site/load-site.ts';
import { hostedSite, siteRun } from '../../../src/run/site/site-run.ts';
import { applyToReplicas, changedFiles } from '../../../src/run/slots/apply.ts';
import { execute } from '../../../src/run/step/execute.ts';
import { paths, RELEASES, release, type SiteText, World } from '../world.ts';

const MORE_CHILDREN: SiteText = { more: '[pool]\npm.max_children = 3\n' };
const NEW_MOUNT: SiteText = { site: { mount: `${RELEASES}/shop.new` } };
const NEW_USER: SiteText = { site: { user: 'store' } };
const NEW_PHP: SiteText = { php: '8.4' };

const changes: readonly (readonly [string, SiteText])[] = [
  ['pm.max_children', MORE_CHILDREN],
  ['more replicas', { site: { replicas: 4 } }],
  ['fewer replicas', { site: { replicas: 1 } }],
  ['the user', NEW_USER],
  ['the mount point', NEW_MOUNT],
  ['the PHP binary', NEW_PHP],
  ['the strategy and the surge', { site: { strategy: 'blue-green', surge: 2 } }],
  ['no surge', { site: { surge: 0 } }],
];

const ourFiles = [
  '/etc/systemd/system/php-zd@shop.service.d',
  '/etc/systemd/system',
  '/etc/tmpfiles.d',
  '/var/lib/php-zd/haproxy',
];

/** The texts of what systemd, systemd-tmpfiles and HAProxy read, by path. */
const sharedTexts = async ({ files }: World): Promise<ReadonlyMap<string, string | undefined>> => {
  const texts = new Map<string, string | undefined>();
  for (const directory of ourFiles) {
    for (const name of (await files.list(directory)).filter(each => !each.endsWith('.d'))) {
      texts.set(`${directory}/${name}`, await files.read(`${directory}/${name}`));
    }
  }
  return texts;
};

const runningReleases = async (world: World): Promise<readonly string[]> =>
  (await world.picture()).map(line => line.slice(3));

const unitOf = (world: World, slot: number): string => world.replicas.get(slot)?.unit ?? '';

/** A roll that stops where its step of this kind is to begin: the change is half done. */
const stoppedAt = async (world: World, kind: string): Promise<void> => {
  const emit = (event: Event) => {
    if (event.kind === 'step-started' && event.step.kind === kind) throw new Error('stopped');
  };
  await expect(world.roll({ emit })).rejects.toThrow('stopped');
};

describe.each(changes)('a change of %s', (_, text) => {
  test('comes with a roll, and afterwards every file says so', async () => {
    const world = await World.serving();
    await world.configure(text);
    await world.linkTo('42');
    expect(await world.roll()).toBe('done');
    expect(await world.settle()).toBe('rolled');
    const { site, generation } = await loadPromotedOrSite(world.ports, 'shop', world.emit);
    expect(await runningReleases(world)).toEqual(Array(site.replicas).fill('42 UP'));
    expect(await changedFiles({ site, paths, ports: world.ports }, generation)).toEqual([]);
    expect(await world.files.list('/etc/systemd/system')).toEqual([
      'php-zd-admit-shop@.service',
      'php-zd-fpm-shop@.service',
      'php-zd-gate-shop@.service',
      'php-zd-services-shop.service',
      'php-zd-shop.slice',
      'php-zd@shop.service.d',
      shmMountUnit('shop'),
      replicasMountUnit('shop'),
    ]);
    const template = await world.files.read(paths.unit);
    for (const { unit } of world.replicas.values()) expect(unit).toBe(template);
  });

  test('with a release that fails leaves every file and every replica as it was', async () => {
    const world = await World.serving();
    const before = await sharedTexts(world);
    const promoted = await world.files.readLink(paths.promoted);
    await world.configure(text);
    await world.linkTo('42');
    world.health.set(release('42'), { status: 500 });
    expect(await world.roll()).toBe('failed');
    expect(await world.settle()).toBe('rolled-back');
    expect(await runningReleases(world)).toEqual(['41 UP', '41 UP']);
    expect(await sharedTexts(world)).toEqual(before);
    expect(await world.files.readLink(paths.promoted)).toBe(promoted);
    expect(await world.files.list(paths.generations)).toHaveLength(1);
  });

  test('leaves a replica that crashes in the middle of it as it was', async () => {
    const world = await World.serving();
    const unit = unitOf(world, 2);
    await world.configure(text);
    await world.linkTo('42');
    await stoppedAt(world, 'prove');
    await world.crash(2);
    expect(unitOf(world, 2)).toBe(unit);
    expect(await world.picture()).toContain('2: 41 UP');
    expect(await world.settle()).toBe('rolled-back');
    expect(await runningReleases(world)).toEqual(['41 UP', '41 UP']);
  });
});

test('a change of configuration alone is promoted, and leaves what a rollback would go to', async () => {
  const world = await World.serving();
  await world.rollTo('42');
  await world.configure(MORE_CHILDREN);
  expect(await world.rollTo('42', 'again')).toBe('rolled');
  expect(await world.files.read(`${paths.promoted}/php-fpm.conf`)).toContain('pm.max_children = 3');
  expect(await world.releaseAt(paths.previous)).toBe('41');
});

test('haproxy judges its part before a roll that changes that, and another release changes nothing of it', async () => {
  const world = await World.serving();
  world.commands.programs.set('haproxy', () => ({ status: 1, output: 'a bad line' }));
  expect(await world.rollTo('42')).toBe('rolled');
  await world.configure(MORE_CHILDREN);
  expect(await world.roll({ id: 'judged' })).toBe('refused');
  expect(await runningReleases(world)).toEqual(['42 UP', '42 UP']);
});

test.each([
  ['fewer', 8, 3],
  ['more', 3, 8],
])('on the way to %s children HAProxy gives no replica more than it can do', async (_, from, to) => {
  const children = (count: number): SiteText => ({ more: `[pool]\npm.max_children = ${count}\n` });
  const world = await World.serving(children(from));
  const maxconns = async (): Promise<readonly number[]> => {
    const config = (await world.files.read(paths.balancerConfig)) ?? '';
    return [...config.matchAll(/^ {2}server .* maxconn (\d+)$/gm)].map(([, maxconn]) => Number(maxconn));
  };
  expect(await maxconns()).toEqual([from, from, from, from]);
  await world.configure(children(to));
  await stoppedAt(world, 'start');
  expect(await maxconns()).toEqual([3, 3, to, to]);
  expect(await world.settle()).toBe('rolled-back');
  expect(await maxconns()).toEqual([from, from, from, from]);
  expect(await world.rollTo('41')).toBe('rolled');
  expect(await maxconns()).toEqual([to, to, to, to]);
});

test('a directory belongs to the user of the replica that has it, in the middle of a change too', async () => {
  const world = await World.serving();
  await world.configure(NEW_USER);
  await stoppedAt(world, 'prove');
  expect([1, 2, 3, 4].map(slot => world.owners.get(paths.replica(slot)))).toEqual(['shop', 'shop', 'store', 'store']);
  expect([paths.tmp('shop'), paths.tmp('store')].map(path => world.owners.get(path))).toEqual(['shop', 'store']);
  expect(unitOf(world, 3)).toContain('User=store');
  await world.settle();
  expect([1, 2, 3, 4].map(slot => world.owners.get(paths.replica(slot)))).toEqual(['shop', 'shop', 'shop', 'shop']);
});

describe('a new mount point', () => {
  const mountsOf = (world: World): readonly string[] => {
    const [replica] = world.replicas.values();
    return Object.keys(replica?.mounts ?? {}).filter(path => path.startsWith(RELEASES));
  };

  test('the replicas serve under the former one too, until the roll after', async () => {
    const world = await World.serving();
    await world.configure(NEW_MOUNT);
    expect(await world.rollTo('42')).toBe('rolled');
    expect(world.events).toContainEqual({
      kind: 'mount-changed',
      from: `${RELEASES}/.shop.live`,
      to: `${RELEASES}/shop.new`,
    });
    expect(mountsOf(world)).toEqual([`${RELEASES}/shop.new`, `${RELEASES}/.shop.live`]);
    world.forget();
    expect(await world.rollTo('43')).toBe('rolled');
    expect(mountsOf(world)).toEqual([`${RELEASES}/shop.new`]);
    expect(world.kinds()).not.toContain('mount-changed');
  });

  test('the former one stays as long as the web server asks for scripts there', async () => {
    const world = await World.serving();
    await world.configure(NEW_MOUNT);
    await world.rollTo('42');
    const asked = {
      scriptFilename: `${RELEASES}/.shop.live/public/index.php`,
      documentRoot: '/',
      uri: '/',
      method: 'GET',
      headers: new Map<string, string>(),
    };
    await world.fpm.request(paths.socket(3), asked, { deadlineMs: 1_000 });
    expect(await world.rollTo('43')).toBe('rolled');
    expect(mountsOf(world)).toEqual([`${RELEASES}/shop.new`, `${RELEASES}/.shop.live`]);
  });
});

test("systemd is told again of a slot's own unit file, where a roll was killed after it had written that", async () => {
  const world = await World.serving();
  await world.configure({ more: '[pool]\npm.max_children = 3\n' });
  await stoppedAt(world, 'serve');
  const loaded = await loadSite(world.ports, 'shop');
  const run = hostedSite(loaded.site, world.ports);
  const generation = await describeGeneration(run, loaded.site, await findRelease(run));
  const asked = async () => {
    const before = world.systemd.asked.length;
    await applyToReplicas(run, generation);
    return world.systemd.asked.slice(before);
  };
  const own = [1, 2].map(slot => paths.slotUnit(slot));
  expect(await Promise.all(own.map(path => world.files.exists(path)))).toEqual([true, true]);
  expect(await asked()).toEqual(['daemon-reload']);
  for (const path of own) world.systemd.set(basename(path), { fragmentPath: path });
  expect(await asked()).toEqual([]);
});

test.each([
  ['an empty slot that systemd has the right files of changes nothing more', false, false],
  ['an empty slot whose file systemd had before is told to systemd', true, true],
])('a pin of %s', async (_, needDaemonReload, isTold) => {
  const world = await World.serving();
  const loaded = await loadSite(world.ports, 'shop');
  const site = siteRun(loaded.site, world.ports, () => undefined);
  const generation = await describeGeneration(site, loaded.site, await findRelease(site));
  const run = { ...site, generation, texts: loaded.texts };
  world.systemd.set('php-zd-fpm-shop@3.service', { needDaemonReload });
  // A file that is not what the generation wants stays so, where the pin looks at no file.
  const written = await world.files.read(paths.unit);
  await world.files.write(paths.unit, 'changed');
  const before = world.systemd.asked.length;
  await execute(run, { kind: 'pin', slot: 3, generation: generation.id, release: generation.release });
  expect(world.systemd.asked.slice(before).includes('daemon-reload')).toBe(isTold);
  expect((await world.files.read(paths.unit)) === written).toBe(isTold);
});

describe('a new path of the socket', () => {
  const [FORMER, NEW, LAST] = [`${paths.run}/fastcgi.sock`, '/run/new.sock', '/run/last.sock'] as const;
  const at = (socket: string): SiteText => ({ more: `[listen]\nfastcgi = ${socket}\n` });
  /** Paths that the web server's configuration names. */
  const naming = (world: World, ...sockets: readonly string[]) =>
    world.commands.programs.set('grep', ({ args }) =>
      sockets.some(socket => args.includes(socket)) ? '' : { status: 1, output: '' },
    );
  const links = async (world: World) =>
    [...((await world.files.read(paths.tmpfiles)) ?? '').matchAll(/^L (\S+\.sock) .*\/front$/gm)].map(
      ([, path]) => path,
    );
  const world = async () => {
    const serving = await World.serving();
    await serving.files.makeDirectory('/run');
    naming(serving, FORMER);
    return serving;
  };

  test('a boot makes the former one too, as long as a web server names it, and the roll says so once', async () => {
    const serving = await world();
    await serving.configure(at(NEW));
    expect(await serving.rollTo('42')).toBe('rolled');
    expect(serving.events).toContainEqual({ kind: 'socket-changed', from: FORMER, to: NEW });
    expect(await links(serving)).toEqual([NEW, FORMER]);
    serving.forget();
    await serving.configure(at(LAST));
    expect(await serving.rollTo('43')).toBe('rolled');
    expect(await links(serving)).toEqual([LAST, NEW, FORMER]);
    naming(serving, LAST, FORMER);
    serving.forget();
    expect(await serving.rollTo('42')).toBe('rolled');
    expect(await links(serving)).toEqual([LAST, FORMER]);
    expect(serving.kinds()).not.toContain('socket-changed');
    naming(serving, LAST);
    expect(await serving.rollTo('43')).toBe('rolled');
    expect(await links(serving)).toEqual([LAST]);
  });

  test("back at the former one, that is the site's own again", async () => {
    const serving = await world();
    await serving.configure(at(NEW));
    await serving.rollTo('42');
    await serving.configure({});
    expect(await serving.rollTo('42')).toBe('rolled');
    expect(await links(serving)).toEqual([FORMER]);
  });

  test('what lies at a former path by now is nothing of the site', async () => {
    const serving = await world();
    await serving.configure(at(NEW));
    await serving.rollTo('42');
    await serving.files.remove(FORMER);
    await serving.files.link(FORMER, '/run/php-zd/blog/front');
    expect(await serving.rollTo('43')).toBe('rolled');
    expect(await links(serving)).toEqual([NEW]);
  });
});
