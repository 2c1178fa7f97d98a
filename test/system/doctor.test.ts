import { expect, test } from 'vitest';
import { doctorWords } from '../../src/report/doctor/words.ts';
import type { Facts } from '../../src/run/doctor/check.ts';
import type { CheckName } from '../../src/run/doctor/doctor.ts';
import { hold } from '../lab/hold.ts';
import { awaitAnswer } from '../lab/machine.ts';
import { onOneSuite, type Scene } from '../scene/scene.ts';

interface Diagnosis {
  readonly made: number;
  readonly findings: readonly { readonly check: CheckName; readonly severity: string; readonly facts: Facts }[];
  readonly unmade: readonly object[];
}

const NGINX = '/etc/nginx/sites-enabled/shop';
const SOCKET = '/run/php-zd/shop/fastcgi.sock';
const place = { file: NGINX, block: 'location /' };

onOneSuite('bookworm', 'doctor', {}, scene => {
  test('a good site on a good host has no finding, and everything could be looked at', async () => {
    const { machine } = scene();
    const said = await machine.ask('php-zd', 'doctor');
    expect(said).toEqual({ status: 0, stdout: '38 checks made: 0 problems, 0 warnings, 0 notes.\n', stderr: '' });
  });

  test('a roll that would make requests queue is refused, and nothing was touched', async () => {
    const { machine, site } = scene();
    const before = await site.status();
    const { arrived, open } = await hold(machine, site, 'queue');
    // Two replicas of four children each, and one request more.
    const urls = Array.from({ length: 9 }, () => `${site.url}?stand=queue`);
    const asked = machine.run('curl', '--silent', '--fail', '--parallel', '--parallel-immediate', ...urls);
    await arrived();
    const full = await awaitAnswer('a request that waits in HAProxy', async () => {
      const { stdout } = await machine.ask('php-zd', 'plan', '--json', site.name);
      const [{ capacity }] = JSON.parse(stdout);
      return capacity.queued > 0 ? capacity : undefined;
    });
    expect(full).toEqual({ children: 8, busy: 8, queued: 1, silent: [], least: 8, away: [], isShort: true });
    expect(await machine.ask('php-zd', 'reload', '--require-capacity', site.name)).toEqual({
      status: 6,
      stdout: '',
      stderr:
        "php-zd: a roll of 'shop' would make requests queue: 8 of 8 children busy, 1 request waiting; never fewer than 8 serve; " +
        'try again when fewer are busy, or see "php-zd plan shop".\nNothing was touched.\n',
    });
    const slotsOf = ({ replicas }: typeof before) => replicas.map(({ slot, pin }) => [slot, pin]);
    expect(slotsOf(await site.status())).toEqual(slotsOf(before));
    await open();
    await asked;
  });

  test('what nginx does to a site is found', async () => {
    const { machine } = scene();
    const good = await machine.run('cat', NGINX);
    const bad = good
      .replace('/srv/shop/releases/shop.live/public;', '/srv/shop/current/public;')
      .replace('/srv/shop/releases/shop.live/public/index.php', '$realpath_root/index.php')
      .replace(
        'fastcgi_read_timeout 300',
        'fastcgi_read_timeout 20s; fastcgi_next_upstream error non_idempotent; fastcgi_keep_conn on',
      )
      .replace(`unix:${SOCKET}`, 'shop');
    await machine.write(NGINX, `upstream shop { server unix:${SOCKET}; keepalive 2; }\n${bad}`);
    const mount = '/srv/shop/releases/shop.live';
    expect(await diagnose(scene())).toEqual([
      ['problem', 'keep-conn', place],
      ['problem', 'mixed-releases', { ...place, param: 'SCRIPT_FILENAME', value: '$realpath_root/index.php', mount }],
      ['problem', 'mixed-releases', { ...place, param: 'DOCUMENT_ROOT', value: '/srv/shop/current/public', mount }],
      ['warning', 'sent-twice', place],
      ['warning', 'queue-timeout', { ...place, timeout: '20s', queueTimeout: '30s' }],
    ]);
    await machine.write(NGINX, good.replace(SOCKET, '/run/other.sock'));
    expect(await diagnose(scene())).toEqual([['note', 'web-server', { socket: SOCKET }]]);
    await machine.write(NGINX, good);
  });

  test('what a release and its directories let happen is found', async () => {
    const { machine, site } = scene();
    const release = site.directory('1');
    const links = [
      'a ../../current/x',
      'b /srv/shop/current/x',
      'c ../../../shop/current',
      'good public/index.php',
      'same ../2',
    ];
    for (const [name = '', target = ''] of links.map(link => link.split(' '))) {
      await machine.run('ln', '-s', target, `${release}/${name}`);
    }
    await machine.run('chown', 'shop', site.base, release);
    await machine.run('chgrp', 'root', '/run/php-zd/shop/balancer');
    const mount = '/srv/shop/releases/shop.live';
    const balancer = '/run/php-zd/shop/balancer (2750 php-zd-haproxy www-data)';
    const stray = ['a -> ../../current/x', 'b -> /srv/shop/current/x', 'c -> ../../../shop/current'];
    expect(await diagnose(scene())).toEqual([
      ['problem', 'directories', { directories: [balancer], file: '/etc/tmpfiles.d/php-zd-shop.conf' }],
      ['problem', 'links', { links: stray, count: 3, release, mount }],
      ['warning', 'link-directory', { directory: '/srv/shop', user: 'shop' }],
      ['note', 'writable-release', { path: release, user: 'shop' }],
      ['problem', 'web-server-rights', { server: 'nginx', uid: 33, socket: SOCKET, group: 'www-data' }],
    ]);
    await machine.run('chown', 'root', site.base, release);
    await machine.run('chgrp', 'www-data', '/run/php-zd/shop/balancer');
    await machine.run('rm', ...links.map(link => `${release}/${link.split(' ')[0]}`));
  });

  test('what the site file, php.ini and a drop-in take from a roll is found', async () => {
    const { machine, site } = scene();
    const mount = '/srv/shop/releases/shop.live';
    const version = (await machine.run('sh', '-c', 'ls /etc/php')).trim();
    const ini = `/etc/php/${version}/fpm/conf.d/99-doctor.ini`;
    await machine.write(ini, 'opcache.file_cache = /var/cache/php\n');
    const dropIn = '/etc/systemd/system/php-zd-fpm-shop@.service.d/x.conf';
    await machine.write(dropIn, '[Service]\nKillSignal=SIGTERM\nPrivateTmp=yes\nTimeoutStopSec=1min 30s\n');
    await machine.run('systemctl', 'daemon-reload');
    await machine.run('curl', '--silent', `${site.url}?s=1.5`);
    const good = await machine.run('cat', site.file);
    await site.writeIni(`access = read-write
[php]
ini[opcache.preload] = /srv/shop/current/preload.php
[pool]
pm.max_children = 4500
request_terminate_timeout = 3min
php_value[session.save_path] = /srv/shop/releases/shop.live/sessions
[drain]
timeout = 1s
`);
    const found = await diagnose(scene());
    expect(found.filter(([, check]) => check !== 'memory')).toEqual([
      [
        'warning',
        'site-warnings',
        { warnings: [expect.stringContaining('no [health]'), expect.stringContaining('leads through')] },
      ],
      [
        'problem',
        'unit-settings',
        { settings: ['KillSignal', 'PrivateTmp', 'TimeoutStopSec'], dropIns: [dropIn], timeout: '2min' },
      ],
      ['problem', 'file-cache', { path: '/var/cache/php', mount }],
      ['problem', 'preload', { path: '/srv/shop/current/preload.php', mount }],
      ['problem', 'sessions', { path: `${mount}/sessions` }],
      [
        'warning',
        'drain-timeout',
        {
          longest: expect.any(String),
          uri: expect.stringMatching(/^GET \//),
          timeout: '1s',
          onTimeout: 'abort',
        },
      ],
      ['warning', 'terminate-timeout', { written: '3min', timeout: '1s' }],
      ['warning', 'somaxconn', { limit: expect.any(Number), children: 4500 }],
    ]);
    await machine.write(site.file, good);
    await machine.run('rm', ini, dropIn);
    await machine.run('systemctl', 'daemon-reload');
  });

  test('what goes on at the host behind its back is found', async () => {
    const { machine } = scene();
    await machine.write('/usr/sbin/needrestart', '', 0o755);
    const replace =
      'for f in /usr/sbin/haproxy $(readlink -f /usr/sbin/php-fpm*); do cp -a $f $f.new; mv $f.new $f; done';
    await machine.run('sh', '-c', replace);
    await machine.run('systemctl', 'start', 'haproxy');
    await machine.run('sh', '-c', 'echo "# by hand" >>/var/lib/php-zd/haproxy/shop.cfg');
    const units = ['php-zd-haproxy.service', 'php-zd-fpm-shop@1.service'];
    const byHand = ['warning', 'generated-files', { files: ['/var/lib/php-zd/haproxy/shop.cfg'] }];
    expect(await diagnose(scene())).toEqual([
      ['warning', 'balancer-upgraded', {}],
      ['note', 'other-services', { units: ['haproxy.service'] }],
      ['warning', 'needrestart', { units }],
      byHand,
      ['warning', 'php-upgraded', {}],
    ]);
    await machine.write(
      '/etc/needrestart/needrestart.conf',
      '$nrconf{blacklist_rc} = [qr(^php-zd-haproxy)];\nforeach my $fn (sort </etc/needrestart/conf.d/*.conf>) { eval do { local(@ARGV, $/) = $fn; <> } }\n',
    );
    const { fix } = doctorWords('needrestart', { units: [] });
    await machine.run('sh', '-c', `mkdir -p /etc/needrestart/conf.d; ${fix.split(';', 2).join(';')}`);
    await machine.run('systemctl', 'stop', 'haproxy', 'php-zd-haproxy');
    expect(await diagnose(scene())).toEqual([
      ['problem', 'balancer-running', { state: 'inactive' }],
      byHand,
      ['warning', 'php-upgraded', {}],
    ]);
  });
});

const diagnose = async ({ machine }: Scene): Promise<readonly (readonly [string, string, Facts])[]> => {
  const { stdout } = await machine.ask('php-zd', 'doctor', '--json');
  const { findings, unmade }: Diagnosis = JSON.parse(stdout);
  expect(unmade).toEqual([]);
  return findings.map(({ severity, check, facts }) => [severity, check, facts]);
};
