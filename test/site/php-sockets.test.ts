import { expect, test } from 'vitest';
import { formatProblem, parseSite } from '../../src/site/parse.ts';
import { hostOf, shopHost } from './host.ts';

const warningsOf = (lines: string, phpIni: Readonly<Record<string, string>> = {}): readonly string[] => {
  const text = `[site]\nrelease = /srv/shop/current\nuser = shop\n[health]\npath = /up\n${lines}\n`;
  const directories = { ...shopHost.directories, '/home/shop': '/home/shop' };
  const host = hostOf({ ...shopHost, directories, owners: { '/home/shop': 1001 }, phpIni });
  const parsed = parseSite({ name: 'shop', file: 'shop.ini', text, defaults: undefined, host });
  expect('problems' in parsed ? parsed.problems : []).toEqual([]);
  return parsed.warnings.map(formatProblem);
};

const redis = (path: string): string => `[php]\nini[session.save_handler] = redis\nini[session.save_path] = "${path}"`;
const elsewhere = 'have its service make it below /run/NAME, and write sockets = /run/NAME in [sandbox]';

// As Debian's redis-server@forum has it.
const FORUM = '/run/redis-forum/redis-server.sock';

test('a socket in a directory of /run that a replica does not see is told with the line that shows it', () => {
  const said = `names the socket '${FORUM}', and a replica does not see /run/redis-forum: write sockets =`;
  expect(warningsOf(redis(`unix://${FORUM}?persistent=1`))).toEqual([
    `shop.ini:8: 'ini[session.save_path]' ${said} /run/redis-forum in [sandbox]`,
  ]);
  expect(warningsOf(`${redis(`unix://${FORUM}`)}\n[sandbox]\nsockets = /run/cups`)).toEqual([
    `shop.ini:8: 'ini[session.save_path]' ${said} /run/cups /run/redis-forum in [sandbox]`,
  ]);
  expect(warningsOf(`${redis(`unix://${FORUM}`)}\n[sandbox]\nsockets = /run/cups /run/redis-forum`)).toEqual([]);
});

test.each<readonly [string, string, string]>([
  [
    '[pool]\nphp_value[session.save_handler] = memcached\nphp_value[session.save_path] = /var/run/mc/a.sock:0,127.0.0.1:11211',
    "8: 'php_value[session.save_path]'",
    '/run/mc',
  ],
  [
    '[pool]\nphp_admin_value[mysqli.default_socket] = /run/mysqld-two/s',
    "7: 'php_admin_value[mysqli.default_socket]'",
    '/run/mysqld-two',
  ],
  ['[php]\nini[pdo_mysql.default_socket] = /run/mysqld2/deep/s', "7: 'ini[pdo_mysql.default_socket]'", '/run/mysqld2'],
  [
    '[php]\nini[blackfire.agent_socket] = unix:///var/run/blackfire/agent.sock',
    "7: 'ini[blackfire.agent_socket]'",
    '/run/blackfire',
  ],
])('%s', (lines, where, directory) => {
  expect(warningsOf(lines)).toEqual([
    expect.stringMatching(
      new RegExp(`^shop.ini:${where.replace(/[[\]]/g, '\\$&')}.* write sockets = ${directory} in \\[sandbox\\]$`),
    ),
  ]);
  expect(warningsOf(`${lines}\n[sandbox]\nsockets = ${directory}`)).toEqual([]);
});

test.each([
  ['/tmp/redis.sock', `a replica has a /tmp of its own: ${elsewhere}`],
  ['/var/tmp/r/redis.sock', `a replica has a /var/tmp of its own: ${elsewhere}`],
  ['/dev/shm/redis.sock', `a replica has a /dev/shm of its own: ${elsewhere}`],
  ['/run/redis.sock', `a replica does not see it there: ${elsewhere}`],
  ['/run/user/1001/redis.sock', `a replica does not see it there: ${elsewhere}`],
  ['/home/shop/redis.sock', `a replica does not see it there: ${elsewhere}`],
])('a socket at %s has to lie elsewhere', (path, why) => {
  expect(warningsOf(redis(`unix://${path}`))).toEqual([
    `shop.ini:8: 'ini[session.save_path]' names the socket '${path}', and ${why}`,
  ]);
});

test.each([
  ...['unix:///run/redis/redis-server.sock', '/run/memcached/memcached.sock:0', 'tcp://127.0.0.1:6379?database=1'],
  ...['unix:///srv/redis/s', 'unix:///var/lib/redis/s'],
])('a replica reaches %s', path => {
  expect(warningsOf(redis(path))).toEqual([]);
});

test("a socket in the site's own home is there, and the host's own line is told at its file", () => {
  expect(warningsOf(`${redis('unix:///home/shop/s')}\n[site]\nhome = /home/shop`)).toEqual([]);
  const file = '/etc/php/8.2/fpm/conf.d/50-shop.ini';
  expect(warningsOf('', { [file]: 'mysqli.default_socket = /run/db/s\n' })).toEqual([
    `${file}:1: 'mysqli.default_socket' names the socket '/run/db/s', and a replica does not see /run/db: write sockets = /run/db in [sandbox]`,
  ]);
});

test.each(['docker', 'containerd', 'php', 'haproxy'])(
  'sockets by which others are ruled are warned of: /run/%s',
  name => {
    expect(warningsOf(`[sandbox]\nsockets = /run/cups /run/${name}`)).toEqual([
      expect.stringContaining(
        `'/run/${name}' in 'sockets': whoever may connect to the sockets there rules the host, or other sites`,
      ),
    ]);
    expect(warningsOf(redis(`unix:///run/${name}/s`))).toEqual([expect.stringContaining(elsewhere)]);
  },
);
