import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ownValue } from '../../../src/base/own.ts';
import { sitePaths } from '../../../src/base/paths.ts';
import { renderFpmConfig } from '../../../src/render/fpm-config.ts';
import { unsharedWords } from '../../../src/report/words/init.ts';
import { directives } from '../../../src/site/pool-directives.ts';
import { propertyRuns } from '../../property-runs.ts';
import { makeFromExisting, POOL_FILE } from './existing-site.ts';
import { serverBlocks } from './server-blocks.ts';

const pool = '[shop]\nuser = shop\nlisten = /run/php/shop.sock\npm = ondemand\npm.max_children = 5\n';
const ofPool = [
  '[site]',
  'user = shop',
  'replicas = 1',
  'access = read-write',
  '[pool]',
  'pm = ondemand',
  'pm.max_children = 5',
];
const ofListen =
  "listen = /run/php/shop.sock: php-zd sets 'listen' itself: every replica has a socket of its own; write fastcgi in [listen] for the one of the web server, or http where that is on another host";

describe('a server block becomes the lines of a site file that it can, and the rest is said:', () => {
  test.each(serverBlocks)('$name', async ({ lines, said, ...block }) => {
    const made = await makeFromExisting({ ...block, pool });
    expect(made.lines.filter(line => !ofPool.includes(line))).toEqual(lines);
    expect(made.said).toEqual([ofListen, ...said]);
    expect(made.parsed).toHaveProperty('site');
  });
});

test.each(serverBlocks)(
  'without blanks behind the modifiers of its locations it becomes the same: $name',
  async block => {
    const glued = block.nginx?.replace(/\b(location) (\^~|~\*|~|=) (?!['"])/g, '$1 $2') ?? '';
    const [parted, made] = await Promise.all([
      makeFromExisting({ ...block, pool }),
      makeFromExisting({ ...block, nginx: glued, pool }),
    ]);
    expect([made.lines, made.said]).toEqual([parted.lines, parted.said]);
  },
);

const release = {
  files: { '/srv/shop/releases/7/public/index.php': '' },
  directories: {
    '/srv/shop/current': '/srv/shop/releases/7',
    '/var/log/shop': '/var/log/shop',
    '/home/shop': '/home/shop',
  },
};
const made = async (text: string, host: Partial<Parameters<typeof makeFromExisting>[0]> = {}) =>
  await makeFromExisting({
    pool: text,
    ...release,
    owners: { '/var/log/shop': 1001 },
    ...host,
    files: { ...release.files, ...host.files },
  });

test('the access.log of a pool is kept, and what rotates it is said to need another end', async () => {
  const logs = 'access.log = /var/log/shop/access.log\nslowlog = /var/log/shop/slow.log\n';
  const { adopted } = await made(`${pool}${logs}`);
  const noted = adopted.flatMap(each =>
    each.kind === 'kept' && each.note !== undefined ? [[each.key, each.note]] : [],
  );
  expect(noted).toEqual([
    [
      'access.log',
      'a signal to php-fpm reaches no replica, which writes on into a file that was rotated away: in what rotates it, as in /etc/logrotate.d, write copytruncate, or "systemctl reload php-zd@shop" as its postrotate',
    ],
  ]);
});

test('where PHP could write outside of the release stands in the file, each as a line that is good once its # is away', async () => {
  const places = [
    '/var/cache/other',
    '/var/lib/shop/data',
    '/var/lib',
    '/var/log/a b',
    '/home/shop/x',
    '/srv/shop/shared',
  ];
  const { former, text, parse } = await made(`${pool}php_value[upload_tmp_dir] = /home/shop/tmp\n`, {
    places,
    directories: { ...release.directories, ...Object.fromEntries(places.map(path => [path, path])) },
    links: { 'public/up': 'd /srv/shop/shared' },
  });
  // What the site has anyway, what many have things in, and what no line can name, is not told; its own comes first.
  expect(former).toEqual(['/var/lib/shop/data', '/var/cache/other']);
  const written = text.replace(/^# (\/.* = yes)$/gm, '$1');
  expect(parse(written)).toMatchObject({ site: { writable: former } });
});

test("the pool of Debian's packages is kept but for its socket", async () => {
  const { lines, said } = await made(`; Start a new pool named 'www'.
[www]
user = www-data
group = www-data
listen = /run/php/php8.2-fpm.sock
listen.owner = www-data
listen.group = www-data
;listen.mode = 0660
pm = dynamic
pm.max_children = 5
pm.start_servers = 2
pm.min_spare_servers = 1
pm.max_spare_servers = 3
;pm.process_idle_timeout = 10s;
`);
  expect(lines).toEqual([
    '[site]',
    'release = /srv/shop/current',
    'user = www-data',
    'replicas = 1',
    'access = read-write',
    'group = www-data',
    '[pool]',
    'pm = dynamic',
    'pm.max_children = 5',
    'pm.start_servers = 2',
    'pm.min_spare_servers = 1',
    'pm.max_spare_servers = 3',
    '[listen]',
    'owner = www-data',
    'group = www-data',
  ]);
  expect(said.map(each => each.split(':', 1)[0])).toEqual(['listen = /run/php/php8.2-fpm.sock']);
});

test.each<readonly [string, string, readonly string[], readonly string[]]>([
  [
    'of two lines of one name the last holds',
    'pm.max_requests = 1\npm.max_requests = 2',
    ['pm.max_requests = 2'],
    ['pm.max_requests = 1: another line of the same name holds'],
  ],
  [
    'of two lines of one variable, or setting, the first holds',
    'php_value[memory_limit] = 1M\nphp_value[memory_limit] = 2M\nenv[A] = one\nenv[A] = two',
    ['php_value[memory_limit] = 1M', 'A = one'],
    [
      'php_value[memory_limit] = 2M: another line of the same name holds',
      'env[A] = two: another line of the same name holds',
    ],
  ],
  [
    'of a list all lines hold',
    'access.suppress_path[] = /a\naccess.suppress_path[] = /b',
    ['access.suppress_path[] = /a', 'access.suppress_path[] = /b'],
    [],
  ],
  [
    'a flag without quotes is 1 or nothing in a variable',
    'env[ON] = yes\nenv[OFF] = no',
    ['ON = 1'],
    ["env[OFF] = no: 'OFF' has no value: write one or take the line out"],
  ],
  [
    'the name of the pool stays where the site has another',
    '[www]\nuser = shop\nslowlog = /var/log/shop/$pool.slow\nenv[POOL] = $pool',
    ['slowlog = /var/log/shop/www.slow', 'POOL = www', '/var/log/shop = yes'],
    [],
  ],
  [
    'what lies in a home comes with that home',
    'php_value[upload_tmp_dir] = /home/shop/tmp',
    ['home = /home/shop', 'php_value[upload_tmp_dir] = /home/shop/tmp'],
    [],
  ],
  [
    'an open_basedir has the place of the release too',
    'php_admin_value[open_basedir] = /srv/shop/current:/tmp',
    ['php_admin_value[open_basedir] = /srv/shop/releases/.shop.live/:/tmp'],
    [],
  ],
  [
    'a comment behind a value is none of the value',
    'php_value[date.timezone] = Europe/Berlin ; here\nphp_value[error_log] = "/tmp/a;b" ; there',
    ['php_value[date.timezone] = Europe/Berlin', "php_value[error_log] = '/tmp/a;b'"],
    [],
  ],
  [
    "the host's sendmail is asked by php-zd, with the sender",
    'php_admin_value[sendmail_path] = "/usr/sbin/sendmail -t -i -f info@shop.example"',
    ['php_admin_value[mail.force_extra_parameters] = -finfo@shop.example', 'sendmail = yes'],
    [],
  ],
  [
    "the host's sendmail is left where the pool has PHP write to the user's own home",
    'php_value[upload_tmp_dir] = /home/shop/tmp\nphp_value[sendmail_path] = /usr/sbin/sendmail -t -i',
    ['home = /home/shop', 'php_value[upload_tmp_dir] = /home/shop/tmp'],
    [
      "php_value[sendmail_path] = /usr/sbin/sendmail -t -i: 'sendmail' is yes, and home = /home/shop lets PHP write '/home/shop/.forward', which " +
        "the host's mailer obeys outside of the sandbox: leave home out, or write a directory that is not the home of a user, or leave sendmail out " +
        'and install msmtp-mta, which needs no rights',
    ],
  ],
  [
    "the host's sendmail has a sender from PHP where the pool gives none",
    'php_value[sendmail_path] = /usr/lib/sendmail -ti',
    ['sendmail = yes'],
    [],
  ],
  [
    'an option of sendmail that php-zd does not pass on is named, and a sender that it would refuse',
    'php_admin_value[sendmail_path] = "/usr/sbin/sendmail -t -oi -odb -f <a@b>"',
    ['sendmail = yes'],
    [
      'php_admin_value[sendmail_path] = "/usr/sbin/sendmail -t -...: php-zd calls sendmail with -t, -i and -f, and not with -odb -f<a@b>',
    ],
  ],
  [
    'another program that takes messages stays',
    'php_admin_value[sendmail_path] = "/usr/bin/msmtp -t"',
    ['php_admin_value[sendmail_path] = /usr/bin/msmtp -t'],
    [],
  ],
  [
    'SameSite has the word that PHP-FPM takes for nothing where no quotes are',
    'php_value[session.cookie_samesite] = "None"',
    ['php_value[session.cookie_samesite] = None'],
    [],
  ],
  [
    'what the unit has to do is said',
    'process.priority = -5',
    [],
    [
      'process.priority = -5: \'process.priority\' has no effect in a replica, whose php-fpm is never root: take the line out, and write Nice=-5 below [Service] with "systemctl edit php-zd-fpm-shop@.service"',
    ],
  ],
  [
    'what php-fpm has for all pools is said',
    '[global]\npid = /run/a.pid\n[SHOP]\npm.max_requests = 3\nbroken',
    ['pm.max_requests = 3'],
    [
      "pid = /run/a.pid: 'pid' is not for a pool: it belongs in php-fpm's [global] section, which php-zd writes itself",
      'broken: php-fpm refuses this line too',
    ],
  ],
])('%s', async (_, text, kept, said) => {
  const found = await made(text.startsWith('[www]') ? text : `[shop]\nuser = shop\n${text}`);
  const own = found.lines.filter(line => !/^\[|^release = /.test(line) && !ofPool.includes(line));
  expect(own).toEqual(kept);
  expect(found.said).toEqual(said);
  expect(found.parsed).toHaveProperty('site');
});

describe('files that are included', () => {
  const included = {
    '/etc/php/8.2/fpm/more/b.conf': 'pm.max_requests = 2',
    '/etc/php/8.2/fpm/more/a.conf': 'env[A] = x',
  };
  const text = '[shop]\nuser = shop\ninclude = /etc/php/8.2/fpm/more/*.conf\nenv[B] = y\n';

  test('are read in the order of their names, and the section goes on behind them', async () => {
    const { lines, said } = await made(text, { files: included });
    expect(lines.slice(-5)).toEqual(['[pool]', 'pm.max_requests = 2', '[env]', 'A = x', 'B = y']);
    expect(said).toEqual([]);
  });

  test.each(['/etc/php/8.2/fpm/more', '/etc/php/8.2/fpm/more/b.conf'])(
    "are left where %s is not root's",
    async path => {
      const { said } = await made(text, { files: included, owners: { [path]: 1001 } });
      expect(said).toContain(
        "include /etc/php/8.2/fpm/more/b.conf: was not read, since it, or a directory above it, is not root's",
      );
    },
  );

  test('may not include each other for ever', async () => {
    const { said } = await made(`[shop]\nuser = shop\ninclude = ${POOL_FILE}\n`);
    expect(said).toContain(`include ${POOL_FILE}: was not read, since files include each other too deep`);
  });
});

describe('what php-fpm may run is what nginx asks it for:', () => {
  const block = (location: string) => ({
    nginx: `server { root /srv/shop/current/public; location ${location} { fastcgi_pass unix:/run/php/shop.sock; include fastcgi.conf; } }`,
  });
  const LIMIT = 'security.limit_extensions';
  const kept = async (location: string, limit: string) => {
    const { lines, said } = await made(`[shop]\nuser = shop\nlisten = /run/php/shop.sock\n${limit}`, block(location));
    return [...lines, ...said].filter(line => line.includes(LIMIT));
  };
  const all = `${LIMIT} = .php .html .phtml .phar`;

  test.each([
    ['~ \\.(php|html|phtml)$', all],
    ['~ \\.ph(?:p|tml)$', `${LIMIT} = .php .phtml .phar`],
    ['~ \\.php$', `${LIMIT} = .php .phar`],
    ['~* \\.html?$', `${LIMIT} = .php .html .phar`],
    ['~ ^/old/[^/]+\\.html$', `${LIMIT} = .php .html .phar`],
    // Whatever it takes it runs; and so it may be with a pattern that only PCRE knows.
    ['/', all],
    ['~ (?i)\\.php$', all],
  ])('location %s', async (location, line) => {
    expect((await kept(location, all)).filter(each => each.startsWith(LIMIT))).toEqual([line]);
  });

  test.each([
    ['', '.php .html'],
    [`${LIMIT} = .php .php5`, '.php .html'],
    [`${LIMIT} =`, '.php .html'],
  ])('a page that the pool does not name is told where it has "%s"', async (limit, write) => {
    expect(await kept('~ \\.(php|html|inc)$', limit)).toContainEqual(
      expect.stringMatching(
        new RegExp(
          `^location .*: passes \\.html on to PHP, .*: write ${LIMIT} = ${write} in \\[pool\\], and it runs them$`,
        ),
      ),
    );
  });

  test('an empty list, which is every file, is not kept', async () => {
    expect(await kept('~ \\.php$', `${LIMIT} =`)).toEqual([
      expect.stringContaining('is empty, and php-fpm runs any file then'),
    ]);
  });
});

describe("php-fpm's own environment is none of a replica's, and", () => {
  test.each(['clear_env = no', 'clear_env = "off"'])('%s is kept with what to write', async line => {
    const { adopted, parsed } = await made(`[shop]\nuser = shop\n${line}`);
    const noted = adopted.filter(each => each.kind === 'kept' && each.note !== undefined);
    expect(noted).toMatchObject([{ at: { line: 3 }, note: expect.stringContaining('environment_file in [site]') }]);
    expect(parsed).toHaveProperty('site');
  });

  test("what drop-ins of its unit give is left, each with what to write, and nothing of another's", async () => {
    const directory = '/etc/systemd/system/php8.2-fpm.service.d';
    const { said, text } = await made('[shop]\nuser = shop', {
      files: {
        [`${directory}/app.conf`]: '[Service]\nEnvironment=DB_PASSWORD=secret\n',
        '/run/systemd/system/php8.2-fpm.service.d/files.conf': '[Service]\nLimitNOFILE=65536\n',
        '/etc/systemd/system.control/php8.2-fpm.service.d/50-MemoryMax.conf': '[Service]\nMemoryMax=1G\n',
        '/etc/systemd/system/php8.1-fpm.service.d/app.conf': '[Service]\nUMask=0002\n',
        [`${directory}/foreign.conf`]: '[Service]\nUMask=0002\n',
      },
      owners: { [`${directory}/foreign.conf`]: 1001 },
    });
    expect(said).toEqual([
      "MemoryMax=: holds for php-fpm's unit, and not for a replica: write memory in [limits]",
      "Environment=: gives DB_PASSWORD in php-fpm's own environment, of which a replica has nothing: write what PHP needs of it in [env], or in a file that environment_file in [site] names",
      "LimitNOFILE=: holds for php-fpm's unit, and not for a replica: write rlimit_files in [pool]",
    ]);
    expect(text).toContain(`[env]\n# ${directory}/app.conf:2: Environment=\n#   gives DB_PASSWORD in`);
    expect(text).not.toContain('secret');
  });
});

describe('what a replica lacks of the unit that runs the pool is left where', () => {
  const panel = '/opt/panel/php/8.3/etc';
  const unit = '/usr/lib/systemd/system/panel-php83.service';
  const dropIn = '/etc/systemd/system/panel-php83.service.d/app.conf';
  const shared = '/etc/systemd/system/service.d/all.conf';
  const files = {
    [unit]: '[Service]\nExecStart=/opt/panel/php/8.3/sbin/php-fpm\nLimitNOFILE=65536\n',
    [dropIn]: '[Service]\nEnvironment=DB_PASSWORD=secret\n',
    [shared]: '[Service]\nLimitCORE=infinity\n',
    '/etc/systemd/system/php8.2-fpm.service.d/app.conf': '[Service]\nUMask=0002\n',
  };
  const settings = [unit, dropIn, shared];
  const lost = [
    "LimitNOFILE=: holds for php-fpm's unit, and not for a replica: write rlimit_files in [pool]",
    "Environment=: gives DB_PASSWORD in php-fpm's own environment, of which a replica has nothing: write what PHP needs of it in [env], or in a file that environment_file in [site] names",
  ];
  const saidOf = async (host: Partial<Parameters<typeof makeFromExisting>[0]>) => {
    const { said, text } = await made('[shop]\nuser = shop', { ...host, files: { ...files, ...host.files } });
    expect(text).not.toContain('secret');
    return said;
  };

  test("it is a panel's, of whatever name, and its php-fpm.conf includes the pool from where its PHP lies", async () => {
    const services = {
      'other.service': { config: '/etc/other/php-fpm.conf', settings: [shared] },
      'panel-php83.service': { config: `${panel}/php-fpm.conf`, settings },
    };
    const more = {
      [`${panel}/php-fpm.conf`]: '[global]\ninclude=etc/php-fpm.d/*.conf\n',
      '/etc/other/php-fpm.conf': '[global]\ninclude=/etc/other/*.conf\n',
    };
    expect(await saidOf({ poolFile: `${panel}/php-fpm.d/shop.conf`, files: more, services })).toEqual(lost);
  });

  test("it runs a pool of Debian's directories under another name", async () => {
    const services = { 'fpm-shop.service': { config: '/etc/php/8.2/fpm/shop.conf', settings } };
    const more = { '/etc/php/8.2/fpm/shop.conf': `include=${POOL_FILE}\n` };
    expect(await saidOf({ files: more, services })).toEqual(lost);
  });

  test('it has more pools than are read at once', async () => {
    const services = { 'panel-php83.service': { config: `${panel}/php-fpm.conf`, settings } };
    const pools = Array.from({ length: 300 }, (_, index) => [`${panel}/php-fpm.d/a${index}.conf`, `[a${index}]\n`]);
    const more = {
      ...Object.fromEntries(pools),
      [`${panel}/php-fpm.conf`]: `include=${panel}/php-fpm.d/*.conf\n`,
    };
    expect(await saidOf({ poolFile: `${panel}/php-fpm.d/shop.conf`, files: more, services })).toEqual(lost);
  });

  test("it is not running, by the name of Debian's, and by a title that somebody else gave itself", async () => {
    const byName = "UMask=: holds for php-fpm's unit, and not for a replica: write umask in [site]";
    expect(await saidOf({})).toEqual([byName]);
    const services = { 'fake.service': { config: '/srv/fake.conf', settings } };
    const more = { '/srv/fake.conf': `include=${POOL_FILE}\n` };
    expect(await saidOf({ files: more, services, owners: { '/srv/fake.conf': 1001 } })).toEqual([byName]);
  });
});

test('a log in a directory of others is left, with the command that makes one of its own, and is in that once it is there', async () => {
  const text = '[shop]\nuser = shop\nslowlog = /var/log/php/$pool.slow\nphp_value[error_log] = /var/log/php/errors';
  const files = { '/var/log/php/other.slow': '' };
  const own = { '/var/log/shop': 1001 };
  const directories = { '/srv/shop/current': '/srv/shop/releases/7' };
  const left = await made(text, { files, directories });
  expect(left.said).toEqual(
    ['slowlog = /var/log/php/$pool.slow', 'php_value[error_log] = /var/log/php/errors'].map(
      line =>
        `${line}: '/var/log/php' is not shop's alone: type "install -d -o shop -g shop /var/log/shop", and make the file of the site anew with --force`,
    ),
  );
  expect(left.lines.join()).not.toContain('/var/log');
  const kept = await made(text, { files, owners: own });
  expect(kept.said).toEqual([]);
  expect(kept.lines.filter(line => line.includes('/var/log'))).toEqual([
    'slowlog = /var/log/shop/shop.slow',
    'php_value[error_log] = /var/log/shop/errors',
    '/var/log/shop = yes',
  ]);
});

test("a log that PHP-FPM has opened as root in the user's own directory is put away by the user", async () => {
  const log = '/var/log/shop/slow';
  const text = `[shop]\nuser = shop\nslowlog = ${log}`;
  const owners = { '/var/log/shop': 1001 };
  const { said } = await made(text, { files: { [log]: '' }, owners });
  expect(said).toEqual([
    `slowlog = ${log}: '${log}' is there, and not shop's: put it away with "runuser -u shop -- mv ${log} ${log}.old", and make the file of the site anew with --force`,
  ]);
  expect((await made(text, { files: { [log]: '' }, owners: { ...owners, [log]: 1001 } })).said).toEqual([]);
});

test('what links of the release lead to, and its user may write, is shared, but for what goes with a release', async () => {
  const { lines, unshared } = await made('[shop]\nuser = shop', {
    directories: {
      ...release.directories,
      '/srv/shop/shared/files': '/srv/shop/shared/files',
      '/srv/shop/shared': '/srv/shop/shared',
      '/srv/shop/shared/database': '/srv/shop/shared/database',
      '/srv/shop/releases/6/cache': '/srv/shop/releases/6/cache',
      '/var/log': '/var/log',
    },
    links: {
      'web/sites/default/files': 'd ../../../../../shared/files',
      cache: 'd /srv/shop/releases/6/cache',
      'database/db.sqlite': 'f ../../../shared/database/db.sqlite',
      '.env': 'f ../../shared/.env',
      logs: 'd /var/log',
      tmp: 'd /tmp',
    },
  });
  expect(lines.slice(-4)).toEqual([
    '[shared]',
    'web/sites/default/files = /srv/shop/shared/files',
    '[writable]',
    '/srv/shop/shared/database = yes',
  ]);
  expect(unshared.map(({ link, line }) => [link.path, line])).toEqual([
    ['.env', '.env = /srv/shop/shared/.env in [shared]'],
    ['logs', undefined],
  ]);
});

test('what lies where a replica sees nothing is shared, also where PHP may only read it, but for what no line can share', async () => {
  const seen = ['/home', '/home/deploy', '/home/deploy/lib', '/home/shop', '/home/shop/data', '/etc/shop'];
  const { lines, unshared } = await made('[shop]\nuser = shop', {
    directories: { ...release.directories, ...Object.fromEntries(seen.map(path => [path, path])) },
    links: {
      '.env': 'fr /home/shop/.env',
      'vendor/acme/lib': 'dr /home/deploy/lib',
      'data.sqlite': 'f /home/shop/data/data.sqlite',
      people: 'dr /home',
      settings: 'dr /etc/shop',
    },
  });
  expect(lines.slice(-3)).toEqual(['[shared]', '.env = /home/shop/.env', 'vendor/acme/lib = /home/deploy/lib']);
  expect(unshared.map(unsharedWords)).toEqual([
    "The release's data.sqlite leads to /home/shop/data/data.sqlite, which a replica does not see: where PHP needs it, have it lead to a directory of the site's own, and name that in [shared].\n",
    "The release's people leads to /home, which a replica does not see: where PHP needs it, have it lead to a directory of the site's own, and name that in [shared].\n",
  ]);
});

test('of releases beside what is shared, only what is a release goes with one', async () => {
  const index = 'public/index.php';
  const { lines } = await makeFromExisting({
    pool: '[shop]\nuser = shop\nlisten = /run/php/shop.sock\n',
    files: { [`/srv/flat/1/${index}`]: '', [`/srv/flat/0/${index}`]: '' },
    directories: {
      '/srv/flat/current': '/srv/flat/1',
      '/srv/flat/current/public': '/srv/flat/1/public',
      '/srv/flat/shared/storage': '/srv/flat/shared/storage',
      '/srv/flat/0/cache': '/srv/flat/0/cache',
    },
    links: { storage: 'd ../shared/storage', cache: 'd ../0/cache' },
    nginx: 'server { root /srv/flat/current/public; location ~ \\.php$ { fastcgi_pass unix:/run/php/shop.sock; } }',
  });
  expect(lines.filter(line => line.startsWith('storage') || line.startsWith('cache'))).toEqual([
    'storage = /srv/flat/shared/storage',
  ]);
});

test('nothing that stands in a file of others becomes a line of the site file but as a value or a comment', async () => {
  const { text, parsed } = await made('[shop]\nuser = shop\nenv[A] = "x"\n', {
    nginx: `server { root /srv/shop/current/public; fastcgi_param X "a\n[hooks]\nbefore_roll = +/bin/sh"; set $y "b\n[hooks]\nbefore_roll = +/bin/sh";
      location ~ \\.php$ { fastcgi_pass unix:/run/php/shop.sock; } }`,
    directories: { ...release.directories, '/srv/shop/current/public': '/srv/shop/releases/7/public' },
  });
  expect(text).not.toMatch(/^(?:\[hooks\]|before_roll)/m);
  expect(parsed).toHaveProperty('site.hooks', { timeoutMs: 300_000 });
});

const flags: { readonly [Word in string]?: string } = {
  on: '1',
  yes: '1',
  true: '1',
  off: '',
  no: '',
  false: '',
  none: '',
  null: '',
};
const meaning = (text: string): string => ownValue(flags, text.toLowerCase()) ?? text;

/** A value as it is written in a pool file, and what it says. */
const value = fc.oneof(
  fc.stringMatching(/^[a-z0-9/._,:-]{1,12}$/).map(text => ({ raw: text, says: meaning(text) })),
  fc
    .stringMatching(/^[ -~]{0,12}$/)
    .map(text => ({ raw: `"${text.replace(/[\\"$]/g, '\\$&')}"`, says: meaning(text) })),
  fc.stringMatching(/^[ -&(-~]{0,12}$/).map(text => ({ raw: `'${text}'`, says: meaning(text) })),
  fc
    .constantFrom('on', 'No', 'none', '10s', '-1', 'E_ALL & ~E_NOTICE', '$pool', `$\{HOME}`)
    .map(text => ({ raw: text, says: meaning(text) })),
  fc.string({ maxLength: 12 }).map(text => ({ raw: text.replaceAll('\n', ' '), says: undefined })),
);
const bracket = fc.constantFrom(
  'memory_limit',
  'error_log',
  'open_basedir',
  'A',
  'session.save_path',
  'extension',
  'sendmail_path',
  'a]b',
  '',
);
const directive = fc
  .record({
    name: fc.constantFrom(...Object.keys(directives).filter(name => name !== 'include')),
    bracket,
    value,
    comment: fc.boolean(),
  })
  .map(({ name, bracket: inside, value: { raw, says }, comment }) => {
    const key = /^(?:env|php_)/.test(name)
      ? `${name}[${inside}]`
      : name === 'access.suppress_path'
        ? `${name}[]`
        : name;
    return { key, line: `${key} = ${raw}${comment ? ' ; said' : ''}`, says };
  });

/** As php-fpm reads what php-zd writes: bare, or in quotes of one kind. */
const readBack = (written: string): string => {
  if (written.startsWith("'")) return written.slice(1, -1);
  if (written.startsWith('"')) return written.slice(1, -1).replace(/\\(.)/g, '$1');
  return meaning(written);
};

test.each(['constructor', '__proto__', 'toString'])(
  'the word %s is a value, or a directive that there is not',
  async word => {
    const { adopted, parsed } = await made(`[shop]\nuser = shop\nenv[WORD] = ${word}\n${word} = 1\n`);
    expect(parsed).toHaveProperty('site.env');
    expect(adopted.at(-1)).toMatchObject({ why: 'php-fpm has no such directive for a pool' });
    expect(adopted.find(({ line }) => line.startsWith('env'))).toMatchObject({ kind: 'kept', value: word });
  },
);

test('whatever directives a pool has, each is kept and says the same to php-fpm, or is named', async () => {
  const pools = fc.array(directive, { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(pools, async lines => {
      const { adopted, parsed } = await made(`[shop]\n${lines.map(({ line }) => `${line}\n`).join('')}user = shop`);
      if (!('site' in parsed)) throw new Error(JSON.stringify(parsed.problems));
      const config = renderFpmConfig(parsed.site, { paths: sitePaths('shop'), program: '/usr/bin/php-zd' });
      const hasChroot = lines.some(({ key }) => key === 'chroot');
      for (const [index, { key, says }] of lines.entries()) {
        const fates = adopted.filter(({ at }) => at.file === POOL_FILE && at.line === index + 2);
        expect(fates.length).toBeGreaterThan(0);
        const [kept] = fates.filter(
          fate => fate.kind === 'kept' && (fate.section === 'pool' || fate.section === 'env'),
        );
        if (kept === undefined || says === undefined || key.includes('open_basedir')) continue;
        if (/^(?:slowlog|access\.log)$/.test(key) && !says.startsWith('/')) continue;
        // A path of PHP's has the chroot before it.
        if (hasChroot && key.startsWith('php_') && says.includes('/')) continue;
        const written = config
          .split('\n')
          .filter(line => line.startsWith(`${key} = `))
          .map(line => readBack(line.slice(key.length + 3)));
        expect(written.map(meaning)).toContain(says.replaceAll('$pool', key.startsWith('env') ? 'shop' : '$pool'));
      }
    }),
    propertyRuns(150),
  );
});

test('$pool is the name of the pool in every value, the user and the group too', async () => {
  const { lines } = await made(
    '[shop]\nuser = $pool\ngroup = $pool\nlisten = /run/php/$pool.sock\nlisten.owner = $pool\npm = static\npm.max_children = 2\n',
  );
  expect(lines).toEqual(expect.arrayContaining(['user = shop', 'group = shop', 'owner = shop']));
});

test('a link for each domain, which a panel keeps, is no link of releases: the site is what it leads to', async () => {
  const web = '/var/www/clients/client1/web1';
  const { lines, parsed } = await makeFromExisting({
    pool: '[shop]\nuser = shop\nlisten = /run/php/shop.sock\npm = ondemand\npm.max_children = 5\n',
    nginx:
      'server {\n  root /var/www/example.com/web/;\n  location ~ \\.php$ { fastcgi_pass unix:/run/php/shop.sock; include fastcgi.conf; }\n}\n',
    files: { [`${web}/web/index.php`]: '' },
    directories: { '/var/www/example.com': web, '/var/www/example.com/web': `${web}/web` },
  });
  expect(lines).toEqual(expect.arrayContaining([`release = ${web}`, 'root = web']));
  expect(parsed).toHaveProperty('site');
});
