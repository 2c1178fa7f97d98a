import { beforeEach, expect, test } from 'vitest';
import { judgePath, type OnRelease, pathsInScan, pathsInText } from '../../../src/run/doctor/named-paths.ts';
import { loadSite } from '../../../src/run/site/load-site.ts';
import { World } from '../world.ts';

let on: OnRelease;

const onSite = async (site: Readonly<Record<string, string>> = {}): Promise<OnRelease> => {
  const world = await World.serving({ site });
  world.addDirectory('/home/forge');
  return { ports: world.ports, site: (await loadSite(world.ports, 'shop')).site, release: '/srv/shop/releases/41' };
};

beforeEach(async () => {
  on = await onSite();
});

/** What is found in a line, in the form `leads path`. */
const found = (line: string): readonly string[] =>
  pathsInText(on, 'f', line).map(({ leads, path }) => `${leads} ${path}`);

test.each<[string, readonly string[]]>([
  ["return ['path' => '/srv/shop/current/storage'];", ['link /srv/shop/current/storage']],
  ['root: "\\/srv\\/shop\\/current\\/a.json"', ['link /srv/shop/current/a.json']],
  ['"a":"{\\"b\\":\\"\\\\\\/srv\\\\\\/shop\\\\\\/current\\\\\\/c\\"}"', ['link /srv/shop/current/c']],
  ['auto_prepend_file = "/srv/shop/current/prepend.php"', ['link /srv/shop/current/prepend.php']],
  ['DATABASE_URL=sqlite:////srv/shop/current/var/data.db', ['link /srv/shop/current/var/data.db']],
  ['s:26:"/srv/shop/releases/40/x.php";i:1', ['other /srv/shop/releases/40/x.php']],
  [
    "'/srv/shop/releases/41/bootstrap', '/srv/shop/releases/4/a'",
    ['own /srv/shop/releases/41/bootstrap', 'other /srv/shop/releases/4/a'],
  ],
  ['define("X", "/srv/shop/current\\n");', ['link /srv/shop/current']],
  ['# See /srv/shop/current.', ['link /srv/shop/current']],
  ['KEY=/home/forge/keys/a.pem', ['home /home/forge/keys/a.pem']],
])('in %s', (line, paths) => {
  expect(found(line)).toEqual(paths);
});

test.each([
  "'/srv/shop/releases/.shop.live/public'",
  '/srv/shop/current-old/x',
  '/srv/shop/currently',
  'https://example.com/home/forge',
  "'/home/index' => 'HomeController'",
  '/srv/shop/shared/storage',
  '/mnt/backup.srv/shop',
])('in %s nothing leads elsewhere', line => {
  expect(found(line)).toEqual([]);
});

test('below /home a replica sees its home, its release and what it may write to', async () => {
  on = { ...on, site: { ...on.site, home: '/home/forge' } };
  expect(found('KEY=/home/forge/keys/a.pem')).toEqual([]);
});

test('a release that no link names is the same for ever, but where a replica writes it is its own', async () => {
  on = await onSite({ release: '/srv/shop/releases/41', releases: '/srv/shop/releases', mount: '/srv/live' });
  const text = '/srv/shop/releases/41/tmp/x /srv/shop/releases/41 /srv/shop/current/x';
  expect(found(text)).toEqual([]);
  on = { ...on, site: { ...on.site, writable: ['tmp'] } };
  expect(found(text)).toEqual(['own /srv/shop/releases/41/tmp/x']);
  on = { ...on, site: { ...on.site, writable: [], access: 'read-write' } };
  expect(found(text)).toEqual(['own /srv/shop/releases/41/tmp/x', 'own /srv/shop/releases/41']);
});

test('a path is cut, and has no character that nobody sees', () => {
  const long = judgePath(on, `/srv/shop/current/${'x'.repeat(400)}`);
  expect(long?.path).toHaveLength(200);
});

test('of a scan that did not come to its end a part is known', () => {
  expect(pathsInScan(on, 'a.php\x001:/srv/shop/current/x\n\0more\n')).toMatchObject({
    named: [{ at: 'a.php:1' }],
    isPart: true,
  });
});
