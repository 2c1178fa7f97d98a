import { expect, test } from 'vitest';
import { formatProblem, parseSite } from '../../src/site/parse.ts';
import { hostOf, shopHost } from './host.ts';

/** The line of a pool file that `check` speaks of, and the end of what it says. */
const saidOf = (pool: string, site = ''): readonly string[] => {
  const parsed = parseSite({
    name: 'shop',
    file: 'shop.ini',
    text: `[pool]\n${pool}\n[site]\nrelease = /srv/shop/current\nuser = shop\n${site}\n[health]\npath = /up\n`,
    defaults: undefined,
    host: hostOf({ ...shopHost, directories: { ...shopHost.directories, '/home/shop': '/home/shop' } }),
  });
  const problems = 'problems' in parsed ? parsed.problems : [];
  const lines = pool.split('\n');
  return [...problems, ...parsed.warnings].map(problem => {
    const message = formatProblem(problem).replace(/^shop\.ini:\d+: /, '');
    return `${lines[problem.line - 2]}: ${message.split(/[;:] (?=write|take|make)/).at(-1)}`;
  });
};

// Pools as they are shipped and as tutorials and panels write them, pasted into [pool]: what stays is what works.
test.each<readonly [string, string, readonly string[]]>([
  [
    "Debian's",
    'user = www-data\ngroup = www-data\nlisten = /run/php/php8.2-fpm.sock\nlisten.owner = www-data\nlisten.group = www-data\npm = dynamic\npm.max_children = 5\npm.start_servers = 2\npm.min_spare_servers = 1\npm.max_spare_servers = 3',
    [
      'user = www-data: write user in [site]',
      'group = www-data: write group in [site]',
      'listen = /run/php/php8.2-fpm.sock: write fastcgi in [listen] for the one of the web server, or http where that is on another host',
      'listen.owner = www-data: write owner, group and mode in [listen]',
      'listen.group = www-data: write owner, group and mode in [listen]',
    ],
  ],
  [
    "Red Hat's",
    'listen.acl_users = apache,nginx\nlisten.allowed_clients = 127.0.0.1\nslowlog = /var/log/php-fpm/www-slow.log\nphp_admin_value[error_log] = /var/log/php-fpm/www-error.log\nphp_admin_flag[log_errors] = on\nphp_value[session.save_handler] = files\nphp_value[session.save_path] = /var/lib/php/session\nphp_value[soap.wsdl_cache_dir] = /var/lib/php/wsdlcache',
    [
      'listen.acl_users = apache,nginx: write owner, group and mode in [listen]',
      'listen.allowed_clients = 127.0.0.1: write owner, group and mode in [listen]',
      'php_admin_value[error_log] = /var/log/php-fpm/www-error.log: make it with "install -d -o shop -g shop /var/log/php-fpm" and write /var/log/php-fpm = yes in [writable]',
      "php_value[session.save_path] = /var/lib/php/session: take the line out, since php-zd keeps a directory for the site's sessions",
      'php_value[soap.wsdl_cache_dir] = /var/lib/php/wsdlcache: take the line out, or write a path below /tmp, which the replicas of the site share',
    ],
  ],
  [
    "an image's for a container",
    'access.log = /proc/self/fd/2\nclear_env = no\ncatch_workers_output = yes\ndecorate_workers_output = no\nping.path = /ping\npm.status_path = /status',
    [
      'access.log = /proc/self/fd/2: make it with "install -d -o shop -g shop /var/log/shop" and write /var/log/shop = yes in [writable]',
      'ping.path = /ping: take the line out',
      'pm.status_path = /status: take the line out',
      'clear_env = no: write what PHP needs in [env], or environment_file in [site]',
    ],
  ],
  [
    "a panel's, all in the home of the customer",
    'pm = ondemand\npm.max_requests = 4000\npm.process_idle_timeout = 10s\nphp_admin_value[upload_tmp_dir] = /home/shop/tmp\nphp_admin_value[session.save_path] = /home/shop/tmp\nphp_admin_value[open_basedir] = /home/shop/web:/home/shop/tmp:/tmp:/usr/share\nphp_admin_value[sendmail_path] = "/usr/sbin/sendmail -t -i -f info@shop.example"\nenv[TMP] = /home/shop/tmp',
    [
      'php_admin_value[upload_tmp_dir] = /home/shop/tmp: write home = /home/shop in [site], which is all that PHP then sees there, or a path below /tmp',
      'php_admin_value[session.save_path] = /home/shop/tmp: write home = /home/shop in [site], which is all that PHP then sees there, or a path below /tmp',
      'php_admin_value[open_basedir] = /home/shop/web:/home/shop/tmp:/tmp:/usr/share: write php_admin_value[open_basedir] = /srv/shop/releases/.shop.live/:/home/shop/web:/home/shop/tmp:/tmp:/usr/share',
      'env[TMP] = /home/shop/tmp: write NAME = VALUE in [env]',
    ],
  ],
  [
    "a tutorial's",
    'chdir = /\nrlimit_files = 131072\nrlimit_core = 0\nrequest_terminate_timeout = 0\nrequest_slowlog_timeout = 0\nslowlog = /var/log/php-fpm/slow.log\nsecurity.limit_extensions = .php .php3 .php4 .php5\nprocess.priority = -19\nphp_flag[display_errors] = off\naccess.format = "%R - %u %t \\"%m %r%Q%q\\" %s %f %{milli}d %{kilo}M %C%%"',
    [
      'chdir = /: take the line out',
      'process.priority = -19: take the line out, and write Nice=-19 below [Service] with "systemctl edit php-zd-fpm-shop@.service"',
    ],
  ],
  [
    'one with a mark at the end of a line, as in a comment of the shipped file',
    'pm.process_idle_timeout = 10s;',
    [
      "pm.process_idle_timeout = 10s;: 'pm.process_idle_timeout' has a ';' in its value: put the value in single quotes if it belongs there; a comment needs a line of its own",
    ],
  ],
])('the pool is %s', (_, pool, said) => {
  expect(saidOf(pool)).toEqual(said);
});

test("what a panel writes below the customer's home works once that is the home", () => {
  const pool = 'php_admin_value[upload_tmp_dir] = /home/shop/tmp\nphp_admin_value[session.save_path] = /home/shop/tmp';
  expect(saidOf(pool)).toHaveLength(2);
  expect(saidOf(pool, 'home = /home/shop')).toEqual([]);
});
