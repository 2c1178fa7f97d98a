import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PhpZdError } from '../../../src/base/errors.ts';
import type { Credentials } from '../../../src/run/ask/running-servers.ts';
import { lookAsUsers, type ReleaseLook } from '../../../src/run/doctor/as-users.ts';
import { pathsInScan } from '../../../src/run/doctor/named-paths.ts';
import { loadSite } from '../../../src/run/site/load-site.ts';
import type { Ports } from '../../../src/run/site/ports.ts';
import type { Site } from '../../../src/site/site.ts';
import { World } from '../world.ts';

const UNITS = new URL('../../../units', import.meta.url).pathname;
const LINE = "<?php return '/srv/shop/current/x';\n";
const NOBODY = 65_534;

/** Whoever is not root can only be asked as that one; root becomes somebody else. */
const someone = (): Credentials => {
  const [uid = 0, gid = 0] = [process.getuid?.(), process.getgid?.()];
  return uid === 0 ? { uid: NOBODY, gid: NOBODY, groups: [] } : { uid, gid, groups: process.getgroups?.() ?? [] };
};

let base = '';
let world: World;
let site: Site;
let ports: Ports;

beforeEach(async () => {
  base = mkdtempSync(`${tmpdir()}/as-users-`);
  chmodSync(base, 0o755);
  world = await World.serving();
  ports = { ...world.ports, program: `${UNITS}/php-zd.cjs`, commands: { ...world.ports.commands, run: perl } };
  site = { ...(await loadSite(world.ports, 'shop')).site, index: 'index.php', shared: new Map(), writable: [] };
  write('r/index.php', '<?php');
});
afterEach(() => rmSync(base, { recursive: true }));

const perl: Ports['commands']['run'] = async (program, args) => {
  const { stdout } = await promisify(execFile)(program, [...args]);
  return stdout;
};

const write = (path: string, text: string) => {
  mkdirSync(dirname(`${base}/${path}`), { recursive: true });
  writeFileSync(`${base}/${path}`, text);
};

const look = async (of: Site = site): Promise<ReleaseLook> => {
  const at = { site: of, release: `${base}/r` };
  const found = (await lookAsUsers(ports, [{ as: someone(), writes: [], releases: [at] }], [])).lookAt(at);
  if (found === undefined) throw new Error('not looked at');
  return found;
};

const named = async (of?: Site) => pathsInScan({ site, release: `${base}/r`, ports }, (await look(of)).paths);

test('file and line are found in caches, settings and what is linked or shared, and nothing in what a package manager brought', async () => {
  write('r/bootstrap/cache/config.php', `<?php\n\n${LINE}`);
  write('r/.user.ini', 'auto_prepend_file=/srv/shop/releases/40/p.php\n');
  write('r/var/cache/prod/Container.php', LINE);
  write('r/config/a.yaml', 'a: 1\npath: "\\/srv\\/shop\\/current\\/y"\n/home/forge/x\n');
  write('shared/.env', 'A=1\nB="/srv/shop/current"\n');
  symlinkSync('../shared/.env', `${base}/r/.env`);
  write('r/vendor/x/a.php', LINE);
  write('r/node_modules/x/a.json', LINE);
  write('r/public/photo.jpg', LINE);
  write('shared/odd', LINE);
  world.addDirectory('/home/forge');
  const found = await named({ ...site, shared: new Map([['odd', `${base}/shared/odd`]]) });
  expect(found.isPart).toBe(false);
  expect(found.named.map(({ at, leads, path }) => `${at} ${leads} ${path}`).sort()).toEqual([
    '.env:2 link /srv/shop/current',
    '.user.ini:1 other /srv/shop/releases/40/p.php',
    `${base}/shared/odd:1 link /srv/shop/current/x`,
    'bootstrap/cache/config.php:3 link /srv/shop/current/x',
    'config/a.yaml:2 link /srv/shop/current/y',
    'config/a.yaml:3 home /home/forge/x',
    'var/cache/prod/Container.php:1 link /srv/shop/current/x',
  ]);
});

test('a file whose line is as long as the file tells nothing but the path', async () => {
  write('r/cache.php', `<?php return ['secret' => '${'s'.repeat(100_000)}', 'p' => '/srv/shop/current/x'];`);
  expect((await named()).named).toEqual([{ at: 'cache.php:1', path: '/srv/shop/current/x', leads: 'link' }]);
});

test('what goes beyond the bounds is said to be more', async () => {
  for (let file = 0; file < 1_000; file += 1) write(`r/c/${file}${'n'.repeat(60)}.php`, LINE);
  expect((await named()).isPart).toBe(true);
});

test('the name of a file adds no line to what is said', async () => {
  write('r/a\ndone 0\nuser 0\nrights 1- 1-\n.php', LINE);
  expect((await named()).named.map(({ at }) => at)).toEqual(['a?done 0?user 0?rights 1- 1-?.php:1']);
});

test('a pipe in the place of a text keeps nobody waiting', async () => {
  execFileSync('sh', ['-c', 'mkfifo "$0"', `${base}/r/pipe.php`]);
  symlinkSync('pipe.php', `${base}/r/.env`);
  expect((await named()).named).toEqual([]);
});

test('a release, what is shared and what is writable are what their user comes to', async () => {
  mkdirSync(`${base}/closed/x`, { recursive: true });
  mkdirSync(`${base}/open`);
  chmodSync(`${base}/open`, 0o777);
  chmodSync(`${base}/closed`, 0);
  const shared = new Map([
    ['a', `${base}/closed/x`],
    ['b', `${base}/open`],
  ]);
  const writable = [`${base}/open`, `${base}/closed/x`];
  expect(await look({ ...site, shared, writable })).toMatchObject({
    isReadable: true,
    unreached: [`${base}/closed/x`],
    unwritable: [`${base}/closed/x`],
  });
  chmodSync(`${base}/r`, 0);
  expect(await look()).toMatchObject({ isReadable: false, paths: '' });
  chmodSync(`${base}/closed`, 0o755);
});

test('who may read and write is asked of the kernel, for each user by that one', async () => {
  write('secret', '');
  write('public', '');
  chmodSync(`${base}/secret`, 0);
  chmodSync(`${base}/public`, 0o444);
  const as = someone();
  const users = await lookAsUsers(
    ports,
    [{ as, writes: [base, '/dev/null'], releases: [] }],
    [`${base}/secret`, `${base}/public`],
  );
  expect([users.mayRead(as, `${base}/secret`), users.mayRead(as, `${base}/public`)]).toEqual([false, true]);
  expect(users.mayWrite(as, '/dev/null')).toBe(true);
});

test('a user whose process was ended before it said anything gave no answer; what it said before that counts', async () => {
  const lost: Credentials = { uid: 1, gid: 1, groups: [] };
  const ended: Credentials = { uid: 2, gid: 1, groups: [] };
  const at = { site, release: `${base}/r` };
  ports = {
    ...ports,
    commands: { ...ports.commands, run: async () => 'user 0\nlost 0\nuser 1\nrights 1- -\nrelease 1 - -\nlost 1\n' },
  };
  const lookers = [lost, ended].map(as => ({ as, writes: [], releases: as === ended ? [at] : [] }));
  const users = await lookAsUsers(ports, lookers, ['/']);
  expect(() => users.mayRead(lost, '/')).toThrow(PhpZdError);
  expect(users.mayRead(ended, '/')).toBe(true);
  expect(() => users.lookAt(at)).toThrow(PhpZdError);
});
