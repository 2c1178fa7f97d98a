import { expect, test } from 'vitest';
import { PhpZdError } from '../../../src/base/errors.ts';
import { fixWords } from '../../../src/report/doctor/advice.ts';
import { diagnosisJson, renderDiagnosis } from '../../../src/report/doctor/diagnosis.ts';
import { doctorWords, fixOf } from '../../../src/report/doctor/words.ts';
import type { Facts } from '../../../src/run/doctor/check.ts';
import { type CheckName, checkNames } from '../../../src/run/doctor/doctor.ts';

const place = { file: '/etc/nginx/sites-enabled/shop', block: 'location /' };
const GIB = 1_073_741_824;

/** The facts that each check gives, and the begin of what is said. */
const facts: { readonly [Name in CheckName]: readonly [Facts, string] } = {
  'systemd-version': [{ version: '249' }, 'systemd 249 is too old'],
  'haproxy-version': [{ version: '2.4' }, 'HAProxy 2.4 is too old'],
  'haproxy-lua': [{}, 'HAProxy is built without Lua: php-zd-haproxy cannot be started'],
  'node-version': [{ version: '16.20' }, 'Node.js 16.20 is too old'],
  program: [
    { program: '/x', version: '2', said: 'php-zd 1' },
    'the units call /x, which is php-zd 1, and this is php-zd 2',
  ],
  status: [
    { kind: 'too-few', what: 'only 1 of 2 replicas serve', way: 'php-zd reload shop' },
    'only 1 of 2 replicas serve',
  ],
  start: [
    { unit: 'php-zd@shop.service', how: 'retried', result: 'exit-code', count: 3, said: 'no', dropIns: ['/x.conf'] },
    'php-zd@shop.service keeps ending (exit-code): systemd started it again 3 times; its last line: no; drop-ins: /x.conf',
  ],
  'unit-files': [{ units: ['a', 'b'] }, 'unit files changed since systemd read them (a, b)'],
  'unit-lines': [
    { lines: ["/x.conf:2: Unknown key 'Nce' in section [Service], ignoring."], sites: ['shop'] },
    "systemd passes over lines of drop-ins, which are not in force: /x.conf:2: Unknown key 'Nce' in section [Service], ignoring.",
  ],
  masked: [
    { units: ['php-zd-fpm-shop@3.service', 'php-zd-haproxy.service'] },
    'php-zd-fpm-shop@3.service, php-zd-haproxy.service is masked: a roll that needs it is refused, and what ends does not',
  ],
  'balancer-user': [{ user: 'php-zd-haproxy' }, 'there is no user php-zd-haproxy'],
  'host-directories': [{ missing: ['/run/php-zd'] }, 'directories of php-zd are missing: /run/php-zd'],
  room: [
    { error: { code: 'no-room', facts: { path: '/run/php-zd', what: 'files', free: 3, needed: 64 } } },
    'the file system of /run/php-zd has room for 3 more files (inodes), and a roll may need 64: every roll is refused',
  ],
  'balancer-running': [
    { state: 'activating', said: 'config : no' },
    'php-zd-haproxy is activating: no request reaches a replica; it does not start: config : no',
  ],
  'balancer-ended': [
    { unit: 'php-zd-haproxy.service', count: 1, lastAt: 0 },
    'php-zd-haproxy.service was started again by systemd once, last at ',
  ],
  'balancer-upgraded': [
    { units: ['php-zd-haproxy.service', 'php-zd-http@shop.service'], files: ['/usr/sbin/haproxy'] },
    'HAProxy was upgraded while it runs, and the old one still serves, without what the upgrade mended: /usr/sbin/haproxy',
  ],
  'balancer-files': [{ limit: 100, children: 64, needed: 328 }, 'HAProxy may open 100 files, and the 64 children'],
  'own-sockets': [
    { unit: 'php-zd-mounts.socket', path: '/run/php-zd-mounts/socket', restart: 'php-zd-mounts.socket' },
    'nobody comes to /run/php-zd-mounts/socket, though php-zd-mounts.socket is active: no replica can be started, nor comes back from a crash',
  ],
  'balancer-connections': [
    { connections: 9000, most: 9000 },
    '9000 connections are in use of the 9000 that HAProxy takes for all sites: visitors of every site wait',
  ],
  leftovers: [{ site: 'old', isRunning: true }, 'old has no site file, and it runs all the same'],
  'other-services': [{ units: ['haproxy.service'] }, 'haproxy.service runs too, which php-zd has no use for'],
  'php-fpm-pools': [
    { unit: 'php8.2-fpm.service', state: 'failed', config: '/etc/php/8.2/fpm/php-fpm.conf' },
    'php8.2-fpm.service is failed and has no pool (/etc/php/8.2/fpm/php-fpm.conf), without which it does not start',
  ],
  'php-start': [
    { problems: ['a.ini:1: no', 'a.ini:2: no'], sites: ['blog', 'shop'] },
    "PHP-FPM would start without what the host's php.ini says, and no roll of blog, shop goes through: a.ini:1: no; a.ini:2: no",
  ],
  'php-closed': [
    {
      ...{ closed: ['/conf.d/20-a.ini', '/conf.d/99-own.ini', '/conf.d/b', '/conf.d/c', '/conf.d'], isIni: true },
      ...{ sites: ['blog', 'shop'], by: ['chmod', 'a+rX'], paths: ['/php.ini'], trees: ['/conf.d'] },
    },
    'PHP-FPM of blog, shop may not read /conf.d/20-a.ini, /conf.d/99-own.ini, /conf.d/b, 2 more: each replica does without from its next start on, and no roll goes through',
  ],
  needrestart: [{ units: ['php-zd-haproxy.service'] }, 'after an upgrade of a library needrestart would restart'],
  journal: [{}, 'journald keeps nothing of what is logged: a release that logs fatal errors is taken for a good one'],
  'site-file': [
    { problems: ['a:1: no', 'a:2: no'] },
    'the site file has problems, and every roll is refused: a:1: no; a:2: no',
  ],
  'site-warnings': [{ warnings: ['a:1: hm'] }, 'the site file has warnings: a:1: hm'],
  enabled: [{}, 'the site runs and is not enabled: after the next boot nobody starts it'],
  'generated-files': [
    { files: ['/a', '/b', '/c', '/d', '/e', '/f'] },
    '/a, /b, /c, /d and 2 more are not what this php-zd makes of the promoted configuration',
  ],
  'unit-settings': [
    { settings: ['KillSignal'], dropIns: ['/x.conf'], timeout: '2min' },
    "settings of the replicas' unit are not what a roll needs (KillSignal; drop-ins: /x.conf): requests would be lost",
  ],
  directories: [
    { directories: ['/x (755 root root)'], file: '/f' },
    'directories have another owner or mode than they should',
  ],
  replaced: [
    { places: ['/srv/shop/shared/media', '/var/log/shop'] },
    'something else lies at /srv/shop/shared/media, /var/log/shop since replicas were started, and what PHP writes does not come there',
  ],
  'log-files': [
    { path: '/var/log/shop/access.log', slots: ['1', '2'] },
    'replica 1, 2 writes its access.log into a file that was moved away from /var/log/shop/access.log, or removed',
  ],
  'front-socket': [
    { path: '/run/php-zd/shop/fastcgi.sock', socket: '/run/x' },
    '/run/php-zd/shop/fastcgi.sock, where the web server looks for the site, is no link to /run/x',
  ],
  'http-down': [
    { unit: 'php-zd-web-shop@1.service', state: 'failed' },
    'php-zd-web-shop@1.service, the web server of a replica, is failed: the other replicas have its part of HTTP',
  ],
  'http-ended': [
    { unit: 'php-zd-http@shop.service', count: 60, lastAt: 0 },
    'php-zd-http@shop.service was started again by systemd 60 times, last at ',
  ],
  'php-upgraded': [
    { files: ['/usr/lib/php/a.so'], count: 4 },
    'replicas run what an upgrade has replaced, and serve without what the upgrade mended: /usr/lib/php/a.so and 1 more',
  ],
  'php-gone': [
    { site: 'shop', binary: '/usr/sbin/php-fpm8.2', slots: ['1', '2'], installed: ['8.4'], isBroken: true },
    'PHP 8.2, which replica 1, 2 of shop runs, was removed: one that crashes does not come back, nor does the site after a boot',
  ],
  'php-lost': [
    { to: '8.4', names: ['mysqli', 'xml'], packages: ['php8.4-mysql', 'php8.4-xml'] },
    'PHP 8.4, which an upgrade has brought, lacks mysqli, xml, which the replicas that run have',
  ],
  'php-extensions': [
    { added: ['/usr/lib/php/20220829/apcu.so'], removed: ['/usr/lib/php/20220829/xdebug.so'] },
    "PHP's extensions were changed while replicas run: apcu is not loaded, xdebug is loaded still",
  ],
  'php-ini': [
    { files: ['/etc/php/8.2/fpm/php.ini'] },
    '/etc/php/8.2/fpm/php.ini was changed since replicas were started: they run with what it said then',
  ],
  release: [
    { error: { code: 'release-missing', facts: { path: '/x' } } },
    'the release /x is no directory: every roll is refused',
  ],
  links: [
    { links: ['a -> ../b'], count: 4, release: '/r', mount: '/m' },
    'links in /r lead elsewhere or nowhere for a replica, which sees the release at /m: a -> ../b and 1 more',
  ],
  'link-directory': [
    { directory: '/srv/shop', user: 'shop', group: 'shop', isOwn: true },
    "shop, as whom the site's PHP runs, may write to /srv/shop",
  ],
  'writable-release': [{ path: '/r', user: 'shop' }, 'shop may write to /r: a replica sees it read-only'],
  'unlisted-places': [
    { path: '/var/lib/shop/data', user: 'shop' },
    "/var/lib/shop/data is shop's, and no replica may write there, as PHP-FPM by itself does: where PHP need not, = no ends this note",
  ],
  'readable-release': [
    { readers: ['blog'], directory: '/srv/shop/releases', group: 'shop', server: 'nginx', serverUser: 'www-data' },
    "the PHP of blog may read this site's release",
  ],
  'absolute-paths': [
    {
      leads: 'link',
      places: ['a.php:3 (/srv/shop/current/x)', 'b:1 (/c)', 'd:1 (/c)'],
      count: 5,
      mount: '/m',
      instead: '/m/x',
      isPart: true,
    },
    'a.php:3 (/srv/shop/current/x), b:1 (/c), d:1 (/c) and 2 more lead through the link: a replica gets the files of whatever release the link names by then; not all',
  ],
  'own-paths': [
    { leads: 'own', places: ['a.php:3 (/r/1)'], count: 1, mount: '/m', instead: '/m', isPart: false },
    'a.php:3 (/r/1) name the release by where it lies on the host',
  ],
  jobs: [
    { leads: 'link', places: ['/etc/cron.d/shop:1 (/srv/shop/current/cron.php)'], count: 1 },
    '/etc/cron.d/shop:1 (/srv/shop/current/cron.php) start programs of the site outside of its view',
  ],
  'compiled-code': [
    {
      path: '/m/storage/framework/views',
      mount: '/m',
      variable: 'VIEW_COMPILED_PATH',
      instead: 'bootstrap/cache/views',
    },
    'code that the application compiles lies in /m/storage/framework/views, which all releases share',
  ],
  'file-cache': [{ path: '/c', mount: '/m' }, 'opcache.file_cache is /c, which all releases share'],
  preload: [{ path: '/p.php', mount: '/m' }, 'opcache.preload is /p.php, which is not in the release'],
  sessions: [{ path: '/m/s' }, "PHP's sessions are in the release, /m/s"],
  health: [
    {
      error: {
        code: 'replica-unproven',
        facts: { replica: 1, reason: { kind: 'status', path: '/health', status: 500, wanted: 200 } },
      },
    },
    'replica 1 answered /health with 500 (wanted 200): it serves, and a roll to it would fail',
  ],
  opcache: [{ name: 'opcache.enable', value: '0' }, 'opcache.enable is 0: each request compiles all of its scripts'],
  apcu: [
    { replicas: 2, most: 4 },
    "APCu is on, and its cache is each replica's own: 2 of them hold as many, in a roll up to 4",
  ],
  refused: [
    { key: 'namespaces', line: 'unshare: unshare failed: Operation not permitted', allow: 'yes' },
    'the application was refused something by its sandbox: unshare: unshare failed: Operation not permitted',
  ],
  network: [
    { network: ['10.0.0.1', '::1'] },
    "this host's systemd does not hold network = 10.0.0.1 ::1 in [sandbox]: replicas of before reach every address, and no roll or start begins",
  ],
  mail: [
    { mailer: 'Postfix' },
    'mail() fails at once: Postfix takes messages with rights that a replica does not have',
  ],
  connections: [
    { connections: 500, most: 500 },
    '500 connections are in use of the 500 that HAProxy takes for the site: its visitors wait',
  ],
  'drain-timeout': [
    { longest: '3min', uri: 'GET /x', timeout: '2min', onTimeout: 'abort', staysOpen: false },
    'a request took 3min (GET /x), and a drain waits 2min: a roll meanwhile would fail',
  ],
  'terminate-timeout': [{ written: '5min', timeout: '2min' }, 'request_terminate_timeout lets requests take 5min'],
  somaxconn: [{ limit: 4, children: 8 }, 'net.core.somaxconn is 4, less than the 8 children'],
  memory: [
    { total: GIB, needed: 2.5 * GIB },
    'with all its children, and while it rolls, the site needs 2.5 GiB; the host has 1.0 GiB',
  ],
  'keep-conn': [place, 'nginx keeps FastCGI connections open (/etc/nginx/sites-enabled/shop, location /)'],
  'mixed-releases': [
    { ...place, param: 'SCRIPT_FILENAME', value: '$realpath_root/index.php', mount: '/m' },
    'nginx sends SCRIPT_FILENAME $realpath_root/index.php (/etc/nginx/sites-enabled/shop, location /)',
  ],
  'sent-twice': [place, 'nginx may send a POST twice'],
  'read-timeout': [
    { ...place, timeout: '1min', longest: '2min', uri: 'GET /x' },
    'a request took 2min (GET /x), and nginx gives up after 1min',
  ],
  'queue-timeout': [
    { ...place, timeout: '10s', queueTimeout: '30s' },
    'a request may wait 30s for a child, and nginx gives up after 10s',
  ],
  'server-name': [
    { name: 'shop.example.com', address: '0.0.0.0:80' },
    "nginx has two server blocks with the name 'shop.example.com' at 0.0.0.0:80, and passes over the latter",
  ],
  snippet: [
    { file: '/etc/nginx/sites-enabled/shop', paths: ['/secret', '/up/x.php'] },
    'nginx does not close /secret, /up/x.php, as the site file does (/etc/nginx/sites-enabled/shop)',
  ],
  'own-haproxy': [
    { version: '2.6.12' },
    "HAProxy 2.6.12, which makes HTTP of PHP's answers for [haproxy], ends at one with more than 8 KB of headers",
  ],
  'web-server': [{ socket: '/s' }, 'no web server that runs (nginx, apache2, caddy, lighttpd) names /s'],
  'web-server-rights': [
    { server: 'caddy', uid: 999, socket: '/s', group: 'www-data' },
    'caddy, which runs as user 999, may not connect to /s, which is for the group www-data',
  ],
  'static-files': [
    { server: 'nginx', serverUser: 'www-data', directory: '/srv/shop', group: 'shop' },
    'nginx, which runs as www-data, may not enter /srv/shop: it finds no file of a release',
  ],
};

test.each(Object.entries(facts))('%s is said in words, with what to do', (check, [of, begin]) => {
  const { found, fix } = doctorWords(check as CheckName, of, 'shop');
  expect(found.slice(0, begin.length)).toBe(begin);
  expect(`${found} ${fix}`).not.toMatch(/undefined|NaN|\.$/);
});

test('a release is closed to others by the group of its site, into which the web server comes first', () => {
  const [of] = facts['readable-release'];
  expect(fixOf('readable-release', of, 'shop').type).toEqual([
    ['usermod', '--append', '--groups', 'shop', 'www-data'],
    ['systemctl', 'reload', 'nginx'],
    ['chgrp', 'shop', '/srv/shop/releases'],
    ['chmod', 'g+rx,o-rwx', '/srv/shop/releases'],
  ]);
});

test.each([
  ['mail', { mailer: 'Exim' }],
  ['refused', { key: 'sendmail', line: 'php-zd: mail() failed', allow: 'yes' }],
] as const)('what stands in the way of sendmail = yes is to be changed first: %s', (check, facts) => {
  const ofSite = check === 'refused' ? ['see whether the site is to have that, for the line is its own words'] : [];
  const fix = (of: object) => fixOf(check, { ...facts, ...of }, 'shop');
  const first = (...further: readonly string[]) => ({ first: [...ofSite, ...further].join('; then ') });
  const ini = { section: 'sandbox', line: 'sendmail = yes' };
  const type = [['php-zd', 'reload', 'shop']];
  expect(fix({})).toEqual({ ini, type, ...(ofSite.length > 0 && first()) });
  expect(fix({ instead: ['leave home out', 'take access out'] })).toEqual({
    ...{ ini, type },
    ...first('leave home out; take access out'),
  });
  expect(fix({ path: '/usr/sbin/sendmail -t -fa@b', sender: 'a@b', instead: ['leave home out'] })).toEqual({
    ...{ ini, type },
    ...first(
      'write ini[sendmail_path] = "" in [php] of the site file, in the place of any other sendmail_path there; ' +
        'write php_admin_value[mail.force_extra_parameters] = -fa@b in [pool], which keeps the sender, whatever the application gives mail() as its fifth argument; ' +
        'leave home out',
    ),
  });
});

test("a directory that is not the site's own is nobody's to change", () => {
  const { first, type } = fixOf(
    'link-directory',
    { directory: '/srv', user: 'shop', group: 'shop', isOwn: false },
    'shop',
  );
  expect({ first, type }).toEqual({ first: expect.stringContaining("directory of the site's own"), type: undefined });
});

test.each([
  ['link', /through the link/],
  ['other', /another release than a replica's own/],
  ['home', /a home, which a replica does not see/],
])('a path that leads elsewhere is said with where: %s', (leads, words) => {
  const [of] = facts['absolute-paths'];
  expect(doctorWords('absolute-paths', { ...of, leads, isPart: false }, 'shop').found).toMatch(words);
});

test.each(['opcache.enable', 'opcache.restrict_api', 'opcache.file_update_protection', 'opcache.validate_timestamps'])(
  '%s is said with what it does, and with a better value',
  name => {
    const { found, fix } = doctorWords('opcache', { name, value: '7' }, 'shop');
    expect(found.startsWith(`${name} is 7: `)).toBe(true);
    expect(`${found} ${fix}`).not.toContain('undefined');
  },
);

test('a web server that a mode keeps out is helped by a mode', () => {
  const of = { server: 'nginx', uid: 33, socket: '/s', mode: '0600' };
  expect(doctorWords('web-server-rights', of, 'shop')).toMatchObject({
    found: expect.stringContaining('whose mode is 0600'),
    fix: 'write mode = 0660 in [listen] of the site file, then php-zd reload shop',
  });
});

test('a line to type is as a shell reads it', () => {
  expect(fixWords({ type: [['chown', 'root', "/srv/it's $HOME"]] })).toBe("chown root '/srv/it'\\''s $HOME'");
});

test('every check has its words', () => {
  expect(Object.keys(facts).sort()).toEqual([...checkNames].sort());
});

test('a release that lacks something is told with what it lacks', () => {
  expect(
    doctorWords('release', { error: { code: 'release-incomplete', facts: { path: '/r', missing: ['index.php'] } } })
      .found,
  ).toBe('the release /r lacks index.php: every roll is refused');
});

test.each([
  [{ program: '', version: '2' }, 'systemd does not know php-zd@.service: no site can be started'],
  [{ program: '/x', version: '2' }, 'the units call /x, which is not there'],
])('%o', (of, words) => {
  expect(doctorWords('program', of).found).toBe(words);
});

const denied = new PhpZdError('file-system', { path: '/proc/1/exe', errno: 'EACCES' });
const diagnosis = {
  made: 12,
  findings: [
    { check: 'other-services', severity: 'note', site: undefined, facts: { units: ['haproxy.service'] } },
    { check: 'file-cache', severity: 'problem', site: 'shop', facts: { path: '/c', mount: '/m' } },
  ],
  unmade: [
    { check: 'balancer-upgraded', site: undefined, error: denied },
    { check: 'balancer-files', site: undefined, error: denied },
  ],
} as const;

test('the worst comes first, what could not be looked at is said, and how much was', () => {
  expect(
    renderDiagnosis(diagnosis),
  ).toBe(`problem (file-cache): shop: opcache.file_cache is /c, which all releases share: as all of them are at /m, it serves old code.
    Fix: write ini[opcache.file_cache] = "" in [php] of the site file, then php-zd reload shop.
note (other-services): haproxy.service runs too, which php-zd has no use for: memory, unless something else uses it.
    Fix: see that nothing else uses it, then systemctl disable --now haproxy.service.
not checked (balancer-upgraded, balancer-files): /proc/1/exe: permission denied; run it as root.
12 checks made: 1 problem, 0 warnings, 1 note; 2 checks could not be made.
`);
});

test('programs have the facts and the words', () => {
  expect(diagnosisJson(diagnosis)).toMatchObject({
    findings: [
      {},
      {
        check: 'file-cache',
        severity: 'problem',
        site: 'shop',
        facts: { path: '/c' },
        fix: expect.stringMatching(/^write ini/),
      },
    ],
    unmade: [{ check: 'balancer-upgraded', reason: '/proc/1/exe: permission denied; run it as root' }, {}],
  });
});
