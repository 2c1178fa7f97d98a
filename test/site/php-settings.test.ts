import { expect, test } from 'vitest';
import { formatProblem, parseSite } from '../../src/site/parse.ts';
import type { Site } from '../../src/site/site.ts';
import { hostOf, shopHost } from './host.ts';

const MOUNT = '/srv/shop/releases/.shop.live';
const health = '[health]\npath = /up\n';

const parse = (lines: string, phpIni: Readonly<Record<string, string>> = {}) =>
  parseSite({
    name: 'shop',
    file: 'shop.ini',
    text: `[site]\nrelease = /srv/shop/current\nuser = shop\n${health}${lines}\n`,
    defaults: undefined,
    host: hostOf({ ...shopHost, phpIni }),
  });

const siteOf = (lines: string, phpIni: Readonly<Record<string, string>> = {}): Site => {
  const parsed = parse(lines, phpIni);
  if ('problems' in parsed) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  return parsed.site;
};

const saidOf = (lines: string, phpIni?: Readonly<Record<string, string>>) => {
  const parsed = parse(lines, phpIni);
  return {
    problems: 'problems' in parsed ? parsed.problems.map(formatProblem) : [],
    warnings: parsed.warnings.map(formatProblem),
  };
};

const HOST = '/etc/php/8.2/fpm/conf.d/50-shop.ini';
/** As Debian ships it. */
const DEBIAN = {
  '/etc/php/8.2/fpm/php.ini':
    '[PHP]\n; session.save_path = "/x"\n[Session]\nsession.save_handler = files\n;session.save_path = "/var/lib/php/sessions"\nsession.gc_probability = 0\nsoap.wsdl_cache_dir="/tmp"\n',
};

test.each<readonly [string, string, Record<string, string>, Site['php']['sessionsBy']]>([
  ['nobody, with what Debian ships', '', DEBIAN, 'nobody'],
  ['the pool', '[pool]\nphp_admin_value[session.save_path] = /tmp/s', DEBIAN, 'site'],
  ['[php] with a handler', '[php]\nini[session.save_handler] = redis', DEBIAN, 'site'],
  [
    '[php]',
    '[php]\nini[session.save_handler] = redis\nini[session.save_path] = "tcp://127.0.0.1:6379?database=1"',
    {},
    'site',
  ],
  [
    "the host's conf.d",
    '',
    { ...DEBIAN, [HOST]: 'session.save_handler = redis\nsession.save_path = "tcp://127.0.0.1:6379?database=1"\n' },
    'host',
  ],
  ["the host's php.ini by its handler alone", '', { [HOST]: 'session.save_handler=memcached ; fast\n' }, 'host'],
  [
    'nobody, where only some requests are meant',
    '',
    { [HOST]: '[HOST=a.example]\nsession.save_path = /x\n' },
    'nobody',
  ],
])('where sessions are is said by %s', (_, lines, phpIni, by) => {
  expect(siteOf(lines, phpIni).php.sessionsBy).toBe(by);
});

const install = (directory: string) =>
  `make it with "install -d -o shop -g shop ${directory}" and write ${directory} = yes in [writable]`;
const ownLog = `write a directory of the site's own instead, such as /var/log/shop; ${install('/var/log/shop')}`;

// The first of the lines is line 6.
test.each<readonly [string, string]>([
  [
    'slowlog = /var/log/php/$pool.slow.log\nrequest_slowlog_timeout = 2s',
    `7: 'slowlog' is '/var/log/php/$pool.slow.log', where a replica cannot write: ${install('/var/log/php')}`,
  ],
  [
    'access.log = /var/log/$pool.access.log',
    `7: 'access.log' is '/var/log/$pool.access.log', where a replica cannot write: ${ownLog}`,
  ],
  // What php-fpm makes of a bare name. Nobody is told to give a site's user the host's own directory.
  ...['/usr/syslog', '/usr/local/log/shop.log', '/run/shop.log', '/dev/stderr.log'].map((path): [string, string] => [
    `slowlog = ${path}\nrequest_slowlog_timeout = 2s`,
    `7: 'slowlog' is '${path}', where a replica cannot write: ${ownLog}`,
  ]),
  ['access.log = log/$pool.access.log', "7: 'access.log' must be an absolute path, not 'log/$pool.access.log'"],
  [
    'access.log = /proc/self/fd/2',
    `7: 'access.log' is '/proc/self/fd/2', which is a socket of the journal in a replica: write access.log = /var/log/shop/access.log; ${install('/var/log/shop')}`,
  ],
  [
    'php_admin_value[error_log] = /var/log/fpm-php.www.log',
    `7: 'php_admin_value[error_log]' is '/var/log/fpm-php.www.log', where a replica cannot write: ${ownLog}`,
  ],
  [
    "php_value[session.save_path] = '5;0600;/var/lib/php/sessions'",
    "7: 'php_value[session.save_path]' is '5;0600;/var/lib/php/sessions', where a replica cannot write: take the line out, since php-zd keeps a directory for the site's sessions",
  ],
  [
    'php_value[session.save_path] = /srv/sessions',
    `7: 'php_value[session.save_path]' is '/srv/sessions', where a replica cannot write: ${install('/srv/sessions')}`,
  ],
  [
    'php_value[soap.wsdl_cache_dir] = /var/lib/php/wsdlcache',
    "7: 'php_value[soap.wsdl_cache_dir]' is '/var/lib/php/wsdlcache', where a replica cannot write: take the line out, or write a path below /tmp, which the replicas of the site share",
  ],
  [
    `php_value[upload_tmp_dir] = ${MOUNT}/var/upload`,
    `7: 'php_value[upload_tmp_dir]' is '${MOUNT}/var/upload', where a replica cannot write: name var/upload in [shared] if all releases share it, or write var/upload = yes in [writable] if it goes with the release`,
  ],
  [
    'php_admin_value[upload_tmp_dir] = /home/shop/tmp',
    "7: 'php_admin_value[upload_tmp_dir]' is '/home/shop/tmp', where a replica cannot write: write home = /home/shop in [site], which is all that PHP then sees there, or a path below /tmp",
  ],
  [
    'php_admin_value[open_basedir] = /srv/shop/current/:/tmp/',
    `7: 'php_admin_value[open_basedir]' leaves out '${MOUNT}', where a replica has its release, and PHP would answer "Primary script unknown": write php_admin_value[open_basedir] = ${MOUNT}/:/tmp/`,
  ],
  [
    'process.priority = -10',
    `7: 'process.priority' has no effect in a replica, whose php-fpm is never root: take the line out, and write Nice=-10 below [Service] with "systemctl edit php-zd-fpm-shop@.service"`,
  ],
  [
    'apparmor_hat = shop',
    `7: 'apparmor_hat' has no effect in a replica, whose php-fpm is never root: take the line out, and write AppArmorProfile=shop below [Service] with "systemctl edit php-zd-fpm-shop@.service"`,
  ],
  [
    'rlimit_files = 2000000',
    "7: 'rlimit_files' must be a whole number up to 1048576, the most that Linux gives, not '2000000'",
  ],
  [
    'request_terminate_timeout = 1min 30s',
    "7: 'request_terminate_timeout' is '1min 30s', which php-fpm reads as 1s: write 90s",
  ],
  [
    'rlimit_core = 4294967297',
    "7: 'rlimit_core' is '4294967297', more than php-fpm holds: write at most 2147483647, or unlimited",
  ],
  ['rlimit_core = big', "7: 'rlimit_core' must be a number of bytes or unlimited, not 'big'"],
  ['request_slowlog_timeout = 5s', "7: 'request_slowlog_timeout' needs a file to write to: write slowlog = PATH"],
  [
    'security.limit_extensions = .html .phtml',
    "7: 'security.limit_extensions' leaves out the extension of 'public/index.php': write security.limit_extensions = .html .phtml .php",
  ],
  [
    'security.limit_extensions =',
    "7: 'security.limit_extensions' is empty, and php-fpm runs any file then, a picture that a visitor uploaded too: write what scripts end in, such as security.limit_extensions = .php",
  ],
  [
    'security.limit_extensions = .php,.html',
    "7: 'security.limit_extensions' must be extensions with blanks between them, such as .php .html, and '.php,.html' is none",
  ],
])('[pool] %s is refused', (lines, message) => {
  expect(saidOf(`[pool]\n${lines}`)).toEqual({ problems: [`shop.ini:${message}`], warnings: [] });
});

test.each([
  'slowlog = /tmp/slow.log\nrequest_slowlog_timeout = 2s',
  'slowlog = /var/log/php-fpm/www-slow.log',
  'slowlog = /var/log/php-fpm/www-slow.log\nrequest_slowlog_timeout = 0',
  'request_slowlog_timeout = 0',
  'access.log = /srv/shop/shared/storage/$pool.log\n[shared]\nstorage = /srv/shop/shared/storage',
  `php_value[session.save_path] = ${MOUNT}/storage/sessions\n[shared]\nstorage = /srv/shop/shared/storage`,
  'php_admin_value[error_log] = syslog',
  'php_admin_value[error_log] = /proc/self/fd/2',
  'php_value[session.save_handler] = redis\nphp_value[session.save_path] = /run/redis/redis.sock',
  'php_admin_flag[log_errors] = on',
  'php_admin_value[open_basedir] = /srv/shop/:/tmp/',
  'php_admin_value[open_basedir] = /srv/shop',
  `php_admin_value[open_basedir] = ${MOUNT}/public:${MOUNT}`,
  'php_admin_value[open_basedir] = .:/tmp/',
  'php_admin_value[open_basedir] =',
  'rlimit_files = 65536',
  'rlimit_core = 0',
  'security.limit_extensions = .php .phtml',
  'clear_env = no\n[env]\nA = b',
  'clear_env = no\n[site]\nenvironment_file = /etc/shop/env',
  'php_value[extension] = a\nphp_value[extension] = b',
])('[pool] %s is taken without a word', lines => {
  expect(saidOf(`[pool]\n${lines}`)).toEqual({ problems: [], warnings: [] });
});

test("what the host's files say is judged too: what cannot be written is a warning, since the site may do without", () => {
  expect(saidOf('', { [HOST]: 'x=1\nerror_log = /var/log/php_errors.log\n' })).toEqual({
    problems: [],
    warnings: [`${HOST}:2: 'error_log' is '/var/log/php_errors.log', where a replica cannot write: ${ownLog}`],
  });
  expect(saidOf('', { [HOST]: 'open_basedir = "/var/www"' }).problems).toEqual([
    `${HOST}:1: 'open_basedir' leaves out '${MOUNT}', where a replica has its release, and PHP would answer "Primary script unknown": write ini[open_basedir] = ${MOUNT}/:/var/www`,
  ]);
  expect(siteOf('', { [HOST]: 'open_basedir = "/srv:/tmp"' }).php.hostBasedir).toBe('/srv:/tmp');
  expect(siteOf('[php]\nini[open_basedir] = /srv', { [HOST]: 'open_basedir = "/x"' }).php.hostBasedir).toBeUndefined();
});

test('a setting that leads through the link is a warning: it leads to another release once that is flipped', () => {
  expect(saidOf('[php]\nini[auto_prepend_file] = /srv/shop/current/prepend.php')).toEqual({
    problems: [],
    warnings: [
      `shop.ini:7: 'ini[auto_prepend_file]' leads through '/srv/shop/current', and so to another release than a replica's own once that is flipped: write '${MOUNT}/prepend.php'`,
    ],
  });
});

test("what lies in a directory of the host's /tmp is not in the site's", () => {
  const lines = "[pool]\nphp_value[upload_tmp_dir] = /tmp/php/uploads/\nphp_value[session.save_path] = '1;/tmp/s'";
  const empty = "and the site's own /tmp is empty at first and after a boot: write";
  expect(saidOf(lines)).toEqual({
    problems: [],
    warnings: [
      `shop.ini:7: 'php_value[upload_tmp_dir]' is '/tmp/php/uploads/', ${empty} '/tmp'`,
      `shop.ini:8: 'php_value[session.save_path]' is '1;/tmp/s', ${empty} '/tmp'`,
    ],
  });
});

test.each([
  [
    `[pool]\nphp_admin_value[error_log] = ${MOUNT}/var/log/php.log\n[writable]\nvar/log = yes`,
    'php_admin_value[error_log]',
  ],
  ['[pool]\nphp_value[error_log] = /srv/empty/php.log\n[writable]\n/srv/empty = yes', 'php_value[error_log]'],
  ['[php]\nini[error_log] = /tmp/l/e.log', 'ini[error_log]'],
  ['[php]\nini[error_log] = /dev/null', 'ini[error_log]'],
])('%j keeps errors from the proof, which is said', (lines, written) => {
  const value = lines.split('\n')[1]?.split(' = ')[1];
  expect(saidOf(lines)).toEqual({
    problems: [],
    warnings: [
      `shop.ini:7: '${written}' is '${value}', where the proof of a replica does not look: a release that dies behind its answer, or in one of ` +
        `status 200, is promoted; take the line out, or write ${written} = syslog, and "php-zd logs shop" shows it`,
    ],
  });
});

test('without errors in any log the proof sees none, which is said', () => {
  expect(saidOf('[pool]\nphp_admin_flag[log_errors] = off')).toEqual({
    problems: [],
    warnings: [
      "shop.ini:7: 'php_admin_flag[log_errors]' is 'off', and the proof of a replica sees no error of PHP: a release that dies behind its " +
        'answer, or in one of status 200, is promoted; write php_admin_flag[log_errors] = on',
    ],
  });
  expect(saidOf('', { [HOST]: 'log_errors = Off\n' }).warnings).toEqual([
    expect.stringContaining(`${HOST}:1: 'log_errors'`),
  ]);
});

test("another program for mail() beside 'sendmail = yes' is refused, borne where the site runs so already, and a word where the host has it", () => {
  const lines = '[sandbox]\nsendmail = yes\n[php]\nini[sendmail_path] = /usr/bin/msmtp -t\n';
  const effect = "is '/usr/bin/msmtp -t', and 'sendmail = yes' in [sandbox] has no effect beside it:";
  const message = `'ini[sendmail_path]' ${effect} take the line out, or write sendmail = no`;
  expect(saidOf(lines)).toEqual({ problems: [`shop.ini:9: ${message}`], warnings: [] });
  const text = `[site]\nrelease = /srv/shop/current\nuser = shop\n${health}${lines}`;
  const kept = { name: 'shop', file: 'shop.ini', text, defaults: undefined, host: hostOf(shopHost), isKept: true };
  expect(parseSite(kept)).toMatchObject({ site: { name: 'shop' }, warnings: [{ line: 9, message }] });
  expect(saidOf(lines.replace('sendmail = yes', 'sendmail = no'))).toEqual({ problems: [], warnings: [] });
  expect(saidOf(lines.replace(/ini.*/, ''))).toEqual({ problems: [], warnings: [] });
  const host = { [HOST]: 'sendmail_path = /usr/bin/msmtp -t\n' };
  expect(saidOf('[sandbox]\nsendmail = yes', host)).toEqual({
    problems: [],
    warnings: [`${HOST}:1: 'sendmail_path' ${effect} write ini[sendmail_path] = "" in [php], or sendmail = no`],
  });
  const unset = '[sandbox]\nsendmail = yes\n[php]\nini[sendmail_path] = ""';
  expect(saidOf(unset, host)).toEqual({ problems: [], warnings: [] });
  expect(siteOf(unset, host).php.hasSendmailPath).toBe(false);
});

test("an empty sendmail_path of the host's throws messages away as before, unless the site asks for sendmail", () => {
  const host = { [HOST]: 'sendmail_path =\n' };
  expect(siteOf('', host).php.hasSendmailPath).toBe(true);
  expect(siteOf('[php]\nini[sendmail_path] = ""', host).php.hasSendmailPath).toBe(false);
  expect(siteOf('[sandbox]\nsendmail = yes', host).php.hasSendmailPath).toBe(false);
  expect(siteOf('').php.hasSendmailPath).toBe(false);
});

test.each([
  ['', '/usr/'],
  ['msmtp -t', '/usr/msmtp -t'],
])('a sendmail_path of the pool that php-fpm takes for another one is said: "%s"', (value, path) => {
  const line = `[pool]\nphp_admin_value[sendmail_path] = "${value}"\n`;
  const taken = `'php_admin_value[sendmail_path]' is '${value}', which php-fpm takes for '${path}', and mail() fails`;
  expect(saidOf(line)).toEqual({
    problems: [],
    warnings: [`shop.ini:7: ${taken}: take the line out, or write the whole path of a program`],
  });
  expect(saidOf(`${line}[sandbox]\nsendmail = yes`)).toEqual({
    problems: [`shop.ini:7: ${taken}, also beside 'sendmail = yes' in [sandbox]: take the line out`],
    warnings: [],
  });
  expect(saidOf('[pool]\nphp_admin_value[sendmail_path] = "/usr/bin/msmtp -t"')).toEqual({
    problems: [],
    warnings: [],
  });
});

test('a core file is only there where the kernel can put it, and that is said', () => {
  expect(saidOf('[pool]\nrlimit_core = unlimited').warnings).toEqual([
    "shop.ini:7: 'rlimit_core' gives a core file only where kernel.core_pattern leads to /tmp or to a program such as systemd-coredump: a replica cannot write one into its release",
  ]);
});

test('what PHP reads when it starts has no effect in a pool', () => {
  const lines = '[pool]\nphp_admin_value[opcache.memory_consumption] = 512\nphp_admin_value[memory_limit] = 1G';
  expect(saidOf(lines)).toEqual({
    problems: [],
    warnings: [
      "shop.ini:7: 'php_admin_value[opcache.memory_consumption]' has no effect: PHP reads it when it starts, before any pool; write ini[opcache.memory_consumption] = 512 in [php]",
    ],
  });
});

test.each([
  ['umask = 0027', true],
  ['umask = 0077\ngroup = www-data', true],
  ['umask = 0027\ngroup = www-data', false],
  ['umask = 0002', false],
])('%s keeps files from the web server: %s', (lines, isWarned) => {
  const advice =
    "shop.ini:7: 'umask' keeps what PHP uploads from the web server, which answers 403: write umask = 0022, or group = www-data in [site]";
  expect(saidOf(`[site]\n${lines}`)).toEqual({ problems: [], warnings: isWarned ? [advice] : [] });
});

test('clear_env would keep the environment file from PHP', () => {
  expect(saidOf('[pool]\nclear_env = yes\n[site]\nenvironment_file = /etc/shop/env').problems).toEqual([
    "shop.ini:7: 'clear_env' keeps from PHP what environment_file says: take the line out, or write the variables in [env]",
  ]);
});

test.each(['no', 'off', '0'])('clear_env = %s has nothing to pass on where the site has no variables', value => {
  expect(saidOf(`[pool]\nclear_env = ${value}`)).toEqual({
    problems: [],
    warnings: [
      "shop.ini:7: 'clear_env' passes on php-fpm's own environment, and a replica's has nothing that the host's php-fpm has: write what PHP needs in [env], or environment_file in [site]",
    ],
  });
});

test("of lines that all count, the site's put out those of defaults.ini", () => {
  const parsed = parseSite({
    name: 'shop',
    file: 'shop.ini',
    text: `[site]\nrelease = /srv/shop/current\nuser = shop\n${health}[php]\nini[extension] = b\nini[extension] = c\n`,
    defaults: { file: 'defaults.ini', text: '[php]\nini[extension] = a\nini[zend_extension] = x\n' },
    host: hostOf(shopHost),
  });
  expect('site' in parsed && parsed.site.php.ini).toEqual(
    new Map([
      ['extension', ['b', 'c']],
      ['zend_extension', ['x']],
    ]),
  );
});

test('a php.ini setting of which only the last line would count is refused when it stands twice', () => {
  expect(saidOf('[php]\nini[memory_limit] = 1M\nini[memory_limit] = 2M').problems).toEqual([
    "shop.ini:8: 'ini[memory_limit]' is given twice in [php]: the first is on line 7",
  ]);
});

test('an extension that PHP does not find is refused, and borne where the site runs so already', () => {
  const host = hostOf({
    ...shopHost,
    extensions: '/usr/lib/php/20220829',
    files: [...shopHost.files, '/usr/lib/php/20220829/redis.so'],
  });
  const text = `[site]\nrelease = /srv/shop/current\nuser = shop\n${health}[php]\nini[extension] = redis\nini[extension] = redis.so\n`;
  const read = (more: string, isKept = false) =>
    parseSite({ name: 'shop', file: 'shop.ini', text: `${text}${more}`, defaults: undefined, host, isKept });
  expect(read('')).toMatchObject({ warnings: [] });
  const said = [
    {
      file: 'shop.ini',
      line: 9,
      message:
        "'ini[zend_extension]' is 'xdebug', which /usr/lib/php/20220829 does not have: install it, as a rule with " +
        '"apt install php8.2-xdebug", or take the line out',
    },
  ];
  expect(read('ini[zend_extension] = xdebug\n')).toMatchObject({ problems: said });
  expect(read('ini[zend_extension] = xdebug\n', true)).toMatchObject({ site: { name: 'shop' }, warnings: said });
});

test('a value that PHP would take for another one is refused wherever it is written, and borne where the site runs so already', () => {
  expect(
    saidOf('[php]\nini[upload_max_filesize] = 2GB\n[pool]\nphp_admin_value[memory_limit] = 256MB').problems,
  ).toEqual([
    "shop.ini:7: 'ini[upload_max_filesize]' is '2GB', which PHP reads as 2: write 2G",
    "shop.ini:9: 'php_admin_value[memory_limit]' is '256MB', which PHP reads as 256: write 256M",
  ]);
  // The host's own is the host's.
  expect(saidOf('', { [HOST]: 'memory_limit = 256MB\n' }).problems).toEqual([]);
});

test('a time zone that PHP does not know is a warning', () => {
  const zones = { ...shopHost.directories, '/usr/share/zoneinfo': '/usr/share/zoneinfo' };
  const parsed = parseSite({
    name: 'shop',
    file: 'shop.ini',
    text: `[site]\nrelease = /srv/shop/current\nuser = shop\n${health}[php]\nini[date.timezone] = US/Pacific\n`,
    defaults: undefined,
    host: hostOf({ ...shopHost, directories: zones }),
  });
  expect(parsed).toMatchObject({
    site: { name: 'shop' },
    warnings: [{ line: 7, message: expect.stringContaining('takes UTC instead: write America/Los_Angeles') }],
  });
});
