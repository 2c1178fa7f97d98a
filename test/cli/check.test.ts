import { expect, test } from 'vitest';
import { Exit } from '../../src/cli/context.ts';
import { paths, release } from '../run/world.ts';
import { Typist } from './typist.ts';

const BAD = '[site]\nrelease = /srv/shop/current\nuser = shop\nreplica = 1\n[php]\nversion = 8.2\n';
const ROOT = 'document root public, front controller index.php';
const OK = `shop: ok, a reload would roll to ${release('42')}; ${ROOT}\n`;

/** At a site whose link names release 42. */
const atSite = async (): Promise<Typist> => {
  const typist = await Typist.atNewSite();
  await typist.world.linkTo('42');
  return typist;
};

test('a good site says what a reload would roll to', async () => {
  expect(await (await atSite()).type('check shop')).toEqual({ exit: Exit.done, out: OK, err: '' });
});

test('code that is compiled into what all releases share is warned of, with where it goes', async () => {
  const typist = await atSite();
  for (const path of ['/srv/shop/shared', `${release('42')}/storage`]) typist.world.addDirectory(path);
  await typist.world.files.write(`${release('42')}/artisan`, '');
  await typist.world.writeSite(
    '[site]\nrelease = /srv/shop/current\nuser = shop\n[php]\nversion = 8.2\n[shared]\nstorage = /srv/shop/shared\n',
  );
  const { exit, err } = await typist.type('check shop');
  expect(exit).toBe(Exit.done);
  expect(err).toContain(
    "php-zd: code that the application compiles lies in /srv/shop/releases/.shop.live/storage/framework/views, which all releases share: as all of them are at /srv/shop/releases/.shop.live, one runs what another compiled: let PHP write to the release's own bootstrap/cache: bootstrap/cache = yes in [writable] of the site file, and VIEW_COMPILED_PATH = /srv/shop/releases/.shop.live/bootstrap/cache/views in [env] (warning)\n",
  );
});

test('php-fpm and HAProxy are asked about what would be rendered, away from what runs', async () => {
  const typist = await atSite();
  typist.world.forget();
  await typist.type('check shop');
  const [asked, links, fpm, balancer, ...more] = typist.world.commands.runs.map(({ program, args }) =>
    [program, ...args].join(' '),
  );
  expect(asked).toContain(`/look-at-release.sh ${release('42')} public/index.php`);
  expect(links).toMatch(/^find \S+ -ignore_readdir_race -xdev -type l /);
  expect(fpm).toMatch(/^systemd-run --pipe /);
  expect(fpm).toMatch(
    / -- \/usr\/sbin\/php-fpm8.2 -t --fpm-config \/var\/lib\/php-zd\/shop\/php-fpm.conf --force-stderr -d log_errors=1 -d error_log=$/,
  );
  for (const setting of [
    'User=shop',
    'NoNewPrivileges=yes',
    'ProtectSystem=strict',
    'BindReadOnlyPaths=/run/php-zd/shop/views/',
  ]) {
    expect(fpm).toContain(` --property=${setting}`);
  }
  expect(balancer).toBe('haproxy -c -f /base.cfg -f /tmp/scratch/haproxy.cfg');
  expect(more).toEqual([]);
  expect(await typist.world.files.list(paths.views)).toEqual([]);
});

test('of links to where a replica sees nothing it warns, with the line that mends them', async () => {
  const typist = await atSite();
  typist.world.commands.programs.set('find', () => `${release('42')}\0.env\0/home/forge/shop/.env\0`);
  expect(await typist.type('check shop')).toEqual({
    ...{ exit: Exit.done, out: OK },
    err: `/etc/php-zd/sites/shop.ini:2: links in ${release('42')} lead elsewhere or nowhere for a replica, which sees the release at /srv/shop/releases/.shop.live: .env -> /home/forge/shop/.env: write .env = /home/forge/shop/.env in [shared] (warning)\n`,
  });
});

test('a file that an editor wrote in Latin-1 is refused at its lines, but for its comments', async () => {
  const typist = await atSite();
  const text =
    '; f\uFFFDr alle\n[site]\nrelease = /srv/shop/current\nuser = shop\n[env]\nPW = p\uFFFDss\n[php]\nversion = 8.2\n';
  await typist.world.writeSite(text);
  const problem = ':6: is no UTF-8, and would be read with another letter in its place: save the file as UTF-8\n';
  for (const verb of ['check', 'reload']) {
    expect(await typist.type(`${verb} shop`)).toMatchObject({
      exit: Exit.invalid,
      err: expect.stringContaining(`/etc/php-zd/sites/shop.ini${problem}`),
    });
  }
  await typist.world.writeSite(text.replace('p\uFFFDss', 'päss'));
  expect(await typist.type('check shop')).toMatchObject({ exit: Exit.done });
  await typist.world.files.write('/etc/php-zd/defaults.ini', '[env]\nA = b\n\uFFFD\uFFFD\n');
  expect((await typist.type('check shop')).err).toContain('/etc/php-zd/defaults.ini:3: is no UTF-8');
});

const INI = '/etc/php/8.2/fpm/php.ini';
const UNREAD = `${INI}:2: PHP cannot read this line, and passes over what follows: syntax error, unexpected end of file`;
const UNLOADED =
  "Warning:  PHP Startup: Unable to load dynamic library 'intl' (tried: /usr/lib/x) in Unknown on line 0\n";

test('what PHP says of php.ini, though php-fpm accepts it, is told: what it cannot read as a problem', async () => {
  const typist = await atSite();
  const { host } = typist.ports;
  const phpIniFiles = () => [{ file: INI, text: 'memory_limit = 333M\nextension = intl\n' }];
  typist.ports = { ...typist.ports, host: { ...host, phpIniFiles } };
  const say = (said: string) => typist.world.commands.programs.set('/usr/sbin/php-fpm8.2', () => said);
  say(`PHP:  syntax error, unexpected end of file in ${INI} on line 2\n`);
  expect(await typist.type('check shop')).toEqual({ exit: Exit.invalid, out: '', err: `${UNREAD}\n` });
  say(`NOTICE: PHP message: PHP ${UNLOADED}`);
  expect(await typist.type('check shop')).toEqual({
    ...{ exit: Exit.done, out: OK },
    err: `${INI}:2: PHP cannot load the extension 'intl', and goes on without it: install it, or take the line away (warning)\n`,
  });
});

test("a file of php.ini that the site's user may not read is a problem, with what opens it to that user alone where all sites are of one group", async () => {
  const typist = await atSite();
  const { host } = typist.ports;
  const own = '/etc/php/8.2/fpm/conf.d/99-own.ini';
  const closed = { path: own, mode: 0o640, uid: 0, gid: 0, isDirectory: false };
  const phpIniFiles = () => [INI, own].map(file => ({ file, text: 'disable_functions = exec\n' }));
  const stepsTo = () => [closed];
  typist.ports = { ...typist.ports, host: { ...host, phpIniFiles, stepsTo } };
  typist.world.closed.add(own);
  const told = (how: string) =>
    `${own}:1: PHP-FPM runs as 'shop', which may not read this, and goes on without: "${how}"\n`;
  expect(await typist.type('check shop')).toEqual({ exit: Exit.invalid, out: '', err: told(`chgrp shop ${own}`) });
  closed.mode = 0o600;
  expect((await typist.type('check shop')).err).toBe(told(`chmod a+rX ${own}`));
});

test('a site that was never started is asked about with an empty /tmp', async () => {
  const typist = await atSite();
  await typist.world.files.removeTree(paths.tmp('shop'));
  typist.world.forget();
  expect((await typist.type('check shop')).exit).toBe(Exit.done);
  const args = typist.world.commands.runs.find(({ args }) => args.includes('-t'))?.args.join(' ');
  expect(args).toContain(' --property=TemporaryFileSystem=/tmp:mode=1777 /var/tmp:mode=1777 ');
  expect(args).not.toContain(paths.tmp('shop'));
});

test('who is not root hears what is left out, and runs nothing of the site', async () => {
  const typist = await atSite();
  Object.assign(typist.world.ports, { isRoot: false });
  typist.world.forget();
  expect(await typist.type('check shop')).toMatchObject({
    exit: Exit.done,
    err:
      "php-zd: what php-fpm itself says of shop is left out: only root can ask it as the site's user, in its sandbox. " +
      'Type "sudo php-zd check shop".\n',
  });
  expect(typist.world.commands.runs.filter(({ args }) => args.includes('-t'))).toEqual([]);
});

test('every problem of a site file is said, with status 2', async () => {
  const typist = await atSite();
  await typist.world.writeSite(`${BAD}[health]\npath = /\ninterval = soon\n`);
  expect(await typist.type('check shop')).toEqual({
    exit: Exit.invalid,
    out: '',
    err:
      "/etc/php-zd/sites/shop.ini:4: unknown key 'replica' in [site]; did you mean 'replicas'?\n" +
      "/etc/php-zd/sites/shop.ini:9: 'interval' must be a time span such as 500ms, 30s or 1min 30s, not 'soon'\n",
  });
});

test.each([
  ['/usr/sbin/php-fpm8.2', '-t --fpm-config /var/lib/php-zd/shop/php-fpm.conf --force-stderr'],
  ['haproxy', '-c -f /base.cfg -f /tmp/scratch/haproxy.cfg'],
])('what %s finds wrong comes from the site file and is status 2', async (program, args) => {
  const typist = await atSite();
  typist.world.commands.programs.set(program, () => ({ status: 1, output: 'no such thing' }));
  expect(await typist.type('check shop')).toEqual({
    exit: Exit.invalid,
    out: '',
    err: `php-zd: '${program} ${args}' failed (1): no such thing.\n`,
  });
});

test.each([
  [
    'pm.start_servers = 9\npm.min_spare_servers = 1\npm.max_spare_servers = 3',
    'ALERT: [pool shop] pm.start_servers(9) must not be less than pm.min_spare_servers(1) and not greater than pm.max_spare_servers(3)',
    "9: php-fpm refuses 'pm.start_servers': pm.start_servers(9) must not be less than pm.min_spare_servers(1) and not greater than pm.max_spare_servers(3)",
  ],
  [
    '',
    'ALERT: [pool shop] pm.min_spare_servers(0) must be a positive value',
    "7: php-fpm refuses 'pm': pm.min_spare_servers(0) must be a positive value",
  ],
  [
    'php_flag[display_errors] = maybe',
    "ERROR: [/var/lib/php-zd/shop/php-fpm.conf:23] error while parsing 'php_flag[display_errors]' : invalid boolean value",
    "9: php-fpm refuses 'php_flag[display_errors]': error while parsing 'php_flag[display_errors]' : invalid boolean value",
  ],
])('what php-fpm finds wrong in [pool] is told at its line: %j', async (line, said, told) => {
  const typist = await atSite();
  await typist.world.writeSite(
    `[site]\nrelease = /srv/shop/current\nuser = shop\n[php]\nversion = 8.2\n[pool]\npm = dynamic\npm.max_children = 5\n${line}\n[health]\npath = /\n`,
  );
  const output = `[27-Nov-2026 12:42:19] ${said}\n[27-Nov-2026 12:42:19] ERROR: FPM initialization failed`;
  typist.world.commands.programs.set('/usr/sbin/php-fpm8.2', () => ({ status: 78, output }));
  expect(await typist.type('check shop')).toEqual({
    exit: Exit.invalid,
    out: '',
    err: `/etc/php-zd/sites/shop.ini:${told}\n`,
  });
});

test('what lies where the web server looks for the site is status 2', async () => {
  const typist = await atSite();
  await typist.world.configure({ more: '[listen]\nfastcgi = /run/shop.sock\n' });
  await typist.world.files.makeDirectory('/run');
  await typist.world.files.write('/run/shop.sock', '');
  expect(await typist.type('check shop')).toEqual({
    exit: Exit.invalid,
    out: '',
    err:
      'php-zd: /run/shop.sock, where the web server looks for the site, is something else already: ' +
      'write another fastcgi into [listen], or remove it where nobody uses it any more.\n',
  });
});

test('a release that lacks a place for what is shared is status 2', async () => {
  const typist = await atSite();
  await typist.world.configure({ more: '[shared]\nstorage = /srv/shop/shared/storage\n' });
  expect(await typist.type('check shop')).toEqual({
    exit: Exit.invalid,
    out: '',
    err:
      `php-zd: the release ${release('42')} lacks storage.\n` +
      'For a place of [shared] an empty file or directory is enough, for one of [writable] a directory. Mend that, or take another: "php-zd releases" shows those of each site.\n',
  });
});

test('a warning is said and is no reason to fail', async () => {
  const typist = await atSite();
  await typist.addBlog();
  const blog = (await typist.world.files.read('/etc/php-zd/sites/blog.ini')) ?? '';
  await typist.world.files.write('/etc/php-zd/sites/blog.ini', blog.replace('user = store', 'user = shop'));
  expect(await typist.type('check shop')).toEqual({
    exit: Exit.done,
    out: OK,
    err:
      "/etc/php-zd/sites/shop.ini:3: sites 'shop' and 'blog' run as one user, 'shop', and are not isolated " +
      'from each other: give each a user of its own (warning)\n',
  });
});

test('without a name all sites are checked, and a bad one keeps no other from it', async () => {
  const typist = await atSite();
  await typist.addBlog();
  await typist.world.files.write('/etc/php-zd/sites/a.ini', BAD.replace('replica', 'oops'));
  const { exit, out, err } = await typist.type('check');
  expect(exit).toBe(Exit.invalid);
  expect(out).toBe(`blog: ok, a reload would roll to ${release('43')}; ${ROOT}\n${OK}`);
  expect(err).toMatch(/^\/etc\/php-zd\/sites\/a\.ini:4: unknown key 'oops' in \[site\]; .*\n$/);
});

test('what all sites have from the defaults is said once', async () => {
  const typist = await atSite();
  await typist.addBlog();
  await typist.world.files.write('/etc/php-zd/defaults.ini', '[site]\nreplica = 1\n');
  expect(await typist.type('check shop blog')).toEqual({
    exit: Exit.invalid,
    out: '',
    err: "/etc/php-zd/defaults.ini:2: unknown key 'replica' in [site]; did you mean 'replicas'?\n",
  });
});

test('a site that there is not is status 4', async () => {
  expect(await (await atSite()).type('check shop nope')).toEqual({
    exit: Exit.noSuchSite,
    out: OK,
    err:
      "php-zd: there is no site 'nope': /etc/php-zd/sites/nope.ini does not exist.\n" +
      'See those that are there with "php-zd list", or write it with "php-zd init nope".\n',
  });
});

test('without any site it says how to write the first', async () => {
  const typist = await atSite();
  await typist.world.files.remove('/etc/php-zd/sites/shop.ini');
  const err = 'There is no site yet. Write the first one with "php-zd init SITE".\n';
  expect(await typist.type('check')).toEqual({ exit: Exit.done, out: '', err });
});
