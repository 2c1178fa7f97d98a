import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatProblem, glanceAtSite, parseSite } from '../../src/site/parse.ts';
import type { Site } from '../../src/site/site.ts';
import { propertyRuns } from '../property-runs.ts';
import { hostOf, shopHost } from './host.ts';

interface Given {
  readonly text: string;
  readonly defaults?: string;
  readonly name?: string;
  readonly host?: Partial<typeof shopHost>;
}

const file = '/etc/php-zd/sites/shop.ini';
const defaultsFile = '/etc/php-zd/defaults.ini';

/** Each text is looked at both ways: a glance leaves out warnings, and nothing that is wrong. */
const parse = ({ text, defaults, name = 'shop', host = {} }: Given) => {
  const input = {
    name,
    file,
    text,
    defaults: defaults === undefined ? undefined : { file: defaultsFile, text: defaults },
    host: hostOf({ ...shopHost, ...host }),
  };
  const parsed = parseSite(input);
  const glanced = glanceAtSite(input);
  if ('problems' in parsed) expect('problems' in glanced && glanced.problems).toEqual(parsed.problems);
  else expect('site' in glanced && glanced.site).toMatchObject(seenAtAGlance(parsed.site));
  return parsed;
};

const seenAtAGlance = ({ link, replicas, listen }: Site): Pick<Site, 'link' | 'replicas' | 'listen'> => ({
  ...{ link, replicas, listen },
});

const shorten = (line: string) => line.replace('/etc/php-zd/sites/', '').replace('/etc/php-zd/', '');
const problemsOf = (given: Given) => {
  const parsed = parse(given);
  return 'problems' in parsed ? parsed.problems.map(formatProblem).map(shorten) : [];
};
const warningsOf = (given: Given) => parse(given).warnings.map(formatProblem).map(shorten);
const siteOf = (given: Given) => {
  const parsed = parse(given);
  if ('problems' in parsed) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  return parsed.site;
};

/** Lines 1 to 3, and the sections behind them begin on line 4. */
const shop = '[site]\nrelease = /srv/shop/current\nuser = shop\n';
const healthAdvice =
  'shop.ini:1: no [health]: a replica is proven by its ping and its index alone; set [health] path = /...';

test('two keys are enough: every other has a default', () => {
  expect(parse({ text: shop })).toEqual({
    site: {
      name: 'shop',
      file,
      link: '/srv/shop/current',
      releases: '/srv/shop/releases',
      mount: '/srv/shop/releases/.shop.live',
      user: 'shop',
      group: 'shop',
      replicas: 2,
      surge: 1,
      strategy: 'rolling',
      standby: false,
      bakeMs: 0,
      bakeErrors: undefined,
      bakeLatency: undefined,
      access: 'read-only',
      index: 'public/index.php',
      web: {
        root: 'public',
        index: ['index.php', 'index.html'],
        frontController: 'index.php',
        closed: [],
        phpIn: [],
        htaccessDone: [],
      },
      umask: 0o022,
      home: undefined,
      url: { scheme: 'http', host: 'localhost', port: 80 },
      params: new Map(),
      environmentFile: undefined,
      environment: new Map(),
      php: {
        binary: '/usr/sbin/php-fpm8.2',
        version: '8.2',
        ini: new Map(),
        sessionsBy: 'nobody',
        hostBasedir: undefined,
        hasSendmailPath: false,
      },
      pool: new Map([
        ['pm', ['static']],
        ['pm.max_children', ['8']],
      ]),
      maxChildren: 8,
      env: new Map(),
      shared: new Map(),
      writable: [],
      listen: {
        fastcgi: '/run/php-zd/shop/fastcgi.sock',
        owner: undefined,
        group: 'www-data',
        mode: 0o660,
        queueTimeoutMs: 30_000,
      },
      health: undefined,
      warmup: { paths: [], count: 1, concurrency: 2, isRequired: false, opcache: true, deadlineMs: 30_000 },
      drain: {
        timeoutMs: 120_000,
        onTimeout: 'abort',
        parkTimeoutMs: 3_600_000,
        daemons: ['gpg-agent', 'keyboxd', 'dirmngr', 'scdaemon'],
      },
      hooks: { timeoutMs: 300_000 },
      limits: { memory: '90%', tasks: '15%', shm: '50%' },
      sandbox: {
        sockets: [],
        network: 'yes',
        hasSendmail: false,
        hasNamespaces: false,
        hasInotify: false,
        hasSetgid: false,
      },
    },
    positions: {
      user: { file, line: 3 },
      mount: { file, line: 2 },
      link: { file, line: 2 },
      fastcgi: { file, line: 1 },
      rights: { file, line: 1 },
    },
    warnings: [{ file, line: 1, message: healthAdvice.replace('shop.ini:1: ', '') }],
  });
});

const everything = `
[site]
release = /srv/shop/current/
mount = /srv/shop/releases/live
user = shop
group = www-data
replicas = 64
surge = 64
strategy = blue-green
standby = yes
bake = 1min 30s
bake_errors = 2
bake_latency = 1.5
access = read-write
index = app.php
umask = 0002
home = /srv/shop/shared/storage
url = https://shop.example:8443/
param[APP_REGION] = eu
environment_file = /etc/shop/env
[php]
version = 8.2
ini[memory_limit] = 256M
ini[opcache.memory_consumption] = 256
ini[disable_functions] =
ini[extension] = redis
ini[extension] = imagick
[pool]
pm = dynamic
pm.max_children = 20
pm.start_servers = 5
php_admin_value[error_log] = /srv/empty/php.log
access.suppress_path[] = /ping
access.suppress_path[] = /up
[env]
APP_ENV = prod
DSN = 'mysql:host=db;dbname=shop'
[shared]
storage/ = /srv/shop/shared/storage
.env = /srv/shop/shared/.env
[writable]
var/cache/ = yes
/srv/empty = yes
var/log = no
[listen]
fastcgi = /run/shop.sock
owner = nginx
group = nginx
mode = 0600
queue_timeout = 1min 5s
[web]
root = .
index = app.php index.html
front_controller = none
closed = config data/
php_in = storage/plugins
htaccess_done = .htaccess uploads/.htaccess
[health]
path = /health?deep=1
status = 204
body = '^OK #\\d+$'
header[Host] = www.example.com
passes = 3
interval = 500ms
soak = 5s
deadline = 1min
[warmup]
paths = /  /search?q=x
count = 10
concurrency = 20
required = yes
opcache = no
deadline = 10s
[drain]
timeout = 10min
on_timeout = kill
park_timeout = infinity
daemons = soffice.bin  chrome
[hooks]
before_roll = migrate "a b" it\\'s
before_serve = bin/console cache:warmup
after_roll = '+sh -c "a; b"'
on_failure = /bin/true
timeout = 10s
[limits]
memory = 2G
tasks = 5000
shm = 64M
[sandbox]
sockets = /run/redis-sessions  /run/cups
network = 10.0.0.0/8  ::1
namespaces = yes
inotify = yes
setgid = yes
sendmail = yes
`;

test('every key says what it says', () => {
  expect(parse({ text: everything })).toEqual({
    site: {
      name: 'shop',
      file,
      link: '/srv/shop/current',
      releases: '/srv/shop/releases',
      mount: '/srv/shop/releases/live',
      user: 'shop',
      group: 'www-data',
      replicas: 64,
      surge: 64,
      strategy: 'blue-green',
      standby: true,
      bakeMs: 90_000,
      bakeErrors: 2,
      bakeLatency: 1.5,
      access: 'read-write',
      index: 'app.php',
      umask: 0o002,
      home: '/srv/shop/shared/storage',
      url: { scheme: 'https', host: 'shop.example', port: 8443 },
      params: new Map([['APP_REGION', 'eu']]),
      environmentFile: '/etc/shop/env',
      environment: new Map(),
      php: {
        binary: '/usr/sbin/php-fpm8.2',
        version: '8.2',
        ini: new Map([
          ['memory_limit', ['256M']],
          ['opcache.memory_consumption', ['256']],
          ['disable_functions', ['']],
          ['extension', ['redis', 'imagick']],
        ]),
        sessionsBy: 'nobody',
        hostBasedir: undefined,
        hasSendmailPath: false,
      },
      pool: new Map([
        ['pm', ['dynamic']],
        ['pm.max_children', ['20']],
        ['pm.start_servers', ['5']],
        ['php_admin_value[error_log]', ['/srv/empty/php.log']],
        ['access.suppress_path[]', ['/ping', '/up']],
      ]),
      maxChildren: 20,
      env: new Map([
        ['APP_ENV', 'prod'],
        ['DSN', 'mysql:host=db;dbname=shop'],
      ]),
      shared: new Map([
        ['storage', '/srv/shop/shared/storage'],
        ['.env', '/srv/shop/shared/.env'],
      ]),
      writable: ['var/cache', '/srv/empty'],
      listen: { fastcgi: '/run/shop.sock', owner: 'nginx', group: 'nginx', mode: 0o600, queueTimeoutMs: 65_000 },
      web: {
        root: '.',
        index: ['app.php', 'index.html'],
        frontController: undefined,
        closed: ['config', 'data'],
        phpIn: ['storage/plugins'],
        htaccessDone: ['.htaccess', 'uploads/.htaccess'],
      },
      health: {
        path: '/health?deep=1',
        status: 204,
        body: /^OK #\d+$/,
        headers: new Map([['Host', 'www.example.com']]),
        passes: 3,
        intervalMs: 500,
        soakMs: 5_000,
        deadlineMs: 60_000,
      },
      warmup: {
        paths: ['/', '/search?q=x'],
        count: 10,
        concurrency: 20,
        isRequired: true,
        opcache: false,
        deadlineMs: 10_000,
      },
      drain: {
        timeoutMs: 600_000,
        onTimeout: 'kill',
        parkTimeoutMs: Number.POSITIVE_INFINITY,
        daemons: ['soffice.bin', 'chrome'],
      },
      hooks: {
        before_roll: { words: ['migrate', 'a b', "it's"], isRoot: false },
        before_serve: { words: ['bin/console', 'cache:warmup'], isRoot: false },
        after_roll: { words: ['sh', '-c', 'a; b'], isRoot: true },
        on_failure: { words: ['/bin/true'], isRoot: false },
        timeoutMs: 10_000,
      },
      limits: { memory: '2G', tasks: '5000', shm: '64M' },
      sandbox: {
        sockets: ['/run/redis-sessions', '/run/cups'],
        network: ['10.0.0.0/8', '::1'],
        hasSendmail: true,
        hasNamespaces: true,
        hasInotify: true,
        hasSetgid: true,
      },
    },
    positions: {
      user: { file, line: 5 },
      mount: { file, line: 4 },
      link: { file, line: 3 },
      fastcgi: { file, line: 46 },
      rights: { file, line: 48 },
    },
    warnings: [
      {
        file,
        line: 32,
        message: expect.stringContaining("'php_admin_value[error_log]' is '/srv/empty/php.log', where the proof"),
      },
      {
        file,
        line: 40,
        message:
          "'.env' in [shared] is one file: nobody can put another in its place, as editors and many programs do that write it, " +
          "and one that is put there on the host is not seen before the next roll; share its directory '/srv/shop/shared'",
      },
    ],
  });
});

test('of one shared file beside the releases the directory that has these is not advised', () => {
  const host = hostOf({ ...shopHost, files: [...shopHost.files, '/srv/shop/.env'] });
  const parsed = parseSite({
    name: 'shop',
    file,
    text: `${shop}[shared]\n.env = /srv/shop/.env\n`,
    defaults: undefined,
    host,
  });
  expect(parsed.warnings.map(({ message }) => message)).toEqual([
    healthAdvice.replace('shop.ini:1: ', ''),
    expect.stringMatching(/; where that is too late, move it into a directory without the releases, and share that$/),
  ]);
});

test('the site file wins over defaults.ini key by key, and entry by entry in a map', () => {
  const site = siteOf({
    defaults:
      '[site]\nuser = nginx\nreplicas = 3\n[php]\nini[a] = 1\nini[b] = 2\n[health]\npath = /up\nheader[host] = a\n[drain]\ntimeout = 1h\n',
    text: `${shop}[php]\nini[b] = 3\n[health]\nstatus = 204\nheader[Host] = b\n`,
  });
  expect(site).toMatchObject({
    user: 'shop',
    replicas: 3,
    php: {
      ini: new Map([
        ['a', ['1']],
        ['b', ['3']],
      ]),
    },
    health: { path: '/up', status: 204, headers: new Map([['Host', 'b']]) },
    drain: { timeoutMs: 3_600_000 },
  });
});

test('a [php] version of the site puts out the binary of defaults.ini', () => {
  const php = [...shopHost.php, { binary: '/usr/sbin/php-fpm8.4', version: '8.4' }];
  const defaults = '[php]\nbinary = /usr/sbin/php-fpm8.2\n';
  expect(siteOf({ defaults, text: shop, host: { php } }).php.version).toBe('8.2');
  expect(siteOf({ defaults, text: `${shop}[php]\nversion = 8.4\n`, host: { php } }).php.version).toBe('8.4');
});

test('a single replica has a second one beside it during a roll', () => {
  expect(siteOf({ text: `${shop}replicas = 1\n` })).toMatchObject({ replicas: 1, surge: 1, strategy: 'rolling' });
});

test('replicas are restarted in place when surge is 0, and may be watched there too', () => {
  expect(siteOf({ text: `${shop}surge = 0\nbake = 10s\n` })).toMatchObject({ replicas: 2, surge: 0, bakeMs: 10_000 });
});

test.each([1, 2, 5, 64])('blue-green starts as many new replicas as there are: %i', replicas => {
  const lines = `strategy = blue-green\nreplicas = ${replicas}\n`;
  expect(siteOf({ text: `${shop}${lines}` }).surge).toBe(replicas);
  expect(siteOf({ text: shop, defaults: `[site]\n${lines}` }).surge).toBe(replicas);
  expect(siteOf({ text: `${shop}${lines}surge = ${replicas}\n` }).surge).toBe(replicas);
});

test('a roll may start as many replicas as there are, and park needs one beyond them', () => {
  expect(siteOf({ text: `${shop}surge = 2\n[drain]\non_timeout = park\n` })).toMatchObject({
    surge: 2,
    drain: { onTimeout: 'park' },
  });
  expect(siteOf({ text: `${shop}[drain]\non_timeout = park\n` }).surge).toBe(1);
});

const parkInPlace =
  "'on_timeout' is park and 'surge' 0: a parked replica keeps its slot, and the new one has no other; " +
  'write surge = 1 or on_timeout = abort';

// Appended to the lines of shop, so the first line here is line 4.
test.each<readonly [string, string, string, string]>([
  [
    'in defaults.ini when the site says nothing of it',
    '[site]\nsurge = 3\n',
    '',
    "defaults.ini:2: 'surge' is 3 and 'replicas' 2: a roll starts no more new replicas than there are; write surge = 2 or less",
  ],
  [
    'at the replicas of the site when the surge is from defaults.ini',
    '[site]\nsurge = 3\n',
    'replicas = 2\n',
    "shop.ini:4: 'surge' is 3 and 'replicas' 2: a roll starts no more new replicas than there are; write surge = 2 or less",
  ],
  [
    'at the strategy of the site when the surge is from defaults.ini',
    '[site]\nsurge = 1\n',
    'strategy = blue-green\n',
    "shop.ini:4: 'surge' is 1 and 'replicas' 2: strategy = blue-green starts as many new replicas as there are; write surge = 2",
  ],
  [
    'at the surge of the site when park is from defaults.ini',
    '[drain]\non_timeout = park\n',
    'surge = 0\n',
    `shop.ini:4: ${parkInPlace}`,
  ],
])('a contradiction of two keys is reported %s', (_, defaults, lines, problem) => {
  expect(problemsOf({ defaults, text: `${shop}${lines}` })).toEqual([problem]);
});

test('a broken number is one problem, not a second for what the other would be beside it', () => {
  expect(problemsOf({ text: `${shop}strategy = blue\nsurge = 5\n` })).toEqual([
    "shop.ini:4: 'strategy' must be 'rolling' or 'blue-green', not 'blue'",
  ]);
  expect(problemsOf({ text: `${shop}strategy = blue-green\nreplicas = x\n[drain]\non_timeout = park\n` })).toEqual([
    "shop.ini:5: 'replicas' must be a whole number from 1 to 64, not 'x'",
  ]);
  expect(problemsOf({ text: `${shop}replicas = 0\nsurge = 0\n[drain]\non_timeout = park\n` })).toEqual([
    "shop.ini:4: 'replicas' must be a whole number from 1 to 64, not '0'",
  ]);
});

test('a site with nothing behind paths warms up with none, whatever defaults.ini has', () => {
  const defaults = '[warmup]\npaths = /a /b\ncount = 5\n';
  expect(siteOf({ defaults, text: shop }).warmup).toMatchObject({ paths: ['/a', '/b'], count: 5 });
  expect(siteOf({ defaults, text: `${shop}[warmup]\npaths =\n` }).warmup).toMatchObject({ paths: [], count: 5 });
});

test('a broken value of defaults.ini is reported once, with nothing that follows from it', () => {
  expect(problemsOf({ defaults: '[site]\nuser = "shop\n', text: '[site]\nrelease = /srv/shop/current\n' })).toEqual([
    `defaults.ini:2: 'user' begins with " and does not end with it: quote the whole value; a comment needs a line of its own`,
  ]);
});

// Appended to the lines of shop, so the first line here is line 4.
test.each<readonly [string, string]>([
  [
    'surge = 3',
    "4: 'surge' is 3 and 'replicas' 2: a roll starts no more new replicas than there are; write surge = 2 or less",
  ],
  [
    'replicas = 1\nsurge = 2',
    "5: 'surge' is 2 and 'replicas' 1: a roll starts no more new replicas than there are; write surge = 1",
  ],
  [
    'surge = 0\nreplicas = 1',
    "4: 'surge' is 0 and 'replicas' 1: a single replica that is restarted in its place is a site that is down meanwhile; " +
      'write surge = 1 or replicas = 2',
  ],
  [
    'strategy = blue-green\nsurge = 1',
    "5: 'surge' is 1 and 'replicas' 2: strategy = blue-green starts as many new replicas as there are; write surge = 2",
  ],
  [
    'strategy = blue-green\nreplicas = 1\nsurge = 0',
    "6: 'surge' is 0 and 'replicas' 1: strategy = blue-green starts as many new replicas as there are; write surge = 1",
  ],
  [
    'surge = 0\n[drain]\non_timeout = park',
    "6: 'on_timeout' is park and 'surge' 0: a parked replica keeps its slot, and the new one has no other; " +
      'write surge = 1 or on_timeout = abort',
  ],
  ['surge = 65', "4: 'surge' must be a whole number from 0 to 64, not '65'"],
  ['strategy = canary', "4: 'strategy' must be 'rolling' or 'blue-green', not 'canary'"],
  ['strategy =', "4: 'strategy' has no value: write one or take the line out"],
  ['standby = true', "4: 'standby' must be 'yes' or 'no', not 'true'"],
  [
    'bake_errors = 2',
    "4: 'bake_errors' compares a new replica with the old ones while it is watched, and none is: write bake = 30s besides, or take the line out",
  ],
  [
    'bake_latency = 2',
    "4: 'bake_latency' compares a new replica with the old ones while it is watched, and none is: write bake = 30s besides, or take the line out",
  ],
  ['bake_errors = 0.5', "4: 'bake_errors' must be a number from 1 to 1000 such as 2 or 1.5, or none, not '0.5'"],
  ['bake_latency = twice', "4: 'bake_latency' must be a number from 1 to 1000 such as 2 or 1.5, or none, not 'twice'"],
  ['bake = long', "4: 'bake' must be a time span such as 500ms, 30s or 1min 30s, not 'long'"],
  ['surge = x', "4: 'surge' must be a whole number from 0 to 64, not 'x'"],
  ['replicas = 65', "4: 'replicas' must be a whole number from 1 to 64, not '65'"],
  ['replicas = 2.5', "4: 'replicas' must be a whole number from 1 to 64, not '2.5'"],
  ['replicas =', "4: 'replicas' has no value: write one or take the line out"],
  ['replica = 3', "4: unknown key 'replica' in [site]; did you mean 'replicas'?"],
  ['on_timeout = kill', "4: unknown key 'on_timeout' in [site]; it belongs in [drain]"],
  [
    'document_root = /x',
    "4: unknown key 'document_root' in [site]; its keys are release, releases, mount, user, group, replicas, surge, strategy, standby, bake, bake_errors, bake_latency, access, index, umask, home, url, param[NAME], environment_file",
  ],
  ['user = shop', "4: 'user' is given twice in [site]: the first is on line 3"],
  ['access = rw', "4: 'access' must be 'read-only' or 'read-write', not 'rw'"],
  ['group = shops', "4: 'group' is 'shops', and this host has no such group: write one that it has"],
  [
    'group = root',
    "4: 'group' must not be root: whoever breaks the site would own the host; write group = NAME, one of the site's own",
  ],
  ['home = /etc', "4: 'home' is not this site's alone: write a directory of its own"],
  ['home = /home', "4: 'home' is not this site's alone: write a directory of its own"],
  ['[web]\nroot = web', "5: 'root' is no directory of the release: there is no '/srv/shop/releases/42/web'"],
  ['[web]\nroot = ..', "5: 'root' must be written without '.' and '..', not '..'"],
  [
    '[web]\nfront_controller = app.php',
    "5: 'front_controller' is no file in the document root: there is no '/srv/shop/releases/42/public/app.php'",
  ],
  ['[web]\nindex = a/index.php', "5: 'index' must be names of files without a directory, not 'a/index.php'"],
  ['[web]\nclosed = /config', "5: 'closed' must be a path relative to the release, not '/config'"],
  [
    'param[SCRIPT_FILENAME] = /x',
    "4: 'param[SCRIPT_FILENAME]' is a path of each request's own, which php-zd and the web server set",
  ],
  ['index = web.php', "4: 'index' is no file in the release: there is no '/srv/shop/releases/42/web.php'"],
  ['index = /index.php', "4: 'index' must be a path relative to the release, not '/index.php'"],
  ['index = ../index.php', "4: 'index' must be written without '.' and '..', not '../index.php'"],
  ['environment_file = /none', "4: 'environment_file' is no file: there is no '/none'"],
  ['environment_file = env', "4: 'environment_file' must be an absolute path, not 'env'"],
  ['mount = live', "4: 'mount' must be an absolute path, not 'live'"],
  ['mount = /', "4: 'mount' must not be the root directory"],
  ['mount = /usr/local/live', "4: 'mount' must not be in /usr, which belongs to the system"],
  ['mount = /lib', "4: 'mount' must not be in /lib, which belongs to the system"],
  ['mount = /srv/shop', "4: 'mount' must not contain the release '/srv/shop/releases/42', but be beside it"],
  ['mount = /srv/shop/releases/42', "4: 'mount' must not be in the release '/srv/shop/releases/42', but beside it"],
  ['mount = /srv/shop/current/x/y', "4: 'mount' must not be in the release '/srv/shop/releases/42', but beside it"],
  ['mount = /srv/shop/current', "4: 'mount' must not be the release itself, but beside it"],
  [
    'mount = /srv/my%shop',
    "4: 'mount' must not contain '%': in a path only letters, digits and . _ - + = @ ~ are safe in a systemd unit",
  ],
  ['mount = /srv/../live', "4: 'mount' must be written without '.' and '..', not '/srv/../live'"],
  ['nonsense', "4: 'nonsense' is neither a section, a key nor a comment: write KEY = VALUE"],
  ['[sites]\nx = 1', '4: unknown section [sites]; did you mean [site]?'],
  [
    '[server]\nx = 1',
    '4: unknown section [server]; the sections are [site] [php] [pool] [env] [shared] [writable] [listen] [haproxy] [web] [health] [warmup] [drain] [hooks] [limits] [sandbox]',
  ],
  [
    '[www.example.com]',
    '4: unknown section [www.example.com]; the sections are [site] [php] [pool] [env] [shared] [writable] [listen] [haproxy] [web] [health] [warmup] [drain] [hooks] [limits] [sandbox]',
  ],
  [
    '[__proto__]',
    '4: unknown section [__proto__]; the sections are [site] [php] [pool] [env] [shared] [writable] [listen] [haproxy] [web] [health] [warmup] [drain] [hooks] [limits] [sandbox]',
  ],
  [
    '__proto__ = 1',
    "4: unknown key '__proto__' in [site]; its keys are release, releases, mount, user, group, replicas, surge, strategy, standby, bake, bake_errors, bake_latency, access, index, umask, home, url, param[NAME], environment_file",
  ],
  ['[php]\nbinary = php-fpm', "5: 'binary' must be an absolute path, not 'php-fpm'"],
  ['[php]\nbinary = /usr/bin/none', "5: 'binary' is no program: there is no '/usr/bin/none' that can be executed"],
  ['[php]\nbinary = /bin/true', "5: 'binary' is no php-fpm: '/bin/true -v' does not say so"],
  ['[php]\nbinary = /usr/sbin/php-fpm7.4', '5: php-fpm 7.4 is too old: php-zd needs 8.0 or later'],
  ['[php]\nversion = 8', "5: 'version' must be a version such as 8.2, not '8'"],
  ['[php]\nversion = 8.3', '5: php-fpm 8.3 is not installed: install php8.3-fpm, or write version = 8.2'],
  [
    '[php]\nversion = 8.2\nbinary = /usr/sbin/php-fpm8.2',
    "6: 'binary' and 'version' are both given: write one of them",
  ],
  ['[php]\nini[] = 1', "5: 'ini[]' must have a name between its brackets, not ''"],
  ['[php]\nini = 1', "5: unknown key 'ini' in [php]; did you mean 'ini[NAME]'?"],
  ['[php]\nini.memory_limit = 1', "5: unknown key 'ini.memory_limit' in [php]; did you mean 'ini[memory_limit]'?"],
  [
    `[php]\nini[x] = "'\${a}"`,
    "5: 'ini[x]' holds both ' and ${, which php-fpm's own configuration cannot: put it in a file that the application reads",
  ],
  ['[pool]\npm = fast', "5: 'pm' must be 'static' or 'dynamic' or 'ondemand', not 'fast'"],
  ['[pool]\npm.max_children = 0', "5: 'pm.max_children' must be a whole number from 1 to 65535, not '0'"],
  ['[pool]\npm.max_childs = 5', "5: unknown key 'pm.max_childs' in [pool]; did you mean 'pm.max_children'?"],
  [
    '[pool]\nphp_admin_values[a] = 5',
    "5: unknown key 'php_admin_values[a]' in [pool]; did you mean 'php_admin_value[a]'?",
  ],
  ['[pool]\nphp_value = 5', "5: 'php_value' needs the name of a setting: write php_value[NAME] = VALUE"],
  [
    '[pool]\naccess.suppress_path = /x',
    "5: unknown key 'access.suppress_path' in [pool]; did you mean 'access.suppress_path[]'?",
  ],
  ['[pool]\nworkers = 5', "5: unknown key 'workers' in [pool]; php-fpm has no such directive for a pool"],
  ['[pool]\nreplicas = 5', "5: unknown key 'replicas' in [pool]; it belongs in [site]"],
  [
    '[pool]\nlisten = /x',
    "5: php-zd sets 'listen' itself: every replica has a socket of its own; write fastcgi in [listen] for the one of the web server, or http where that is on another host",
  ],
  [
    '[pool]\nlisten.owner = x',
    "5: php-zd sets 'listen.owner' itself: the web server connects to the balancer; write owner, group and mode in [listen]",
  ],
  [
    '[pool]\nlisten.backlog = 5',
    "5: php-zd sets 'listen.backlog' itself: requests wait in the balancer, not in front of php-fpm; write queue_timeout in [listen]",
  ],
  [
    '[pool]\nuser = x',
    "5: php-zd sets 'user' itself: php-fpm runs as the user of the site from its start; write user in [site]",
  ],
  [
    '[pool]\ngroup = x',
    "5: php-zd sets 'group' itself: php-fpm runs as the group of the site from its start; write group in [site]",
  ],
  [
    '[pool]\nprefix = /x',
    "5: php-zd sets 'prefix' itself: paths of a replica begin at its release; write absolute paths instead",
  ],
  [
    '[pool]\nchroot = /x',
    "5: php-zd sets 'chroot' itself: a replica has a view of its own of the file system; take the line out",
  ],
  ['[pool]\nchdir = /x', "5: php-zd sets 'chdir' itself: PHP works in the directory of each script; take the line out"],
  [
    '[pool]\npm.status_path = /x',
    "5: php-zd sets 'pm.status_path' itself: it asks every replica there how it is; take the line out",
  ],
  [
    '[pool]\npm.status_listen = /x',
    "5: php-zd sets 'pm.status_listen' itself: it asks every replica there how it is; take the line out",
  ],
  [
    '[pool]\nping.path = /x',
    "5: php-zd sets 'ping.path' itself: it asks every replica there how it is; take the line out",
  ],
  [
    '[pool]\nping.response = x',
    "5: php-zd sets 'ping.response' itself: it asks every replica there how it is; take the line out",
  ],
  ['[pool]\nenv[A] = x', "5: php-zd sets 'env' itself: write NAME = VALUE in [env]"],
  [
    '[pool]\nerror_log = x',
    "5: 'error_log' is not for a pool: it belongs in php-fpm's [global] section, which php-zd writes itself",
  ],
  ['[env]\nA-B = x', "5: 'A-B' is no name for a variable: use letters, digits and _, and no digit first"],
  ['[env]\nA =', "5: 'A' has no value: write one or take the line out"],
  [
    '[env]\nA = $HOME',
    "5: 'A' begins with '$', and php-fpm would put a variable of its own environment in its place: use environment_file in [site]",
  ],
  [
    '[env]\nA = x$pool',
    "5: 'A' holds '$pool', and php-fpm would put the pool's name in its place: use environment_file in [site]",
  ],
  [
    `[env]\nA = it's \${x}`,
    "5: 'A' holds both ' and ${, which php-fpm's own configuration cannot: put it in a file that the application reads",
  ],
  ['[shared]\n/storage = /srv', "5: '/storage' in [shared] must be a path relative to the release, not '/storage'"],
  ['[shared]\n../x = /srv', "5: '../x' in [shared] must be written without '.' and '..', not '../x'"],
  ['[shared]\nx = srv', "5: 'x' must be an absolute path, not 'srv'"],
  ['[shared]\nx = /none', "5: 'x' in [shared] has nothing to share: create the directory, or an empty file, '/none'"],
  [
    '[shared]\nx = /srv/shop/shared/storage\nx/ = /srv/shop/shared/storage',
    "6: 'x/' is given twice in [shared]: the first is on line 5",
  ],
  [
    '[shared]\nx = /srv',
    "5: 'x' in [shared] is '/srv', where others have things too: share a directory of the site's own",
  ],
  [
    '[shared]\nx = /srv/shop/current',
    "5: 'x' in [shared] is '/srv/shop/current', which goes with its release: share a directory that does not lie in /srv/shop/releases",
  ],
  ['[writable]\n/ = yes', "5: '/' in [writable] is not this site's alone: write a directory of its own"],
  ['[writable]\n/srv = yes', "5: '/srv' in [writable] is not this site's alone: write a directory of its own"],
  [
    '[writable]\n/usr/share/shop = yes',
    "5: '/usr/share/shop' in [writable] is not this site's alone: write a directory of its own",
  ],
  ...[
    'php a && echo',
    'php a | mail',
    'php a > /tmp/x',
    'php a 2>&1',
    'php $HOME/a',
    'php $PHP_ZD_RELEASE/a',
    'php ~/a',
    'php $(pwd)',
  ].map((command): [string, string] => [
    `[hooks]\nbefore_roll = ${command}`,
    `5: 'before_roll' has '${command.split(' ').find(word => /^[^\w]|^2/.test(word))}', and no shell reads it: write before_roll = /bin/sh -c '...', or a script`,
  ]),
  ['[listen]\nfastcgi = x.sock', "5: 'fastcgi' must be an absolute path, not 'x.sock'"],
  [
    `[listen]\nfastcgi = /${'x'.repeat(107)}`,
    "5: 'fastcgi' must be at most 107 bytes long, as every path of a socket; this one has 108",
  ],
  ['[listen]\nowner = x', "5: 'owner' is 'x', and this host has no such user: write one that it has"],
  ['[listen]\ngroup = x', "5: 'group' in [listen] is 'x', and this host has no such group: write one that it has"],
  ['[listen]\nmode = 0680', "5: 'mode' must be permission bits such as 0660, not '0680'"],
  ['[listen]\nmode = 0640', "5: 'mode' lets no web server connect, which has to write there: write mode = 0660"],
  [
    '[listen]\nfastcgi = /srv/shop/php.sock',
    "5: 'fastcgi' must lie below /run, not '/srv/shop/php.sock': write fastcgi = /run/shop.sock",
  ],
  [
    '[listen]\nfastcgi = /run/php-zd/shop/1/x.sock',
    "5: 'fastcgi' must keep out of /run/php-zd, not '/run/php-zd/shop/1/x.sock': write fastcgi = /run/shop.sock",
  ],
  ['[listen]\nqueue_timeout = 0', "5: 'queue_timeout' must be at least 1ms, not '0'"],
  ['[listen]\nqueue_timeout = infinity', "5: 'queue_timeout' must be at most 24d, not 'infinity'"],
  [
    '[listen]\nqueue_timeout = 5 parsecs',
    "5: 'queue_timeout' must be a time span such as 500ms, 30s or 1min 30s, not '5 parsecs'",
  ],
  ['[listen]\nqueue_timeout = 1500us', "5: 'queue_timeout' must be whole milliseconds, not '1500us'"],
  ['[health]', "4: 'path' is missing in [health]: write path = /..., what a healthy release answers"],
  ['[health]\nstatus = 204', "4: 'path' is missing in [health]: write path = /..., what a healthy release answers"],
  ['[health]\npath = health', "5: 'path' must be the path of a URL, beginning with / and without blanks, not 'health'"],
  ['[health]\npath = /\nstatus = 99', "6: 'status' must be a whole number from 100 to 599, not '99'"],
  ['[health]\npath = /\nbody = (', "6: 'body' is no regular expression: Unterminated group"],
  [
    '[health]\npath = /\nbody = ok#',
    "6: 'body' has a '#' in its value: put the value in single quotes if it belongs there; a comment needs a line of its own",
  ],
  ['[health]\npath = /\nheader[a b] = x', "6: 'header[a b]' must have a name between its brackets, not 'a b'"],
  [
    '[health]\npath = /\nheader[a] = 1\nheader[A] = 2',
    "7: 'header[A]' is given twice in [health]: the first is on line 6",
  ],
  ['[health]\npath = /\nheader[a] = "1\\r\\nb: 2"', "6: 'header[a]' holds a control character: take it out"],
  ['[health]\npath = /\npasses = 0', "6: 'passes' must be a whole number from 1 to 100, not '0'"],
  ['[health]\npath = /\ninterval = 0', "6: 'interval' must be at least 1ms, not '0'"],
  [
    '[health]\npath = /\nsoak = 1min',
    "6: 'deadline' is 30s, and the passes and the soak alone take 1min 50ms: write a longer deadline",
  ],
  ['[drain]\ntimeout = 0', "5: 'timeout' must be at least 1ms, not '0'"],
  ['[drain]\npark_timeout = 0', "5: 'park_timeout' must be at least 1ms, not '0'"],
  [
    '[drain]\ndaemons = /usr/bin/soffice',
    "5: 'daemons' must be names of programs without a directory, such as gpg-agent, not '/usr/bin/soffice'",
  ],
  ['[drain]\non_timeout = wait', "5: 'on_timeout' must be 'abort' or 'park' or 'kill', not 'wait'"],
  [
    '[warmup]\npaths = / search',
    "5: 'paths' must be paths of URLs with blanks between them, each beginning with /, not 'search'",
  ],
  [`[warmup]\npaths = ${'/ '.repeat(101)}`, "5: 'paths' must be at most 100 paths, not 101"],
  ['[warmup]\npath = /', "5: unknown key 'path' in [warmup]; did you mean 'paths'?"],
  ['[health]\npaths = /', "5: unknown key 'paths' in [health]; did you mean 'path'?"],
  ['[warmup]\ncount = 0', "5: 'count' must be a whole number from 1 to 1000, not '0'"],
  ['[warmup]\nconcurrency = 65', "5: 'concurrency' must be a whole number from 1 to 64, not '65'"],
  ['[warmup]\nrequired = 1', "5: 'required' must be 'yes' or 'no', not '1'"],
  ['[warmup]\nopcache = on', "5: 'opcache' must be 'yes' or 'no', not 'on'"],
  ['[hooks]\nbefore_roll = sh -c "x', "5: 'before_roll' has a quote that does not end, or a backslash at its end"],
  ['[hooks]\nafter_roll = +', "5: 'after_roll' has no command behind its '+'"],
  ['[hooks]\non_failure = /nix', "5: 'on_failure' is no program: there is no '/nix' that can be executed"],
  ['[hooks]\nbefore_serve = /nix x', "5: 'before_serve' is no program: there is no '/nix' that can be executed"],
  [
    '[hooks]\nbefore_serve = +true',
    "5: 'before_serve' runs in the view of the new release, where nobody is root: write it without '+', or as before_roll",
  ],
  [
    '[hooks]\nafter_roll = +/srv/shop/current/bin/tell',
    "5: 'after_roll' is no program: there is no '/srv/shop/current/bin/tell' that can be executed",
  ],
  ['[hooks]\ntimeout = 0', "5: 'timeout' must be at least 1ms, not '0'"],
  ['[warmup]\ndeadline = 0', "5: 'deadline' must be at least 1ms, not '0'"],
  ...['0', '2g', '-1', '101%', '0%', '1.5G', '64'].map(
    size =>
      [
        `[limits]\nmemory = ${size}`,
        `5: 'memory' must be a size such as 512M or 2G, or share of the host's memory such as 50%, or infinity, not '${size}'`,
      ] as const,
  ),
  [
    '[limits]\nshm = infinity',
    "5: 'shm' must be a size such as 512M or 2G, or share of the host's memory such as 50%, not 'infinity'",
  ],
  ['[limits]\ntasks = 0', "5: 'tasks' must be a whole number, share such as 15%, or infinity, not '0'"],
  [
    '[limits]\ntasks = 47',
    "5: 'tasks' is 47, and the replicas of a roll alone are 48 processes: write tasks = 96 or more",
  ],
  ...['/run/redis/redis.sock', '/run', '/run/..', '/tmp/redis', 'redis', '/run/a$b'].map(
    path =>
      [
        `[sandbox]\nsockets = /run/redis-sessions ${path}`,
        `5: 'sockets' must be directories directly in /run, such as /run/redis-sessions, not '${path}'`,
      ] as const,
  ),
  [
    '[sandbox]\nnetwork = 10.0.0.0/8 db.example.com',
    "5: 'network' must be yes, no, or addresses and networks such as 192.0.2.7, 10.0.0.0/8 or ::1, not 'db.example.com'",
  ],
  ['[sandbox]\nnetwork =', "5: 'network' has no value: write one or take the line out"],
  ...['dbus', 'lock', 'php-zd', 'php-zd-mounts', 'php-zd-turns', 'systemd', 'user'].map(
    name =>
      [
        `[sandbox]\nsockets = /run/${name}`,
        `5: 'sockets' must leave out '/run/${name}': whoever can connect there rules the host, or another site`,
      ] as const,
  ),
])('%j is one problem', (lines, message) => {
  expect(problemsOf({ text: `${shop}${lines}\n` })).toEqual([`shop.ini:${message}`]);
});

const SECOND_NAME =
  'a place where systemd or a path would not have it: write another, or give this one a second name in /etc/passwd or /etc/group, with the same number';
const createShop = 'write user = shop, created with: adduser --system --group shop';
const releaseMissing = "'release' is missing in [site]: write release = /srv/shop/current, the link to what is served";
const userMissing = "'user' is missing in [site]: write user = NAME, the user that PHP runs as";

test.each<readonly [string, Given, readonly string[]]>([
  ['an empty file', { text: '' }, [`shop.ini:1: ${releaseMissing}`, `shop.ini:1: ${userMissing}`]],
  [
    'what is missing in [site]',
    { text: '\n[site]\n' },
    [`shop.ini:2: ${releaseMissing}`, `shop.ini:2: ${userMissing}`],
  ],
  [
    'a release that is not there',
    { text: shop.replace('current', 'none') },
    [
      `shop.ini:2: 'release' is no directory: put a release at '/srv/shop/none', write where one is, or go to one with "php-zd deploy shop DIR"`,
    ],
  ],
  [
    'a release whose name has a line break',
    {
      text: shop.replace('current', 'broken'),
      host: { unseen: { '/srv/shop/broken': 'U+000A, a line break' } },
    },
    ["shop.ini:2: 'release' leads to a directory whose path has U+000A, a line break: rename that directory"],
  ],
  [
    'the root as a release',
    { text: shop.replace('/srv/shop/current', '/') },
    ["shop.ini:2: 'release' must not be the root directory"],
  ],
  [
    'a release with a blank in its path',
    { text: shop.replace('/srv/shop', '/srv/my shop') },
    [
      "shop.ini:2: 'release' must not contain ' ': in a path only letters, digits and . _ - + = @ ~ are safe in a systemd unit",
    ],
  ],
  [
    'a release without a front controller',
    { text: shop.replace('/srv/shop/current', '/srv/empty') },
    [
      "shop.ini:1: the release '/srv/empty' has no index.php in public, web, webroot, pub, docroot, htdocs, public_html, www, .: write index = PATH, its front controller",
    ],
  ],
  [
    'a release beside which a mount point cannot be',
    { text: `${shop.replace('/srv/shop/current', '/usr/share/shop')}`, host: { files: ['/usr/share/shop/index.php'] } },
    [
      "shop.ini:2: 'mount' would be '/usr/share/.shop.live' and must not be in /usr, which belongs to the system; write mount = PATH",
    ],
  ],
  [
    'a user that is not there',
    { text: shop.replace('= shop', '= shpo') },
    [
      `shop.ini:3: 'user' is 'shpo', and this host has no such user: write one that it has, or create it with: adduser --system --group shpo`,
    ],
  ],
  [
    'a mount that is another release',
    {
      text: `${shop}mount = /srv/shop/releases/41\n`,
      host: { files: [...shopHost.files, '/srv/shop/releases/41/public/index.php'] },
    },
    [
      "shop.ini:4: 'mount' is '/srv/shop/releases/41', a release, with public/index.php: write a directory that is empty, or not there",
    ],
  ],
  [
    'a user with a letter that nobody sees',
    { text: shop.replace('= shop', '= sh\u200Bop') },
    [
      `shop.ini:3: 'user' is 'sh\u200Bop', which this host has no user of, and has the character U+200B, which may look like another or like nothing: write user = shop`,
    ],
  ],
  [
    'a user with a letter of another script',
    { text: shop.replace('= shop', '= sh\u043Ep') },
    [
      `shop.ini:3: 'user' is 'sh\u043Ep', which this host has no user of, and has the character U+043E, which may look like another or like nothing: type the name anew`,
    ],
  ],
  [
    'a user that is not there, with a name that adduser does not take',
    { text: shop.replace('= shop', '= Shop.example') },
    [
      `shop.ini:3: 'user' is 'Shop.example', and this host has no such user: write one that it has, or write user = shop-example, created with: adduser --system --group shop-example`,
    ],
  ],
  [
    'root',
    { text: shop.replace('= shop', '= root') },
    [`shop.ini:3: 'user' must not be root: whoever breaks the site would own the host; ${createShop}`],
  ],
  [
    'a user whose name is more than one word of a list',
    { text: shop.replace('= shop', '= web user'), host: { users: { 'web user': { uid: 7, gid: 7, group: 'web' } } } },
    [`shop.ini:3: 'user' has a blank in ${SECOND_NAME}`],
  ],
  [
    'a user in a group that systemd would read as a specifier, and a user who may connect whose name is none to systemd',
    {
      text: `${shop}[listen]\nowner = a/b\n`,
      host: {
        users: { shop: { uid: 7, gid: 7, group: '100%i' }, 'a/b': { uid: 8, gid: 8, group: 'x' } },
      },
    },
    [`shop.ini:3: the group of 'user' has '%' in ${SECOND_NAME}`, `shop.ini:5: 'owner' has '/' in ${SECOND_NAME}`],
  ],
  [
    'no PHP',
    { text: shop, host: { php: [] } },
    ['shop.ini:1: no php-fpm is installed: install php-fpm, or write binary = PATH in [php]'],
  ],
  [
    'a version of PHP where there is none',
    { text: `${shop}[php]\nversion = 8.3`, host: { php: [] } },
    ['shop.ini:5: php-fpm 8.3 is not installed: install php8.3-fpm'],
  ],
  [
    'several PHPs',
    { text: shop, host: { php: [{ binary: '/usr/sbin/php-fpm8.4', version: '8.4' }, ...shopHost.php] } },
    ['shop.ini:1: several php-fpm are installed: write version = 8.2 or version = 8.4 in [php]'],
  ],
  [
    'a host without www-data',
    { text: shop, host: { groups: { shop: { gid: 1 } } } },
    ["shop.ini:1: 'group' in [listen] is 'www-data', and this host has no such group: write one that it has"],
  ],
  [
    'a name that is none, and nothing derived from it',
    { text: shop, name: 'My Shop' },
    [
      "shop.ini:1: 'My Shop' is no name for a site: use lower-case letters and digits, with '.', '_' and '-' between them",
    ],
  ],
  [
    'keys of one site in defaults.ini',
    { text: shop, defaults: '[site]\nrelease = /x\nmount = /y\n[listen]\nfastcgi = /z\n' },
    ['release', 'mount', 'fastcgi'].map(
      (key, index) =>
        `defaults.ini:${[2, 3, 5][index]}: '${key}' is one site's alone: move it from here to the file of the site`,
    ),
  ],
  [
    'problems of both files, those of the site first and by line',
    { text: `${shop}replicas = 0\nx = 1\n`, defaults: '[drain]\ntimeout = x\n' },
    [
      "shop.ini:4: 'replicas' must be a whole number from 1 to 64, not '0'",
      "shop.ini:5: unknown key 'x' in [site]; its keys are release, releases, mount, user, group, replicas, surge, strategy, standby, bake, bake_errors, bake_latency, access, index, umask, home, url, param[NAME], environment_file",
      "defaults.ini:2: 'timeout' must be a time span such as 500ms, 30s or 1min 30s, not 'x'",
    ],
  ],
  [
    'keys before the first section, and not what is missing because of them',
    { text: 'release = /srv/shop/current\nuser = shop\nx = 1\n' },
    [
      "shop.ini:1: 'release' stands before the first section: write [site] on a line above it",
      // [site] is the only place for a user that php-zd knows.
      "shop.ini:2: 'user' stands before the first section: write [site] on a line above it",
      "shop.ini:3: 'x' stands before the first section: write the section it belongs to on a line above it",
    ],
  ],
])('it reports %s', (_, given, problems) => {
  expect(problemsOf(given)).toEqual(problems);
});

describe('[haproxy]', () => {
  const host = { users: { ...shopHost.users, haproxy: { uid: 107, gid: 107, group: 'haproxy' } } };
  const own = (text: string) => ({ text: `${shop}[haproxy]\n${text}`, host });

  test('names one, and what Debian has is the default of the rest', () => {
    expect(siteOf(own('socket = /run/haproxy/admin.sock')).haproxy).toEqual({
      processes: [{ socket: '/run/haproxy/admin.sock', master: '/run/haproxy-master.sock' }],
      ...{ backend: 'shop', server: '%N', user: 'haproxy', mode: 'http' },
    });
  });

  test('names several, each with its master, in their order', () => {
    const text = 'socket = /run/a /run/b\nmaster_socket = /run/am /run/bm\nbackend = php\nserver = shop-%N\nmode = tcp';
    expect(siteOf(own(text)).haproxy).toEqual({
      processes: [
        { socket: '/run/a', master: '/run/am' },
        { socket: '/run/b', master: '/run/bm' },
      ],
      ...{ backend: 'php', server: 'shop-%N', user: 'haproxy', mode: 'tcp' },
    });
  });

  test('without a socket is none, and what defaults.ini says of all sites is taken back by an empty one', () => {
    expect(siteOf({ text: shop, host }).haproxy).toBeUndefined();
    const defaults = '[haproxy]\nsocket = /run/haproxy/admin.sock\nserver = php-%N\n';
    expect(siteOf({ text: shop, defaults, host }).haproxy?.server).toBe('php-%N');
    expect(siteOf({ ...own('socket ='), defaults }).haproxy).toBeUndefined();
  });

  const A = 'socket = /run/a';
  const two = 'socket = /run/a /run/b\nmaster_socket = /run/am /run/bm';
  test.each([
    [
      'backend = x',
      "5: 'backend' tells of a HAProxy of your own, and none is named: write socket = /run/haproxy/admin.sock, or take the line out",
    ],
    ['socket = run/a', "5: 'socket' must be an absolute path, not 'run/a'"],
    [
      `socket = /${'a'.repeat(107)}`,
      "5: 'socket' must be at most 107 bytes long, as every path of a socket; this one has 108",
    ],
    [
      'socket = /run/a /run/b',
      "5: 'master_socket' names 1, and 'socket' 2: write the master's socket of each, in the order of 'socket'",
    ],
    [
      'socket = /run/a\nmaster_socket = /run/a',
      "5: 'socket' and 'master_socket' name '/run/a' twice: write a socket of its own for each",
    ],
    [
      `${A}\nserver = shop`,
      "6: 'server' must be a name of HAProxy's with %N, once, where the number of the slot stands, not 'shop'",
    ],
    [
      `${A}\nserver = %N-%N`,
      "6: 'server' must be a name of HAProxy's with %N, once, where the number of the slot stands, not '%N-%N'",
    ],
    [`${A}\nbackend = a b`, "6: 'backend' must be a name of HAProxy's, not 'a b'"],
    [
      `${A}\nworker_user = nobody`,
      "6: 'worker_user' is 'nobody', and this host has no such user: write the one of 'user' in [global] of its configuration",
    ],
    [`${A}\nmode = fcgi`, "6: 'mode' must be 'http' or 'tcp', not 'fcgi'"],
    [
      `${two}\n[site]\nstrategy = blue-green`,
      "5: 'socket' in [haproxy] names 2 processes, which cannot all be switched at one moment: write one, or strategy = rolling in [site]",
    ],
    [
      `${A}\n[site]\nbake = 10s\nbake_latency = 2`,
      "5: 'socket' in [haproxy] leads past where answers are compared: take [haproxy] out, or write bake_latency = none in [site]",
    ],
    [
      `${A}\n[listen]\nhttp = *:80\n[web]\nsticky = release`,
      "5: 'socket' in [haproxy] leads past what keeps a visitor with a release: take [haproxy] out, or write sticky = none in [web]",
    ],
  ] as const)('refuses %j, and says what to write', (text, problem) => {
    expect(problemsOf(own(text))).toEqual([`shop.ini:${problem}`]);
  });

  test('refuses a way past the web servers of the replicas', () => {
    const text = `${A}\n[listen]\nhttp = *:80\n[web]\nserver = nginx`;
    expect(problemsOf({ ...own(text), host: { ...host, executables: ['/usr/sbin/nginx'] } })).toEqual([
      "shop.ini:5: 'socket' in [haproxy] leads to PHP past the web server of each replica: take [haproxy] out, or write server = none in [web]",
    ]);
  });

  test('refuses a socket where somebody else could answer, and takes one in the directory of that HAProxy', () => {
    const owners = { '/run/haproxy': 107, '/srv/shop/run': 1001 };
    expect(problemsOf({ ...own('socket = /run/haproxy/admin.sock'), host: { ...host, owners } })).toEqual([]);
    expect(problemsOf({ ...own('socket = /srv/shop/run/a'), host: { ...host, owners } })).toEqual([
      "shop.ini:5: '/srv/shop/run/a' in [haproxy] lies in '/srv/shop/run', which is neither root's nor haproxy's, so that its owner could answer in HAProxy's place: write a socket in /run",
    ]);
  });
});

test.each<readonly [string, Given, readonly string[]]>([
  [
    'a mistyped section',
    { text: shop.replace('[site]', '[sit]') },
    ['shop.ini:1: unknown section [sit]; did you mean [site]?'],
  ],
  [
    'a mistyped key',
    { text: shop.replace('release', 'relase') },
    ["shop.ini:2: unknown key 'relase' in [site]; did you mean 'release'?"],
  ],
  [
    'a line without =',
    { text: shop.replace('release =', 'release') },
    ["shop.ini:2: 'release /srv/shop/current' is neither a section, a key nor a comment: write KEY = VALUE"],
  ],
  [
    'a broken header',
    { text: shop.replace('[site]', '[site') },
    ["shop.ini:1: '[site' is no section: write [site] alone on its line"],
  ],
  [
    'a broken header of a section that there is none of',
    { text: `${shop}[foo\nx = 1` },
    ["shop.ini:4: '[foo' is no section: write [foo] alone on its line"],
  ],
  [
    'a release in defaults.ini',
    { text: '[site]\nuser = shop\n', defaults: '[site]\nrelease = /srv/shop/current\n' },
    ["defaults.ini:2: 'release' is one site's alone: move it from here to the file of the site"],
  ],
  [
    'a mistyped health section, with several PHPs to choose from',
    { text: `${shop}[helth]\npath = /\n` },
    ['shop.ini:4: unknown section [helth]; did you mean [health]?'],
  ],
])('%s is one problem, not a second for what is missing because of it', (_, given, problems) => {
  expect(problemsOf(given)).toEqual(problems);
});

test('a mount point at another depth than the release is a warning', () => {
  const health = '[health]\npath = /\n';
  expect(warningsOf({ text: `${shop}mount = /srv/live\n${health}` })).toEqual([
    "shop.ini:4: 'mount' is 2 directories deep and the release '/srv/shop/releases/42' is 4: links such as " +
      '../../shared/storage in the release will not lead to the same; write mount = /srv/shop/releases/.shop.live if it has such',
  ]);
  expect(warningsOf({ text: `${shop}mount = /srv/shop/other/live\n${health}` })).toEqual([]);
});

test('beside a release of a package no mount is proposed, since none may be there', () => {
  const release = '/usr/share/shop/www';
  const host = hostOf({ ...shopHost, files: [`${release}/index.php`], directories: { [release]: release } });
  const text = `[site]\nrelease = ${release}\nuser = shop\nmount = /srv/php-zd/shop\n[health]\npath = /\n`;
  const parsed = parseSite({ name: 'shop', file: 'shop.ini', text, defaults: undefined, host });
  expect(parsed.warnings.map(({ message }) => message)).toEqual([
    expect.stringMatching(/; if it has such, make a release of your own of it, as php-zd-applications\(7\) does$/),
  ]);
});

test('more warmup requests at once than a replica has children are a warning, and as many as it has are asked', () => {
  const text = `${shop}[pool]\npm.max_children = 4\n[warmup]\nconcurrency = 16\n`;
  expect(warningsOf({ text })).toEqual([
    healthAdvice,
    "shop.ini:7: 'concurrency' is 16, and a replica serves 4 at once, as pm.max_children in [pool] says: 4 are asked at once; " +
      'write concurrency = 4',
  ]);
  expect(siteOf({ text }).warmup.concurrency).toBe(4);
});

test('one child is warmed up by one request at once, which nobody needs to be told who wrote nothing of it', () => {
  const text = `${shop}[pool]\npm.max_children = 1\n`;
  expect(warningsOf({ text })).toEqual([healthAdvice]);
  expect(siteOf({ text }).warmup.concurrency).toBe(1);
});

test('a socket for everybody is a warning', () => {
  expect(warningsOf({ text: `${shop}[listen]\nmode = 0666\n` })).toEqual([
    healthAdvice,
    "shop.ini:5: 'mode' lets every user of this host run the site's PHP as he likes: write mode = 0660",
  ]);
});

test.each(['owner = nginx', 'http = 127.0.0.1:8080'])('a socket for nobody of the group is for whom %s is', line => {
  expect(siteOf({ text: `${shop}[listen]\nmode = 0600\n${line}\n` }).listen.mode).toBe(0o600);
});

test('a site without [health] is advised to have one, also beside problems', () => {
  expect(warningsOf({ text: shop })).toEqual([healthAdvice]);
  expect(warningsOf({ text: `${shop}x = 1` })).toEqual([healthAdvice]);
  expect(warningsOf({ text: shop, defaults: '[health]\npath = /up\n' })).toEqual([]);
});

test('no text whatever makes it throw, and every line it names is in its file', () => {
  const line = fc.oneof(
    fc.constantFrom(...everything.split('\n')),
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.tuple(fc.constantFrom(...everything.split('\n')), fc.string({ maxLength: 8 })).map(parts => parts.join('')),
    fc.constantFrom(
      '[',
      ']',
      '=',
      '[]',
      '[__proto__]',
      'constructor = 1',
      'ini[__proto__] = 1',
      'header[toString] = x',
    ),
  );
  const text = fc.array(line, { maxLength: 30 }).map(lines => lines.join('\n'));
  fc.assert(
    fc.property(text, text, fc.string(), (site, defaults, name) => {
      const parsed = parse({ text: site, defaults, name });
      const problems = 'problems' in parsed ? parsed.problems : [];
      expect('site' in parsed || problems.length > 0).toBe(true);
      const length: Record<string, number> = {
        [file]: site.split('\n').length,
        [defaultsFile]: defaults.split('\n').length,
      };
      for (const problem of [...problems, ...parsed.warnings]) {
        expect(problem.line).toBeGreaterThanOrEqual(1);
        expect(problem.line).toBeLessThanOrEqual(length[problem.file] ?? 0);
      }
    }),
    propertyRuns(300),
  );
});

test.each([
  ['/usr/local/bin/tell', { '/usr/local/bin/tell': 1001 }, '/usr/local/bin/tell'],
  ['/srv/tools/bin/tell', { '/srv/tools': 1001 }, '/srv/tools'],
  ['/srv/shop/current/tell', { '/srv/shop/releases': 1001 }, '/srv/shop/releases'],
])("a hook of root's whose program somebody else may replace is refused: %s", (program, owners, foreign) => {
  const given = (mark: string): Given => ({
    text: `${shop}[health]\npath = /health\n[hooks]\nafter_roll = ${mark}${program} now\n`,
    host: { owners, executables: [program] },
  });
  expect(problemsOf(given('+'))).toEqual([
    `shop.ini:7: 'after_roll' would run as root what the owner of '${foreign}' can replace: write it without '+', or a program that only root can write`,
  ]);
  expect(problemsOf(given(''))).toEqual([]);
  expect(problemsOf({ ...given('+'), host: { executables: [program] } })).toEqual([]);
});
