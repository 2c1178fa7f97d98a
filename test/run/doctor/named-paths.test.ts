import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  judgePath,
  type OnRelease,
  pathPattern,
  pathsInScan,
  pathsInText,
} from '../../../src/run/doctor/named-paths.ts';
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

test('a release that no link names is the same for ever', async () => {
  on = await onSite({ release: '/srv/shop/releases/41', releases: '/srv/shop/releases', mount: '/srv/live' });
  expect(found('/srv/shop/releases/41/x /srv/shop/current/x')).toEqual([]);
});

test('a path is cut, and has no character that nobody sees', () => {
  const long = judgePath(on, `/srv/shop/current/${'x'.repeat(400)}`);
  expect(long?.path).toHaveLength(200);
});

describe('the script', () => {
  const SCRIPT = new URL('../../../units/paths-in-release.sh', import.meta.url).pathname;
  let base = '';
  beforeEach(() => {
    base = mkdtempSync(`${tmpdir()}/paths-`);
  });
  afterEach(() => rmSync(base, { recursive: true }));

  const write = (path: string, text: string) => {
    mkdirSync(dirname(`${base}/${path}`), { recursive: true });
    writeFileSync(`${base}/${path}`, text);
  };
  const scan = (...more: readonly string[]) =>
    pathsInScan(
      on,
      execFileSync('/bin/sh', [SCRIPT, pathPattern(on.site), `${base}/r`, ...more], { encoding: 'utf8' }),
    );
  const LINE = "<?php return '/srv/shop/current/x';\n";

  test('finds file and line in caches, settings and what is linked or shared, and nothing in what a package manager brought', () => {
    write('r/bootstrap/cache/config.php', `<?php\n\n${LINE}`);
    write('r/.user.ini', 'auto_prepend_file=/srv/shop/releases/40/p.php\n');
    write('r/var/cache/prod/Container.php', LINE);
    write('shared/.env', 'A=1\nB="/srv/shop/current"\n');
    symlinkSync('../shared/.env', `${base}/r/.env`);
    write('r/vendor/x/a.php', LINE);
    write('r/node_modules/x/a.json', LINE);
    write('r/public/photo.jpg', LINE);
    write('shared/odd', LINE);
    const { named, isPart } = scan(`${base}/shared/odd`);
    expect(isPart).toBe(false);
    expect(named.map(({ at, leads }) => `${at} ${leads}`).sort()).toEqual([
      '.env:2 link',
      '.user.ini:1 other',
      `${base}/shared/odd:1 link`,
      'bootstrap/cache/config.php:3 link',
      'var/cache/prod/Container.php:1 link',
    ]);
  });

  test('a file whose line is as long as the file tells nothing but the path', () => {
    write('r/cache.php', `<?php return ['secret' => '${'s'.repeat(100_000)}', 'p' => '/srv/shop/current/x'];`);
    expect(scan().named).toEqual([{ at: 'cache.php:1', path: '/srv/shop/current/x', leads: 'link' }]);
  });

  test('says when there was more than it looked at', () => {
    for (let file = 0; file < 1_000; file += 1) write(`r/c/${file}${'n'.repeat(60)}.php`, LINE);
    expect(scan().isPart).toBe(true);
    expect(pathsInScan(on, 'a.php\x001:/srv/shop/current/x\n\0more\n')).toMatchObject({
      named: [{ at: 'a.php:1' }],
      isPart: true,
    });
  });

  test('a release that cannot be read is an error', () => {
    expect(() => scan()).toThrow();
  });
});
