import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import type { Command } from '../../src/report/words/said.ts';
import type { Facts } from '../../src/run/doctor/check.ts';
import { type CheckName, checkNames } from '../../src/run/doctor/doctor.ts';
import { hold } from '../lab/hold.ts';
import { awaitAnswer } from '../lab/machine.ts';
import { setUpSite } from '../lab/site.ts';
import { servingSlots } from '../scene/expect.ts';
import { byHand, type Found, FULL, follow, GOOD } from '../scene/fixes.ts';
import { startHoard } from '../scene/hoard.ts';
import { onOneSuite, type Scene } from '../scene/scene.ts';

interface Diagnosis {
  readonly made: number;
  readonly findings: readonly Found[];
  readonly unmade: readonly object[];
}

const NGINX = '/etc/nginx/sites-enabled/shop';
const MOUNTS = 'php-zd-mounts.socket';
const SOCKET = '/run/php-zd/shop/fastcgi.sock';
/** As Debian's package has it, that reads the files that others bring. */
const NEEDRESTART =
  '$nrconf{blacklist_rc} = [qr(^nothing)];\n' +
  'foreach my $fn (sort </etc/needrestart/conf.d/*.conf>) { eval do { local(@ARGV, $/) = $fn; <> } }\n';
/** In a container there is no device for FUSE before somebody makes it. */
const MOUNT_SILENT = `mkdir -p /mnt/silent
[ -e /dev/fuse ] || mknod /dev/fuse c 10 229
setsid perl /root/silent-mount.pl /mnt/silent >/root/silent-mount.said 2>&1 &
until grep -q . /root/silent-mount.said; do sleep 0.05; done
grep -qx mounted /root/silent-mount.said`;
const place = { file: NGINX, block: 'location /' };

onOneSuite('bookworm', 'doctor', {}, scene => {
  const followed = new Set<CheckName>();

  /**
   * Follows what doctor said: afterwards it finds nothing, and the site serves. A fix after which no roll goes through fails the
   * next one that ends with one.
   */
  const mend = async (findings: readonly Found[]) => {
    const { machine, site } = scene();
    await follow(scene(), findings);
    for (const { check } of findings) followed.add(check);
    expect(facts(await diagnose(scene()))).toEqual([]);
    expect(await machine.run('curl', '--silent', '--fail', site.url)).toContain('release=');
  };

  beforeAll(async () => {
    const { machine, site } = scene();
    await machine.run('mkdir', GOOD);
    await machine.run('cp', NGINX, site.file, GOOD);
    await machine.write(`${site.directory('1')}/preload.php`, '<?php\n');
  });

  test('a good site on a good host has no finding, and everything could be looked at', async () => {
    const { machine } = scene();
    const said = await machine.ask('php-zd', 'doctor');
    expect(said).toEqual({
      status: 0,
      stdout: `${checkNames.length} checks made: 0 problems, 0 warnings, 0 notes.\n`,
      stderr: '',
    });
  });

  test('a file system that does not answer ends no verb, and is named at the line that leads there', async () => {
    const { machine, site } = scene();
    const text = await machine.run('cat', site.file);
    const script = await readFile(new URL('../scene/silent-mount.pl', import.meta.url), 'utf8');
    await machine.write('/root/silent-mount.pl', script);
    await machine.run('sh', '-c', MOUNT_SILENT);
    await machine.write(site.file, `${text}\n[writable]\n/mnt/silent/var = yes\n`);
    const line = text.split('\n').length + 2;
    const problem = `${site.file}:${line}: '/mnt/silent/var' in [writable] leads into the file system at '/mnt/silent', which does not answer: bring it back, or name a path elsewhere`;
    const ask = (...words: readonly string[]) => machine.ask('timeout', '--signal=KILL', '60', 'php-zd', ...words);
    expect(await ask('check', site.name)).toEqual({ status: 2, stdout: '', stderr: `${problem}\n` });
    expect((await ask('reload', site.name)).stderr).toBe(`${problem}\nNothing was touched.\n`);
    expect((await ask('status', site.name)).stdout).toContain(': 2 of 2 replicas serve ');
    const { stdout } = await ask('doctor', '--json');
    expect(JSON.parse(stdout).findings).toContainEqual(
      expect.objectContaining({ check: 'site-file', facts: { problems: [problem] } }),
    );
    await machine.write(site.file, text);
    // A release that somebody has put there is refused too, in the words of its path.
    expect((await ask('deploy', site.name, '/mnt/silent/release')).stderr).toBe(
      'php-zd: /mnt/silent: its file system does not answer.\n' +
        '"findmnt /mnt/silent" names its server: bring it back, then type it again.\n' +
        'Nothing was touched.\n',
    );
    await machine.run('sh', '-c', 'umount --lazy /mnt/silent && pkill -f "^perl /root/silent-mount.pl"');
    expect(facts(await diagnose(scene()))).toEqual([]);
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
      .replace('/srv/shop/releases/.shop.live/public;', '/srv/shop/current/public;')
      .replace('/srv/shop/releases/.shop.live/public/index.php', '$realpath_root/index.php')
      .replace(
        'fastcgi_read_timeout 300',
        'fastcgi_read_timeout 1s; fastcgi_next_upstream error non_idempotent; fastcgi_keep_conn on',
      )
      .replace(`unix:${SOCKET}`, 'shop');
    await machine.write(NGINX, `upstream shop { server unix:${SOCKET}; keepalive 2; }\n${bad}`);
    const mount = '/srv/shop/releases/.shop.live';
    await machine.run('curl', '--silent', `${scene().site.url}?s=1.5`);
    const found = await diagnose(scene());
    const longest = { longest: expect.any(String), uri: expect.stringMatching(/^GET \//) };
    expect(facts(found)).toEqual([
      ['problem', 'keep-conn', place],
      ['problem', 'mixed-releases', { ...place, param: 'SCRIPT_FILENAME', value: '$realpath_root/index.php', mount }],
      ['problem', 'mixed-releases', { ...place, param: 'DOCUMENT_ROOT', value: '/srv/shop/current/public', mount }],
      ['warning', 'sent-twice', place],
      ['warning', 'read-timeout', { ...place, timeout: '1s', ...longest }],
      ['warning', 'queue-timeout', { ...place, timeout: '1s', queueTimeout: '30s' }],
    ]);
    await mend(found);
    // A file that comes before it by its name would have the visitors.
    await machine.write('/etc/nginx/sites-enabled/twice', good.replace('listen 80', 'listen 80 default_server'));
    const twice = await diagnose(scene());
    expect(facts(twice)).toEqual([['warning', 'server-name', { name: '', address: '0.0.0.0:80' }]]);
    await mend(twice);
    await machine.write(NGINX, good.replace(SOCKET, '/run/other.sock'));
    const none = await diagnose(scene());
    expect(facts(none)).toEqual([['note', 'web-server', { socket: SOCKET }]]);
    await mend(none);
  });

  test('a block with the snippet of an earlier site file is told by the roll, and found after it', async () => {
    const { machine, site } = scene();
    await machine.write(`${site.directory('1')}/public/secret/a.txt`, 'secret');
    const bring = `php-zd snippet shop nginx >${NGINX} && nginx -t && systemctl reload nginx`;
    await machine.run('sh', '-c', `${bring} && printf '[web]\\nclosed = secret\\n' >>${site.file}`);
    const told = /'closed' changed, .*: bring in what "php-zd snippet shop nginx" prints/;
    for (const verb of ['check', 'plan', 'reload'])
      expect((await machine.ask('php-zd', verb, 'shop')).stderr).toMatch(told);
    const secret = () =>
      machine.run('curl', '--silent', '--header', 'Host: shop.example.com', 'http://localhost/secret/a.txt');
    expect(await secret()).toBe('secret');
    const found = await diagnose(scene());
    expect(facts(found)).toEqual([['warning', 'snippet', { file: NGINX, paths: ['/secret'] }]]);
    await mend(found);
    await expect.poll(secret).toContain('403 Forbidden');
    expect((await machine.ask('php-zd', 'check', 'shop')).stderr).toBe('');
    await machine.run('cp', `${GOOD}/shop.ini`, site.file);
    await machine.run('cp', `${GOOD}/shop`, NGINX);
    await machine.run('systemctl', 'reload', 'nginx');
    await machine.run('rm', '-r', `${site.directory('1')}/public/secret`);
    await site.roll();
  });

  test('a web server of a replica that does not run is found', async () => {
    const { machine, site } = scene();
    await machine.run(
      'sh',
      '-c',
      `printf '[listen]\\nhttp = 127.0.0.1:8080\\n[web]\\nserver = nginx\\n' >>${site.file}`,
    );
    await site.roll();
    const [{ slot } = { slot: 0 }] = (await site.status()).replicas;
    const unit = `php-zd-web-shop@${slot}.service`;
    await machine.run('systemctl', 'stop', unit);
    const found = await diagnose(scene());
    expect(facts(found)).toEqual([
      ['problem', 'http-down', { unit, state: 'inactive' }],
      // Whoever asks the replica for the path of [health] meets it too.
      ['problem', 'health', expect.anything()],
    ]);
    await mend(found.filter(({ check }) => check === 'http-down'));
  });

  test('a masked unit is found before a roll or a boot needs it', async () => {
    const units = ['php-zd-fpm-shop@3.service', 'php-zd-haproxy.service'];
    await scene().machine.run('systemctl', 'mask', '--quiet', ...units);
    const found = await diagnose(scene());
    expect(facts(found)).toContainEqual(['problem', 'masked', { units }]);
    await mend(found);
    expect(facts(await diagnose(scene()))).toEqual([]);
    await scene().site.roll();
  });

  test('a HAProxy that ended by itself is found, and none that somebody started anew', async () => {
    const { machine, site } = scene();
    const units = ['php-zd-haproxy.service', 'php-zd-http@shop.service'];
    await machine.run('systemctl', 'kill', '--signal=KILL', ...units);
    const state = () => machine.run('systemctl', 'show', '--property=NRestarts,SubState', ...units);
    const startedAgain = 'NRestarts=1\nSubState=running\n\nNRestarts=1\nSubState=running\n';
    await expect.poll(state).toBe(startedAgain);
    const again = { count: 1, lastAt: expect.any(Number) };
    const found = await diagnose(scene());
    expect(facts(found)).toEqual([
      ['warning', 'balancer-ended', { unit: units[0], ...again }],
      ['warning', 'http-ended', { unit: units[1], ...again }],
    ]);
    await mend(found);
    await machine.run('systemctl', 'kill', '--signal=KILL', ...units);
    await expect.poll(state).toBe(startedAgain);
    await machine.run('systemctl', 'restart', ...units);
    expect(facts(await diagnose(scene()))).toEqual([]);
    await machine.run('cp', `${GOOD}/shop.ini`, site.file);
    await site.roll();
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
    await machine.write(`${release}/link.php`, "<?php\nreturn '/srv/shop/current/storage';\n");
    await machine.write(`${release}/own.php`, "<?php return '/srv/shop/releases/1/storage';\n");
    await machine.write('/etc/cron.d/shop', '# by hand\n* * * * * shop php /srv/shop/current/cron.php\n');
    await machine.run('chown', 'shop', site.base, release);
    await machine.run('install', '-d', '-o', 'shop', '/var/lib/shop/data');
    await machine.run('chgrp', 'root', '/run/php-zd/shop/balancer');
    const mount = '/srv/shop/releases/.shop.live';
    const balancer = '/run/php-zd/shop/balancer (2750 php-zd-haproxy www-data)';
    const stray = ['a -> ../../current/x', 'b -> /srv/shop/current/x', 'c -> ../../../shop/current'];
    const through = (leads: string, place: string, file = 'storage') => {
      return { leads, places: [place], count: 1, mount, instead: `${mount}/${file}`, isPart: false };
    };
    const found = await diagnose(scene());
    expect(facts(found)).toEqual([
      ['problem', 'directories', { directories: [balancer], file: '/etc/tmpfiles.d/php-zd-shop.conf' }],
      ['problem', 'links', { links: stray, count: 3, release, mount }],
      ['warning', 'link-directory', { directory: '/srv/shop', user: 'shop', group: 'shop', isOwn: true }],
      ['note', 'writable-release', { path: release, user: 'shop' }],
      ['note', 'unlisted-places', { path: '/var/lib/shop/data', user: 'shop' }],
      ['problem', 'absolute-paths', through('link', 'link.php:2 (/srv/shop/current/storage)')],
      ['warning', 'own-paths', through('own', 'own.php:1 (/srv/shop/releases/1/storage)')],
      ['note', 'jobs', through('link', '/etc/cron.d/shop:2 (/srv/shop/current/cron.php)', 'cron.php')],
      ['problem', 'web-server-rights', { server: 'nginx', uid: 33, socket: SOCKET, group: 'www-data' }],
    ]);
    await mend(found);
    await machine.run('rm', '-r', '/var/lib/shop');
    await machine.write(site.file, await machine.run('cat', `${GOOD}/shop.ini`));
  });

  test('a release that another site may read is closed to it, and not to its own site and the web server', async () => {
    const { machine, site } = scene();
    await machine.run('useradd', 'blog');
    await machine.write('/srv/blog/releases/1/public/index.php', '<?php echo "blog";');
    const ini = '[site]\nrelease = /srv/blog/releases/1\nreleases = /srv/blog/releases\nuser = blog\n';
    await machine.write('/etc/php-zd/sites/blog.ini', `${ini}mount = /srv/blog/live\n`);
    const closed = { readers: ['blog'], directory: '/srv/shop/releases', group: 'shop' };
    const found = await diagnose(scene());
    expect(facts(found)).toEqual([
      ['warning', 'readable-release', { ...closed, server: 'nginx', serverUser: 'www-data' }],
    ]);
    const before = await machine.run('stat', '--format=%n %a %U %G', '/', '/srv', '/srv/shop', '/srv/blog');
    await mend(found);
    expect(await machine.run('stat', '--format=%n %a %U %G', '/', '/srv', '/srv/shop', '/srv/blog')).toBe(before);
    const script = `${site.directory('1')}/public/index.php`;
    const readers = ['shop', 'www-data', 'blog'].map(user => machine.ask('runuser', '-u', user, '--', 'cat', script));
    expect((await Promise.all(readers)).map(({ status }) => status)).toEqual([0, 0, 1]);
    await machine.run('rm', '/etc/php-zd/sites/blog.ini');
  });

  test('a home that nobody else may enter is opened for the web server, and for nobody else', async () => {
    const { machine, site } = scene();
    await machine.write(`${site.directory('1')}/public/logo.txt`, 'logo');
    await machine.run('chown', 'shop:', site.base);
    await machine.run('chmod', '0700', site.base);
    const found = await diagnose(scene());
    const closed = { server: 'nginx', serverUser: 'www-data', directory: site.base, group: 'shop' };
    expect(facts(found)).toEqual([
      ['warning', 'link-directory', { directory: site.base, user: 'shop', group: 'shop', isOwn: true }],
      ['warning', 'static-files', closed],
    ]);
    await mend(found);
    const file = `${site.directory('1')}/public/logo.txt`;
    const readers = ['www-data', 'nobody'].map(user => machine.ask('runuser', '-u', user, '--', 'cat', file));
    expect((await Promise.all(readers)).map(({ status }) => status)).toEqual([0, 1]);
    await machine.run('chown', 'root:', site.base);
    await machine.run('chmod', '0755', site.base);
  });

  test('a broken site file and a release that its user cannot read are found', async () => {
    const { machine, site } = scene();
    const unread = '/etc/php-zd/sites/blog.ini';
    await machine.run('mkdir', unread);
    const { findings: ofAll } = JSON.parse((await machine.ask('php-zd', 'doctor', '--json')).stdout);
    expect(ofAll).toMatchObject([{ check: 'site-file', facts: { problems: [`${unread}:1: it is a directory`] } }]);
    await machine.run('rmdir', unread);
    await site.writeIni('repicas = 3\n');
    const { findings } = await askDoctor(scene());
    expect(findings.map(({ check }) => check)).toEqual(['site-file']);
    await follow(scene(), findings);
    followed.add('site-file');
    const closed = await site.release();
    await machine.run('chmod', '700', site.directory(closed));
    await site.flip(closed);
    // What looks into the release cannot be asked then.
    const { findings: broken } = await askDoctor(scene());
    expect(broken.map(({ check }) => check)).toContain('release');
    await mend(broken);
  });

  test('a host that lacks what php-zd needs of it is put right', async () => {
    const { machine, site } = scene();
    const dropIns = '/etc/systemd/system';
    // HAProxy's own needs are those of the children that the site was rolled with.
    await machine.run('sed', '-i', 's/^pm.max_children = .*/pm.max_children = 60/', site.file);
    await machine.write(`${dropIns}/php-zd-haproxy.service.d/few.conf`, '[Service]\nLimitNOFILE=300\n');
    await machine.run('systemctl', 'daemon-reload');
    await machine.run('systemctl', 'restart', 'php-zd-haproxy');
    await machine.run('sysctl', 'net.core.somaxconn=50');
    const other = '[Service]\nExecStart=\nExecStart=/usr/bin/true unit start %i\n';
    await machine.write(`${dropIns}/php-zd@.service.d/other.conf`, other);
    await machine.run('systemctl', 'daemon-reload');
    await machine.run('sed', '-i', '/^php-zd-haproxy:/d', '/etc/passwd', '/etc/shadow', '/etc/group', '/etc/gshadow');
    await machine.run('mv', '/var/lib/php-zd/haproxy', '/root/haproxy');
    await machine.run('sh', '-c', 'echo "# by hand" >>/usr/lib/systemd/system/php-zd-haproxy.service');
    const found = await diagnose(scene());
    expect(found.map(({ check }) => check)).toEqual([
      ...['program', 'unit-files', 'balancer-user', 'host-directories', 'balancer-files', 'generated-files'],
      ...['directories', 'somaxconn'],
    ]);
    await mend(found);
  });

  test('a file system without room, or read-only, is found before a roll is refused', async () => {
    const { machine, site } = scene();
    const shell = (line: string) => machine.run('bash', '-c', `set -e; ${line}`);
    const small = (options: string) =>
      shell(`systemctl stop php-zd@shop php-zd-haproxy
        rm -rf /root/state && cp -a /var/lib/php-zd /root/state
        mount -t tmpfs -o mode=755,${options} tmpfs /var/lib/php-zd && cp -a /root/state/. /var/lib/php-zd
        systemctl start php-zd-haproxy php-zd@shop`);
    const large = () =>
      shell(`systemctl stop php-zd@shop php-zd-haproxy && umount /var/lib/php-zd &&
        systemctl start php-zd-haproxy php-zd@shop`);
    const expectRefused = async (why: string) => {
      const found = await diagnose(scene());
      expect(found.map(({ check }) => check)).toEqual(['room']);
      for (const verb of ['check', 'plan', 'status', 'reload']) {
        const { stdout, stderr } = await machine.ask('php-zd', verb, site.name);
        expect(stdout + stderr, verb).toContain(why);
      }
      await mend(found);
      await site.roll();
    };
    await small('size=32m');
    await shell(`fallocate -l 30M ${FULL}`);
    await expectRefused('MiB free, and a roll may need 4 MiB');
    await large();
    await small('size=64m,nr_inodes=700');
    await shell(`mkdir ${FULL} && cd ${FULL} && { seq 900 | xargs touch 2>/dev/null || :; }`);
    await expectRefused('has room for 0 more files (inodes), and a roll may need 64');
    await shell('mount -o remount,bind,ro /var/lib/php-zd');
    await expectRefused('the file system at /var/lib/php-zd is read-only, and a roll writes to it');
    await large();
    await shell(`cp -a /etc/tmpfiles.d /root && mount -t tmpfs -o mode=755 tmpfs /etc/tmpfiles.d &&
      cp -a /root/tmpfiles.d/. /etc/tmpfiles.d && mount -o remount,ro /etc/tmpfiles.d`);
    await expectRefused('the file system at /etc/tmpfiles.d is read-only, and a roll writes to it');
    await shell('umount /etc/tmpfiles.d');
  });

  test('a mount that was laid over the release while the site runs is named, with what brings the site back', async () => {
    const { machine, site } = scene();
    const shell = (line: string) => machine.run('bash', '-c', `set -e; ${line}`);
    const answers = async () => (await machine.ask('curl', '--silent', '--fail', site.url)).status === 0;
    await shell('mount -t tmpfs -o mode=755 tmpfs /srv');
    await expect.poll(answers, { timeout: 10_000 }).toBe(false);
    // systemd may hear of a mount a little later, while many are made.
    const ofFile = [['problem', 'site-file', expect.objectContaining({ covered: '/srv' })]];
    await expect.poll(async () => facts((await askDoctor(scene())).findings), { timeout: 15_000 }).toEqual(ofFile);
    const [{ findings: said }] = JSON.parse((await machine.ask('php-zd', 'status', '--json', site.name)).stdout);
    const commands = said.flatMap((found: { readonly kind: string; readonly commands: readonly unknown[] }) =>
      found.kind === 'lost-sight' ? found.commands : [],
    );
    expect(commands).toContainEqual(['umount', '/srv']);
    await machine.run('umount', '/srv');
    expect(await answers()).toBe(true);
    expect(await diagnose(scene())).toEqual([]);
    await shell('cp -a /srv /root/srv && mount -t tmpfs -o mode=755 tmpfs /srv && cp -a /root/srv/. /srv');
    // Each child goes on for a while by what it knows of the script.
    const ofHealth = [['problem', 'health', expect.objectContaining({ covered: '/srv' })]];
    let found: readonly Found[] = [];
    const look = async () => {
      found = await diagnose(scene());
      return facts(found);
    };
    await expect.poll(look, { timeout: 15_000 }).toEqual(ofHealth);
    await mend(found);
    await shell('umount /srv');
    await site.roll();
  });

  test('a disk with the releases that was unmounted while the site runs is named, and mounted again', async () => {
    const { machine, site } = scene();
    const shell = (line: string) => machine.run('bash', '-c', `set -e; ${line}`);
    await shell(`cp -a /etc/fstab /root && cp -a /srv /disk && echo '/disk /srv none bind,nofail 0 0' >>/etc/fstab &&
      systemctl daemon-reload && systemctl start srv.mount`);
    await site.roll();
    await shell('umount /srv && mv /srv/shop /root/below');
    const ofFile = [['problem', 'site-file', expect.objectContaining({ unmounted: '/srv' })]];
    await expect.poll(async () => facts((await askDoctor(scene())).findings), { timeout: 15_000 }).toEqual(ofFile);
    const [{ findings: said }] = JSON.parse((await machine.ask('php-zd', 'status', '--json', site.name)).stdout);
    const advised = said.find(({ kind }: { readonly kind: string }) => kind === 'link-broken').commands;
    expect(advised).toEqual([['systemctl', 'start', 'srv.mount']]);
    for (const command of advised) await machine.run(...(command as [string, ...string[]]));
    expect(await diagnose(scene())).toEqual([]);
    await site.roll();
    await shell('umount /srv && mv /root/below /srv/shop && cp -a /root/fstab /etc && systemctl daemon-reload');
    await site.roll();
  });

  test('a socket of php-zd’s own that is deaf is found, and the one for mounts hinders no roll, start, check or crash', async () => {
    const { machine, site } = scene();
    const gone = { path: '/run/php-zd-mounts/socket', unit: MOUNTS, restart: MOUNTS };
    const removed: Command = ['rm', '-rf', '/run/php-zd-mounts'];
    const masked: Command = ['sh', '-c', `systemctl -q mask ${MOUNTS} && systemctl -q unmask ${MOUNTS}`];
    const [{ slot } = { slot: 0 }] = (await site.status()).replicas;
    for (const by of [removed, masked]) {
      await machine.run(...by);
      const found = await diagnose(scene());
      expect(facts(found)).toEqual([['problem', 'own-sockets', gone]]);
      await mend(found);
      await machine.run(...by);
      await site.roll();
      await machine.run(...by);
      await machine.run('systemctl', 'restart', 'php-zd@shop');
      await machine.run(...by);
      await machine.run('php-zd', 'check', 'shop');
      await machine.run(...by);
      expect(await machine.run('php-zd', 'exec', 'shop', '--', 'id', '-un')).toBe('shop\n');
    }
    await machine.run(...removed);
    const unit = `php-zd-fpm-shop@${slot}.service`;
    await machine.run('systemctl', 'kill', '--signal=KILL', unit);
    const isBack = async () => {
      const [{ slot: at, isServing } = { slot: 0, isServing: false }] = (await site.status()).replicas;
      return at === slot && isServing ? true : undefined;
    };
    await awaitAnswer('a replica that comes back from its crash', isBack);
    await machine.run('rm', '/run/php-zd/haproxy/master.sock');
    const found = await diagnose(scene());
    expect(facts(found)).toMatchObject([['problem', 'own-sockets', { unit: 'php-zd-haproxy.socket' }]]);
    await mend(found);
  });

  test('a site that runs and is not enabled is found, and said by what starts it', async () => {
    const { machine } = scene();
    await machine.run('systemctl', 'disable', '--quiet', 'php-zd@shop');
    const found = await diagnose(scene());
    expect(facts(found)).toEqual([['warning', 'enabled', {}]]);
    await machine.run('php-zd', 'stop', 'shop');
    const advice = 'systemctl enable --now php-zd@shop';
    expect((await machine.ask('php-zd', 'status', 'shop')).stdout).toContain(`! not started: ${advice}\n`);
    const started = await machine.ask('php-zd', 'start', 'shop');
    expect(started.stderr).toContain('\nNo boot starts shop: "systemctl enable php-zd@shop" has each do so.\n');
    await mend(found);
    expect(await machine.run('systemctl', 'is-enabled', 'php-zd@shop')).toBe('enabled\n');
    expect((await machine.ask('php-zd', 'reload', 'shop')).stderr).not.toContain('No boot');
  });

  test('a stopped site whose promoted release is gone comes back by what doctor has to type', async () => {
    const { machine, site } = scene();
    const [before, promoted] = [await site.promoted(), await site.release()];
    await site.flip(promoted);
    await site.roll();
    await machine.run('php-zd', 'stop', 'shop');
    await machine.run('rm', '-r', site.directory(promoted));
    const [found] = (await askDoctor(scene())).findings;
    const line = ['php-zd', 'deploy', 'shop', site.directory(before)] as const;
    expect([found?.check, found?.steps]).toEqual(['site-file', { type: [line] }]);
    await machine.run(...line);
    expect(facts(await diagnose(scene()))).toEqual([]);
  });

  test('what php-zd keeps was moved to another disk, and a link left: it is mounted there instead', async () => {
    const { machine, site } = scene();
    await machine.run('sh', '-c', 'mv /var/lib/php-zd /srv/state && ln -s /srv/state /var/lib/php-zd');
    const found = await diagnose(scene());
    expect(facts(found)).toContainEqual([
      'problem',
      'host-directories',
      { moved: '/var/lib/php-zd', to: '/srv/state' },
    ]);
    await mend(found);
    await site.roll();
    await machine.run('systemctl', 'restart', `php-zd@${site.name}`);
    expect(await diagnose(scene())).toEqual([]);
  });

  test('what the site file, php.ini and a drop-in take from a roll is found', async () => {
    const { machine, site } = scene();
    const mount = '/srv/shop/releases/.shop.live';
    const version = (await machine.run('sh', '-c', 'ls /etc/php')).trim();
    const ini = `/etc/php/${version}/fpm/conf.d/99-doctor.ini`;
    await machine.write(ini, 'opcache.file_cache = /var/tmp\nopcache.restrict_api = /opt/admin\n');
    await machine.write(ini.replace('99-doctor', '97-quote'), 'date.timezone = "Europe/Berlin\n');
    // A file that has it loaded is what doctor goes by: PHP without that extension serves all the same.
    await machine.write(ini.replace('99-doctor', '98-apcu'), 'extension = apcu.so\n');
    await machine.run('chmod', '600', ini);
    const dropIn = '/etc/systemd/system/php-zd-fpm-shop@.service.d/x.conf';
    await machine.write(dropIn, '[Service]\nKillSignal=SIGTERM\nPrivateTmp=yes\nTimeoutStopSec=1min 30s\n');
    await machine.write(dropIn.replace('x.conf', 'y.conf'), '[Service]\nNcie=5\nLimitSTACK=much\n');
    await machine.run('systemctl', 'daemon-reload');
    await machine.run('curl', '--silent', `${site.url}?s=1.5`);
    // As Debian's package of Postfix has it.
    await machine.write('/usr/sbin/postdrop', '', 0o755);
    // As Deployer shares what Laravel writes to.
    const compiles =
      'mkdir -p /srv/shop/storage releases/1/storage releases/1/bootstrap/cache; touch releases/1/artisan';
    await machine.run('sh', '-e', '-c', `cd /srv/shop; ${compiles}; chown shop: releases/1/bootstrap/cache`);
    const good = await machine.run('cat', site.file);
    await site.writeIni(`access = read-write
home = /home/shop
[php]
ini[opcache.preload] = /srv/shop/current/preload.php
[pool]
php_admin_value[sendmail_path] = /usr/sbin/sendmail -t -i -f shop@example.org
pm.max_children = 45000
request_terminate_timeout = 3m
php_value[session.save_path] = /srv/shop/releases/.shop.live/sessions
[shared]
storage = /srv/shop/storage
[drain]
timeout = 1s
`);
    const found = await diagnose(scene());
    expect(facts(found)).toEqual([
      [
        'warning',
        'unit-lines',
        { lines: [expect.stringContaining('Ncie'), expect.stringContaining(':3: ')], sites: ['shop'] },
      ],
      ['warning', 'balancer-files', { limit: expect.any(Number), children: 90_000, needed: 180_200 }],
      [
        'problem',
        'php-closed',
        { closed: [ini], isIni: true, sites: ['shop'], by: ['chmod', 'a+rX'], paths: [ini], trees: [] },
      ],
      [
        'problem',
        'php-start',
        { problems: [expect.stringMatching(/97-quote\.ini:2: PHP cannot read this line/)], sites: ['shop'] },
      ],
      [
        'warning',
        'site-warnings',
        { warnings: [expect.stringContaining('no [health]'), expect.stringContaining('leads through')] },
      ],
      [
        'problem',
        'unit-settings',
        {
          settings: ['KillSignal', 'PrivateTmp', 'TimeoutStopSec'],
          dropIns: [dropIn, dropIn.replace('x.conf', 'y.conf')],
          timeout: '2min',
        },
      ],
      [
        'warning',
        'compiled-code',
        {
          ...{ path: `${mount}/storage/framework/views`, mount },
          ...{ variable: 'VIEW_COMPILED_PATH', instead: 'bootstrap/cache/views' },
        },
      ],
      ['problem', 'file-cache', { path: '/var/tmp', mount }],
      ['problem', 'preload', { path: '/srv/shop/current/preload.php', mount }],
      [
        'warning',
        'mail',
        {
          ...{ mailer: 'Postfix', path: '/usr/sbin/sendmail -t -i -f shop@example.org', sender: 'shop@example.org' },
          instead: ['leave home out, or write a directory that is not the home of a user'],
        },
      ],
      ['problem', 'sessions', { path: `${mount}/sessions` }],
      ['warning', 'opcache', { name: 'opcache.restrict_api', value: '/opt/admin' }],
      ['note', 'apcu', { replicas: 2, most: 4 }],
      [
        'warning',
        'drain-timeout',
        {
          longest: expect.any(String),
          staysOpen: false,
          uri: expect.stringMatching(/^GET \//),
          timeout: '1s',
          onTimeout: 'abort',
        },
      ],
      ['warning', 'terminate-timeout', { written: '3min', timeout: '1s' }],
      ['warning', 'somaxconn', { limit: expect.any(Number), children: 45_000 }],
      ['warning', 'memory', { total: expect.any(Number), needed: expect.any(Number) }],
    ]);
    await mend(found);
    await machine.write(site.file, good);
    await machine.run('rm', ini, '/usr/sbin/postdrop', '/srv/shop/releases/1/artisan');
  });

  test('what the sandbox refused the application is found in its words, with the key that allows it', async () => {
    const { machine, site } = scene();
    const good = await machine.run('cat', site.file);
    await machine.run('install', '-d', '-o', 'shop', '/srv/shop/var');
    await machine.run('install', '-d', '-m', '755', '/run/cups');
    await machine.run(
      'systemd-run',
      '--quiet',
      '--unit=cups',
      'socat',
      'UNIX-LISTEN:/run/cups/x.sock,fork,mode=666',
      'PIPE',
    );
    await site.writeIni(`[health]\npath = /health\n[sandbox]\nnetwork = no\n`);
    await site.roll();
    // Without its end the line would not go to the log of PHP-FPM.
    const said = (command: string) =>
      machine.run('curl', '-sS', '-f', `${site.url}?run=${encodeURIComponent(`${command} #`)}`);
    const php = (code: string) => `php -d display_errors=stderr -d html_errors=0 -r '${code}'`;
    const tried = [
      'touch /srv/shop/var/x',
      'unshare --user true',
      php('exit(stream_socket_client("unix:///run/cups/x.sock") ? 0 : 1);'),
      php('exit(fsockopen("127.0.0.1", 80) ? 0 : 1);'),
    ];
    const statusOf = async (command: string) => JSON.parse(await said(command)).status;
    for (const command of tried) expect(await statusOf(command), command).toBe(1);
    // Another site says more of the same, and later, than is asked for at once.
    const loud = await setUpSite(machine, { name: 'loud', port: 81, ini: 'replicas = 1\n' });
    const much = 'seq --format "x %g: Read-only file system" 1000 >&2 #';
    await machine.run('curl', '-sS', '-f', `${loud.url}?run=${encodeURIComponent(much)}`);
    await machine.run('journalctl', '--sync');
    const saidAll = ['--output=cat', '--unit=php-zd-fpm-loud@1', '--grep=1000: Read-only file system'];
    expect(await machine.run('journalctl', ...saidAll)).not.toBe('');
    await machine.run('systemctl', 'disable', '--quiet', 'php-zd@loud');
    const found = (await diagnose(scene())).filter(({ check }) => check === 'refused');
    const refused = (key: string, line: string, allow: string) => [
      'warning',
      'refused',
      { key, line: expect.stringContaining(line), allow },
    ];
    const refusals = [
      refused('writable', "touch: cannot touch '/srv/shop/var/x': Read-only file system", '/srv/shop/var'),
      refused('namespaces', 'unshare failed: Operation not permitted', 'yes'),
      refused('sockets', 'Unable to connect to unix:///run/cups/x.sock', '/run/cups'),
      refused('network', 'Unable to connect to 127.0.0.1:80', '127.0.0.1'),
    ];
    expect(facts(found)).toHaveLength(refusals.length);
    expect(facts(found)).toEqual(expect.arrayContaining(refusals));
    await machine.run('systemctl', 'stop', 'php-zd@loud');
    await machine.run('php-zd', 'remove', 'loud');
    await machine.run('rm', '/etc/nginx/sites-enabled/loud');
    // An address is followed on a machine that holds some: test/hostile/loosened.test.ts.
    await follow(
      scene(),
      found.filter(({ facts: { key } }) => key !== 'network'),
    );
    followed.add('refused');
    for (const command of tried.slice(0, -1)) expect(await statusOf(command), command).toBe(0);
    // This machine's systemd holds none, so that no roll begins.
    await site.writeIni('[health]\npath = /health\n[sandbox]\nnetwork = 127.0.0.1\n');
    const unheld = await diagnose(scene());
    expect(facts(unheld)).toEqual([['problem', 'network', { network: ['127.0.0.1'] }]]);
    await mend(unheld);
    await machine.write(site.file, good);
    await site.roll();
    await machine.run('systemctl', 'stop', 'cups');
  });

  test('what goes on at the host behind its back is found', async () => {
    const { machine } = scene();
    await machine.write('/usr/sbin/needrestart', '', 0o755);
    await machine.write('/etc/needrestart/needrestart.conf', NEEDRESTART);
    // Installed with php-zd, and removed by somebody.
    await machine.run('rm', '/etc/needrestart/conf.d/php-zd.conf');
    // The only pool of Debian's PHP-FPM is taken away, and then dpkg has to restart that.
    const [version = ''] = (await machine.run('ls', '/etc/php')).split('\n');
    const fpm = `php${version}-fpm.service`;
    await machine.run('systemctl', 'enable', '--now', '--quiet', fpm);
    await machine.run('mv', `/etc/php/${version}/fpm/pool.d/www.conf`, '/root');
    await machine.run('systemctl', 'reload', fpm);
    const isFailed = async () =>
      (await machine.ask('systemctl', 'is-failed', '--quiet', fpm)).status === 0 || undefined;
    await awaitAnswer('a PHP-FPM without a pool that fails', isFailed);
    expect(await machine.ask('dpkg-reconfigure', '--frontend=noninteractive', `php${version}-fpm`)).not.toMatchObject({
      status: 0,
    });
    expect(await machine.run('dpkg', '--audit')).toContain(`php${version}-fpm`);
    // A library of HAProxy's, and PHP-FPM itself.
    const lua = "ldd /usr/sbin/haproxy | grep -o '/[^ ]*lua[^ ]*'";
    const replace = `for f in $(readlink -f $(${lua}) /usr/sbin/php-fpm*); do cp -a $f $f.new; mv $f.new $f; done`;
    await machine.run('sh', '-c', replace);
    await machine.run('sh', '-c', 'rm /etc/php/*/fpm/conf.d/20-calendar.ini');
    await machine.run('systemctl', 'start', 'haproxy');
    await machine.write('/etc/systemd/journald.conf.d/storage.conf', '[Journal]\nStorage=none\n');
    await machine.run('systemctl', 'restart', 'systemd-journald');
    await machine.run('sh', '-c', 'echo "# by hand" >>/var/lib/php-zd/haproxy/shop.cfg');
    await machine.run('rm', SOCKET);
    await machine.write('/srv/shop/releases/1/UNHEALTHY', '');
    const units = ['php-zd-haproxy.service', 'php-zd-fpm-shop@1.service'];
    const byHand = ['warning', 'generated-files', { files: ['/var/lib/php-zd/haproxy/shop.cfg'] }];
    const found = await diagnose(scene());
    expect(facts(found)).toEqual([
      [
        'warning',
        'balancer-upgraded',
        { units: ['php-zd-haproxy.service'], files: [expect.stringMatching(/^\/usr\/lib\/.*\/liblua/)] },
      ],
      ['note', 'other-services', { units: ['haproxy.service'] }],
      ['problem', 'php-fpm-pools', { unit: fpm, state: 'failed', config: `/etc/php/${version}/fpm/php-fpm.conf` }],
      ['warning', 'needrestart', { units }],
      ['warning', 'journal', {}],
      byHand,
      ['problem', 'front-socket', { path: SOCKET, socket: '/var/lib/php-zd/shop/front' }],
      ['warning', 'php-upgraded', { files: [expect.stringMatching(/^\/usr\/sbin\/php-fpm8/)], count: 1 }],
      ['warning', 'php-extensions', { added: [], removed: [expect.stringMatching(/\/calendar\.so$/)] }],
      ['problem', 'health', { error: expect.any(Object) }],
    ]);
    await mend(found);
    expect(await machine.run('dpkg', '--audit')).toBe('');
    expect((await machine.ask('systemctl', 'is-failed', fpm)).stdout).toBe('inactive\n');
    // The journal is kept, and not what a replica says.
    await machine.run('sh', '-c', 'rm /etc/systemd/journald.conf.d/*');
    const all = '/etc/systemd/system/service.d/h.conf';
    await machine.write(all, '[Service]\nLogLevelMax=warning\n');
    await machine.write('/etc/systemd/journald.conf.d/level.conf', '[Journal]\nMaxLevelStore=notice\n');
    await machine.run('sh', '-c', 'systemctl daemon-reload; systemctl restart systemd-journald');
    for (const kept of [{ level: 'MaxLevelStore' }, { site: 'shop', lines: ['LogLevelMax=info'] }]) {
      const unkept = await diagnose(scene());
      expect(facts(unkept)).toEqual([['warning', 'journal', kept]]);
      await follow(scene(), unkept);
    }
    expect(facts(await diagnose(scene()))).toEqual([]);
    await machine.run('rm', all, '/etc/systemd/system/php-zd-fpm-shop@.service.d/zz-log.conf');
    await machine.run('systemctl', 'daemon-reload');
    const gone = '/run/php-zd/shop/balancer/fastcgi.sock';
    await machine.run('rm', gone);
    const removed = await diagnose(scene());
    expect(facts(removed)).toEqual([['problem', 'front-socket', { gone }]]);
    await mend(removed);
  });

  test('what replicas write to, and what PHP reads, that was made anew while they run is found', async () => {
    const { machine, site } = scene();
    const makeAnew = 'rm -rf /var/log/shop; install -d -o shop -g shop /var/log/shop';
    await machine.run('sh', '-c', makeAnew);
    const log = '/var/log/shop/access.log';
    await machine.write('/etc/php-zd/defaults.ini', `[pool]\naccess.log = ${log}\n`);
    await machine.run('sh', '-c', `printf '[writable]\\n/var/log/shop = yes\\n' >>${site.file} && php-zd reload shop`);
    await machine.run('mv', log, `${log}.1`);
    const rotated = await diagnose(scene());
    expect(facts(rotated)).toEqual([
      ['warning', 'log-files', { path: log, slots: [expect.any(String), expect.any(String)] }],
    ]);
    await mend(rotated);
    await machine.run('rm', '/etc/php-zd/defaults.ini');
    await site.roll();
    await machine.run('sh', '-c', makeAnew);
    const own = (await machine.run('sh', '-c', 'echo /etc/php/*/fpm/conf.d')).trim().concat('/99-own.ini');
    await machine.write(own, 'precision = 9\n');
    const found = (await diagnose(scene())).filter(({ check }) => check === 'replaced' || check === 'php-ini');
    expect(facts(found)).toEqual([
      ['problem', 'replaced', { places: ['/var/log/shop'] }],
      ['warning', 'php-ini', { files: [own] }],
    ]);
    await mend(found);
    const unchanged = async () => (await machine.ask('php-zd', 'reload', '--if-changed', 'shop')).stderr;
    expect(await unchanged()).toContain('nothing has changed');
    await machine.run('rm', own);
    expect(await unchanged()).not.toContain('nothing has changed');
    expect(await unchanged()).toContain('nothing has changed');
    await machine.run('sh', '-c', `cp ${GOOD}/shop.ini ${site.file} && php-zd reload shop`);
    await machine.run('rm', '-r', '/var/log/shop');
  });

  test('a site, and then a host, all of whose connections are taken is found', async () => {
    const { machine } = scene();
    const full = async (check: CheckName) =>
      await awaitAnswer(check, async () => {
        const { findings } = await askDoctor(scene());
        return findings.some(found => found.check === check) ? findings : undefined;
      });
    await startHoard(machine, 'shop', 4000);
    const ofSite = await full('connections');
    expect(ofSite.map(({ check }) => check)).toEqual(['connections']);
    await mend(ofSite);
    const dropIn = '/etc/systemd/system/php-zd-haproxy.service.d/zz-few.conf';
    await machine.write(dropIn, '[Service]\nLimitNOFILE=500\n');
    await machine.run('systemctl', 'daemon-reload');
    await machine.run('systemctl', 'restart', 'php-zd-haproxy');
    await startHoard(machine, 'shop', 4000);
    await mend(await full('balancer-connections'));
    await machine.run('rm', dropIn);
    await machine.run('systemctl', 'daemon-reload');
    await machine.run('systemctl', 'restart', 'php-zd-haproxy');
  });

  test('what was left of a site that somebody removed by hand keeps HAProxy from no start, and is found', async () => {
    const { machine } = scene();
    await machine.run('systemctl', 'stop', 'php-zd-haproxy');
    await machine.run('sh', '-c', 'cd /var/lib/php-zd/haproxy && sed s/shop/gone/g shop.cfg >gone.cfg');
    const down = await askDoctor(scene());
    expect(down.findings.map(({ check }) => check)).toEqual(expect.arrayContaining(['balancer-running', 'leftovers']));
    await mend(down.findings);
    expect(await machine.run('ls', '/var/lib/php-zd/haproxy')).toBe('shop.cfg\n');
  });

  test('a HAProxy that does not start is found with its reason', async () => {
    const { machine } = scene();
    const file = '/usr/lib/php-zd/haproxy.cfg';
    await machine.run('sh', '-c', `cp ${file} ${GOOD} && echo nonsense >>${file}`);
    expect((await machine.ask('systemctl', 'restart', 'php-zd-haproxy')).status).toBe(1);
    const isDown = ({ check }: Found) => check === 'balancer-running';
    const why = expect.stringMatching(/ parsing \[\/usr\/lib\/php-zd\/haproxy\.cfg:\d+\] : unknown keyword 'nonsense'/);
    await expect.poll(async () => (await askDoctor(scene())).findings.find(isDown)?.facts['said']).toEqual(why);
    const found = (await askDoctor(scene())).findings.filter(isDown);
    await machine.run('cp', `${GOOD}/haproxy.cfg`, file);
    await mend(found.map(each => ({ ...each, steps: { type: each.steps.type ?? [] } })));
  });

  test('what keeps a site from rolls and starts is found, with its last line and the drop-in, and what status finds besides', async () => {
    const { machine, site } = scene();
    const [slot] = await servingSlots(site);
    const starts = async () => (await diagnose(scene())).filter(({ check }) => check === 'start');
    for (const [unit, lines, provoke, how] of [
      ['php-zd@', 'ExecReload=/bin/false', 'systemctl reload php-zd@shop', 'reload'],
      ['php-zd@', 'Restart=always', 'true', 'unread'],
      [
        'php-zd-fpm-shop@',
        'ExecStartPre=sh -c "echo no; exit 7"',
        `systemctl kill -s KILL php-zd-fpm-shop@${slot}`,
        'retried',
      ],
    ] as const) {
      const dropIn = `/etc/systemd/system/${unit}.service.d/h.conf`;
      await machine.write(dropIn, `[Service]\n${lines}\n`);
      await machine.run('sh', '-c', `systemctl daemon-reload; ${provoke} 2>/dev/null; true`);
      // What the unit says is in the journal somewhat after it has ended.
      const isTold = ({ facts: of }: { readonly facts: Readonly<Record<string, unknown>> }) =>
        of['how'] === how && (how !== 'retried' || of['said'] === 'no');
      const found = await awaitAnswer(how, async () => (await starts()).find(isTold));
      expect(found.facts).toMatchObject({ dropIns: [dropIn] });
      await mend([found]);
    }
    await machine.run('rm', `/run/php-zd/shop/replicas/${(await servingSlots(site))[0]}/fpm.sock`);
    const found = (await diagnose(scene())).filter(({ check }) => check === 'status');
    expect(found).toMatchObject([{ check: 'status', severity: 'problem', facts: { kind: 'socket-gone' } }]);
    await mend(found);
  });

  test('every fix that doctor prints was followed', () => {
    const possible = checkNames.filter(check => byHand[check] !== undefined);
    expect([...followed].sort()).toEqual([...possible].sort());
  });
});

const askDoctor = async ({ machine }: Scene): Promise<Diagnosis> =>
  JSON.parse((await machine.ask('php-zd', 'doctor', '--json', 'shop')).stdout);

/** What doctor finds, all of whose checks could be made. */
const diagnose = async (scene: Scene): Promise<readonly Found[]> => {
  const { findings, unmade } = await askDoctor(scene);
  expect(unmade).toEqual([]);
  return findings;
};

const facts = (findings: readonly Found[]): readonly (readonly [string, CheckName, Facts])[] =>
  findings.map(found => [found.severity, found.check, found.facts]);
