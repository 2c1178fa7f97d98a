import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { visit } from '../scene/configure.ts';
import { onOneSuite, type Scene } from '../scene/scene.ts';
import { poolValues } from '../shapes/pool-values.ts';

const MOUNT = '/srv/shop/releases/.shop.live';

/** The application redirects what does not come by HTTPS, unless it is asked by nginx, which has none here. */
const INDEX = `<?php
if (($_SERVER['SERVER_SOFTWARE'] ?? '') === 'php-zd' && ($_SERVER['HTTPS'] ?? '') !== 'on' && $_SERVER['REQUEST_URI'] === '/') {
    header('Location: https://shop.example/', true, 301);
    exit;
}
if (isset($_GET['settings'])) {
    $bytes = ini_parse_quantity(ini_get('upload_max_filesize'));
    $level = error_reporting() === (E_ALL & ~(E_NOTICE | E_DEPRECATED));
    exit(json_encode([$bytes, (int) ini_get('session.gc_maxlifetime'), date_default_timezone_get(), $level, ini_get('arg_separator.output')]));
}
if (isset($_GET['probe'])) {
    $may = fn (string $path): bool => @file_put_contents($path, 'x') === 1;
    session_start();
    exit(json_encode([
        'preloaded' => function_exists('preloaded') ? preloaded() : null,
        'sessions' => ini_get('session.save_path'),
        'home' => $may(getenv('HOME') . '/x'),
        'release' => $may(__DIR__ . '/x'),
        'cache' => $may(__DIR__ . '/../var/cache/x'),
        'log' => $may('/var/log/shop/x'),
        'shared' => [$may(__DIR__ . '/uploads/a'), $may('/srv/shop/shared/b'), decoct(fileperms('/srv/shop/shared/b') & 0777)],
        'extensions' => array_values(array_filter(['sysvshm', 'sysvsem'], 'extension_loaded')),
    ]));
}
?>`;

const PRELOAD = "<?php function preloaded() { return trim(file_get_contents(__DIR__ . '/../RELEASE')); }\n";

const FILES = {
  'config/preload.php': PRELOAD,
  'public/up.php': "<?php echo $_SERVER['SCRIPT_NAME'], ' ', $_SERVER['REGION'] ?? '';",
  'public/uploads/.keep': '',
  'var/cache/.keep': '',
};

const ini = (pool = '') => `url = https://shop.example
param[REGION] = eu
[php]
ini[opcache.preload] = ${MOUNT}/config/preload.php
ini[opcache.preload_user] = shop
[pool]
pm.max_children = 4
slowlog = /var/log/shop/$pool.slow.log
request_slowlog_timeout = 1s
access.log = /var/log/shop/$pool.access.log
access.suppress_path[] = /up.php
access.suppress_path[] = /index.php
php_admin_value[open_basedir] = /srv/shop/:/var/log/shop/:/var/lib/php-zd/shop/home/
${pool}
[shared]
public/uploads = /srv/shop/shared
[writable]
var/cache = yes
/var/log/shop = yes
[health]
path = /up.php
body = ^/up.php eu$
deadline = 10s
[warmup]
paths = /
required = yes
`;

/** A release whose directories that PHP writes to belong to the site's user. */
const makeRelease = async ({ machine, site }: Scene): Promise<string> => {
  const own = await readFile(new URL('../lab/site/index.php', import.meta.url), 'utf8');
  const release = await site.release({ ...FILES, 'public/index.php': `${INDEX}${own}` });
  await machine.run('chown', '--recursive', 'shop', `${site.directory(release)}/var`);
  return release;
};

const probe = async (scene: Scene): Promise<Readonly<Record<string, unknown>>> =>
  JSON.parse(await visit(scene, 'probe'));

onOneSuite('trixie', 'as-written', {}, scene => {
  test('what an operator wrote is so in every replica, before and after a roll that loses nothing', async () => {
    const { machine, site } = scene();
    await machine.run('install', '-d', '-o', 'shop', '/var/log/shop', '/srv/shop/shared');
    const wanted = {
      ...{ sessions: '/var/lib/php-zd/shop/sessions/shop', home: true, release: false, cache: true, log: true },
      shared: [true, true, '644'],
      extensions: ['sysvshm', 'sysvsem'],
    };
    for (const _ of ['first', 'second']) {
      const release = await makeRelease(scene());
      await site.flip(release);
      await site.writeIni(ini());
      expect(await machine.ask('php-zd', 'check', 'shop')).toMatchObject({
        status: 0,
        stderr: expect.stringMatching(
          /^(?:\S+: \[writable\], \[shared\] changed, and a web server [^\n]* \(warning\)\n)?$/,
        ),
      });
      await site.roll();
      expect(await probe(scene())).toEqual({ ...wanted, preloaded: release });
      // Of the release before nothing is there any more.
      expect(await machine.run('ls', `${site.directory(release)}/var/cache`)).toBe('x\n');
    }
    const drill = await machine.ask('php-zd', 'drill', 'shop', '--app-path', '/');
    expect(drill).toMatchObject({ status: 0 });
    expect(drill.stdout).toContain('Nothing was lost');
  });

  test('the slow log has a stack, and the access log no path that is suppressed', async () => {
    const { machine } = scene();
    await visit(scene(), 's=2');
    expect(await machine.run('cat', '/var/log/shop/shop.slow.log')).toContain(
      `script_filename = ${MOUNT}/public/index.php\n[0x`,
    );
    expect(await machine.run('cat', '/var/log/shop/shop.access.log')).not.toContain('up.php');
  });

  test("sessions are where the host's conf.d says, when the site file says nothing of them", async () => {
    const { machine, site } = scene();
    const version = (await machine.run('sh', '-c', 'ls /etc/php')).trim();
    const file = `/etc/php/${version}/fpm/conf.d/99-sessions.ini`;
    await machine.write(file, 'session.save_path = "/srv/shop/shared"\n');
    await site.roll();
    expect(await probe(scene())).toMatchObject({ sessions: '/srv/shop/shared' });
    await machine.run('rm', file);
  });

  test('nothing of the site is opened or run as root to find out that a line is wrong', async () => {
    const { machine, site } = scene();
    await site.writeIni(ini('php_admin_value[error_log] = /var/log/php/$pool.log\nprocess.priority = -10'));
    expect(await machine.ask('php-zd', 'check', 'shop')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/error_log.*\/var\/log\/php = yes in \[writable\]\n.*Nice=-10/s),
    });
    await site.writeIni(ini().replace('slowlog = /var/log/shop/', 'slowlog = /var/log/php/'));
    expect(await machine.ask('php-zd', 'check', 'shop')).toMatchObject({ status: 2 });
    expect(await machine.run('sh', '-c', 'ls /var/log/php 2>/dev/null || true')).toBe('');
  });

  test('what PHP or php-fpm would take for something else is refused at its line, and is what it says as it was to be written', async () => {
    const { machine, site } = scene();
    // One more block of the section: the file has the others already.
    const php = (...lines: readonly string[]) => `${ini()}\n[php]\n${lines.map(line => `ini[${line}\n`).join('')}`;
    await site.writeIni(
      php(
        'upload_max_filesize] = 2GB',
        'session.gc_maxlifetime] = 1h',
        'extension] = nope',
        'date.timezone] = US/Nowhere',
        'error_reporting] = E_ALL & ~(E_NOTICE | E_DEPRECTED)',
      ),
    );
    const { status, stderr } = await machine.ask('php-zd', 'check', 'shop');
    expect(status).toBe(2);
    expect(stderr).toMatch(/:\d+: 'ini\[upload_max_filesize\]' is '2GB', which PHP reads as 2: write 2G\n/);
    expect(stderr).toMatch(/'ini\[session.gc_maxlifetime\]' is '1h', which PHP reads as 1: write 3600, the seconds\n/);
    expect(stderr).toMatch(/'ini\[extension\]' is 'nope', which \/usr\/lib\/php\/\d+ does not have: /);
    expect(stderr).toMatch(
      /'ini\[error_reporting\]' is .* has no 'E_DEPRECTED' and takes 0 for it: write E_DEPRECATED\n/,
    );
    await site.writeIni(
      php(
        'upload_max_filesize] = 2G',
        'session.gc_maxlifetime] = 3600',
        'date.timezone] = US/Nowhere',
        'error_reporting] = E_ALL & ~(E_NOTICE | E_DEPRECATED)',
        'arg_separator.output] = &',
      ),
    );
    expect(await machine.ask('php-zd', 'check', 'shop')).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(
        /^\S+:\d+: 'ini\[date.timezone\]' is 'US\/Nowhere', which PHP does not know here, .* \(warning\)\n$/,
      ),
    });
    const release = await makeRelease(scene());
    await site.flip(release);
    await site.roll();
    expect(JSON.parse(await visit(scene(), 'settings'))).toEqual([2 ** 31, 3600, 'UTC', true, '&']);
    await site.writeIni(ini('request_terminate_timeout = 1min 30s'));
    expect(await machine.ask('php-zd', 'check', 'shop')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(
        /^\S+:\d+: 'request_terminate_timeout' is '1min 30s', which php-fpm reads as 1s: write 90s\n$/,
      ),
    });
    await site.writeIni(ini('request_terminate_timeout = 90s'));
    expect(await machine.ask('php-zd', 'check', 'shop')).toMatchObject({ status: 0 });
    await site.writeIni(ini('pm = dynamic\npm.start_servers = 9\npm.min_spare_servers = 1\npm.max_spare_servers = 2'));
    for (const verb of ['check', 'reload']) {
      expect(await machine.ask('php-zd', verb, 'shop')).toMatchObject({
        status: 2,
        stderr: expect.stringMatching(
          /\.ini:\d+: php-fpm refuses 'pm.start_servers': pm.start_servers\(9\) must not be less than/,
        ),
      });
    }
    expect(JSON.parse(await visit(scene(), 'settings'))).toEqual([2 ** 31, 3600, 'UTC', true, '&']);
  });

  test('a letter in Latin-1 is refused at its line, and is what it says in UTF-8', async () => {
    const { machine, site } = scene();
    await site.writeIni('[env]\nPW = päss\n');
    const [utf8] = (await machine.run('ls', '/etc/php-zd/sites')).split('\n').map(name => `/etc/php-zd/sites/${name}`);
    await machine.run(
      'sh',
      '-c',
      `iconv -f UTF-8 -t ISO-8859-1 ${utf8} >/run/latin1; cp ${utf8} /run/utf8; cp /run/latin1 ${utf8}`,
    );
    expect(await machine.ask('php-zd', 'check', 'shop')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^\S+shop.ini:\d+: is no UTF-8, .*: save the file as UTF-8\n$/),
    });
    await machine.run('sh', '-c', `iconv -f ISO-8859-1 -t UTF-8 /run/latin1 >${utf8}; cmp /run/utf8 ${utf8}`);
    expect(await machine.ask('php-zd', 'check', 'shop')).toMatchObject({ status: 0 });
  });

  test('php-fpm reads each value of a pool as the check of it has it', async () => {
    const { machine } = scene();
    const pm = ['static', 'max_children = 5', 'start_servers = 2', 'min_spare_servers = 1', 'max_spare_servers = 3'];
    const pool = `[p]\nuser = www-data\nlisten = /tmp/p.sock\nslowlog = /tmp/p.log\npm = ${pm.join('\npm.')}\n`;
    for (const [index, { directive, value }] of poolValues.entries()) {
      const onDemand = directive === 'pm.process_idle_timeout' ? 'pm = ondemand\n' : '';
      await machine.write(`/run/values/${index}.conf`, `${pool}${onDemand}${directive} = ${value}\n`);
    }
    const each = `"$(ls /usr/sbin/php-fpm*)" -tt -y /run/values/$at.conf 2>&1 | sed -n "s/^.*NOTICE: \\t//p" >/run/values/$at`;
    await machine.run('sh', '-c', `for at in $(seq 0 ${poolValues.length - 1}); do ${each}; done`);
    const told = await machine.run(
      'sh',
      '-c',
      'cd /run/values && grep . --with-filename --no-messages [0-9] [0-9]*[0-9]',
    );
    for (const [index, { directive, value, read }] of poolValues.entries()) {
      const lines = told.split('\n').filter(line => line.startsWith(`${index}:${directive} = `));
      const found = lines.at(-1)?.split(' = ').at(-1);
      // Of this one it leaves out the unit.
      const shown = directive === 'pm.process_idle_timeout' ? read?.replace('s', '') : read;
      expect([directive, value, found]).toEqual([directive, value, shown]);
    }
  });

  test('a release without what PHP is to write to is refused before anything is touched', async () => {
    const { machine, site } = scene();
    const release = await makeRelease(scene());
    const directory = site.directory(release);
    await machine.run('chown', 'root', `${directory}/var/cache`);
    await site.writeIni(ini());
    await site.flip(release);
    expect((await machine.ask('php-zd', 'check', 'shop')).stderr).toContain(
      `their modes say otherwise: ${directory}/var/cache;`,
    );
    await machine.run('rm', '--recursive', `${directory}/var/cache`);
    expect((await machine.ask('php-zd', 'check', 'shop')).stderr).toContain('lacks var/cache');
  });
});
