import { beforeEach, expect, test } from 'vitest';
import { loadPromoted } from '../../../src/run/generation/generation.ts';
import { replacedPlaces } from '../../../src/run/observe/replaced-places.ts';
import { observeSite } from '../../../src/run/observe/site.ts';
import { hasChanged } from '../../../src/run/roll/if-changed.ts';
import { paths, release, World } from '../world.ts';

const MEDIA = '/srv/shop/shared/media';
const LOG = '/var/log/shop';
const CACHE = `${release('41')}/cache`;

let world: World;

const find = async (ports = world.ports) => {
  const run = { ...(await world.load()).run, ports };
  const generation = await loadPromoted(run);
  return generation && (await replacedPlaces(run, generation.generation, (await observeSite(run)).slots));
};

/** What each replica has mounted, all of it writable but the root. */
const mount = async (places: readonly string[], options = 'rw') => {
  for (const { mainPid } of await world.systemd.glance(['php-zd-fpm-shop@*.service'])) {
    const lines = [['/', 'ro'], ...places.map(place => [place, options])];
    await world.files.makeDirectory(`/proc/${mainPid}`);
    const text = lines.map(([at, how]) => `22 1 8:1 / ${at} ${how} - ext4 /dev/sda1 rw\n`).join('');
    await world.files.write(`/proc/${mainPid}/mountinfo`, text);
  }
};

const MOUNT = `${release('.shop.live')}`;
const PLACES = ['/tmp', paths.home('shop'), paths.sessions('shop'), `${MOUNT}/public/media`, LOG, `${MOUNT}/cache`];

const makeAnew = async (path: string) => {
  await world.files.removeTree(path);
  await world.files.makeDirectory(path);
};

beforeEach(async () => {
  world = new World();
  for (const path of [MEDIA, LOG, `${release('41')}/public/media`, CACHE]) {
    world.addDirectory(path);
    await world.files.makeDirectory(path);
  }
  await world.serve({ more: `[shared]\npublic/media = ${MEDIA}\n[writable]\n${LOG} = yes\ncache = yes\n` });
  for (const path of [paths.tmp('shop'), paths.home('shop'), paths.sessions('shop')])
    await world.files.makeDirectory(path);
  for (const { mainPid } of await world.systemd.glance(['php-zd-fpm-shop@*.service'])) {
    const replica = [...world.replicas.values()][0];
    world.files.startProcess(mainPid, { ...replica?.mounts, [`${MOUNT}/cache`]: CACHE });
  }
  await mount(PLACES);
});

test('what lies where replicas have it is found nowhere, and nothing has changed', async () => {
  expect(await find()).toEqual([]);
  expect(await hasChanged((await world.load()).run)).toBe(false);
});

test.each([
  ['in [shared]', MEDIA],
  ["the site's /tmp", paths.tmp('shop')],
])('a directory that was made anew is found: %s', async (_, path) => {
  world.files.move(path, `${path}.bad`);
  await world.files.makeDirectory(path);
  expect(await find()).toEqual([{ path, slots: [1, 2] }]);
  expect(await hasChanged((await world.load()).run)).toBe(true);
});

test.each([
  ['of [writable] on the host', LOG, LOG],
  ['of [writable] in the release', CACHE, `${MOUNT}/cache`],
  ['home', paths.home('shop'), paths.home('shop')],
])('a directory that a replica sees and may not write to any more is found: %s', async (_, path, place) => {
  await mount(PLACES.filter(each => each !== place));
  expect(await find()).toEqual([{ path, slots: [1, 2] }]);
});

test('a directory that nobody may write to, on the host either, is not another one', async () => {
  await mount([LOG], 'ro');
  await world.files.makeDirectory('/proc/self');
  await world.files.write('/proc/self/mountinfo', '22 1 8:1 / / ro - ext4 /dev/sda1 rw\n');
  expect(await find()).toEqual([]);
});

test('what is on a disk that was unmounted is told by its place, and is no change that a roll brings', async () => {
  world.files.move(MEDIA, `${MEDIA}.bad`);
  await world.files.makeDirectory(MEDIA);
  world.systemd.add('srv-shop-shared.mount');
  expect(await find()).toEqual([{ path: MEDIA, slots: [1, 2], unmounted: '/srv/shop/shared' }]);
  expect(await hasChanged((await world.load()).run)).toBe(false);
  world.systemd.set('srv-shop-shared.mount', { activeState: 'active' });
  expect(await hasChanged((await world.load()).run)).toBe(true);
});

test('what is missing, and a replica that has ended, is for others to tell', async () => {
  await world.files.removeTree(MEDIA);
  expect(await find()).toEqual([]);
  await makeAnew(MEDIA);
  for (const { mainPid } of await world.systemd.glance(['php-zd-fpm-shop@*.service']))
    await world.files.remove(`/proc/${mainPid}/mountinfo`);
  expect(await find()).toEqual([]);
});

test('who is not root is told nothing', async () => {
  await makeAnew(MEDIA);
  expect(await find({ ...world.ports, isRoot: false })).toEqual([]);
});
