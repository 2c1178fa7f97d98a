import { expect } from 'vitest';
import { awaitAnswer } from '../lab/machine.ts';
import { type Arena, type Attack, onArena } from './arena.ts';

const POOL = '[pool]\npm.max_children = 4\n';
const MOUNT = '/srv/alpha/releases/alpha.live';
/** Says whom PHP was when it was run, and where that left a file. */
const PRELOAD = `<?php @file_put_contents('/run/owned', posix_getuid()); @file_put_contents('/tmp/preloaded', posix_getuid());
function preloaded() { return trim(file_get_contents(__DIR__ . '/RELEASE')); }`;
const SHOW = '<?php echo function_exists("preloaded") ? preloaded() : "nothing";';

const KNOWN_IN_RUN = ['/run/systemd/journal', '/run/systemd/notify', '/run/systemd/resolve', '/run/systemd/incoming'];
/** Everybody's on each host: to log, and to say READY, of which systemd hears the unit's own processes alone. */
const KNOWN_SOCKETS = [
  '/run/systemd/journal/dev-log',
  '/run/systemd/journal/socket',
  '/run/systemd/journal/stdout',
  '/run/systemd/notify',
];
const MAY_WRITE = /^\/(tmp|var\/tmp|var\/lib\/php-zd\/alpha\/sessions\/alpha|run\/php-zd\/alpha\/replicas\/\d+)(\/|$)/;

const ownedBy = async ({ machine }: Arena, path: string): Promise<string> =>
  (await machine.ask('stat', '--format=%U', path)).stdout.trim();

const preloading = (path: string) => `[php]\nini[opcache.preload] = ${path}\n${POOL}[drain]\ntimeout = 2s\n`;

const attacks: readonly Attack[] = [
  {
    title: 'a preload script at the mount point: check passes, each roll preloads its own release, and root runs none',
    act: async arena => {
      const { machine, alpha } = arena;
      await alpha.writeIni(preloading(`${MOUNT}/preload.php`));
      for (const _ of [1, 2]) {
        const release = await alpha.release({ 'preload.php': PRELOAD, 'public/index.php': SHOW });
        await alpha.flip(release);
        expect(await machine.ask('php-zd', 'check', 'alpha')).toMatchObject({ status: 0 });
        expect(await alpha.reload()).toMatchObject({ status: 0 });
        expect(await machine.run('curl', '-sS', '-f', alpha.url)).toBe(release);
      }
      expect(await ownedBy(arena, '/run/owned')).toBe('');
      expect(await machine.run('cat', '/var/lib/php-zd/alpha/tmp/alpha/preloaded')).toBe(
        (await machine.run('id', '--user', 'alpha')).trim(),
      );
    },
  },
  {
    title: 'a preload script on the host: neither check, nor a roll, nor init runs it as root',
    act: async arena => {
      const { machine, alpha } = arena;
      await machine.write('/srv/alpha/preload.php', PRELOAD);
      await alpha.writeIni(preloading('/srv/alpha/preload.php'));
      await machine.ask('php-zd', 'check', 'alpha');
      await alpha.reload();
      await machine.write('/etc/php-zd/defaults.ini', '[php]\nini[opcache.preload] = /srv/alpha/preload.php\n');
      await machine.ask('php-zd', 'init', 'gamma', '--release', '/srv/alpha/current', '--user', 'alpha', '--yes');
      await machine.run('rm', '-f', '/etc/php-zd/defaults.ini', '/etc/php-zd/sites/gamma.ini');
      expect(await ownedBy(arena, '/run/owned')).toBe('');
    },
  },
  {
    title: 'log files that the site names are neither made nor followed by root',
    act: async arena => {
      const { machine, alpha } = arena;
      await machine.run('mkdir', '--parents', '/srv/alpha/logs');
      await machine.run('chown', 'alpha:', '/srv/alpha/logs');
      await machine.run('ln', '-sfT', '/etc/nologin', '/srv/alpha/logs/slow.log');
      for (const path of ['/srv/alpha/logs/slow.log', '/var/log/alpha.slow.log', '/etc/cron.d/alpha']) {
        const logs = `slowlog = ${path}\nrequest_slowlog_timeout = 2s\naccess.log = ${path}.access\n`;
        await alpha.writeIni(`${POOL}${logs}[drain]\ntimeout = 2s\n`);
        const checked = await machine.ask('php-zd', 'check', 'alpha');
        expect(checked.status).toBe(2);
        expect(checked.stderr).toContain(path);
        expect((await alpha.reload()).status).toBe(2);
        for (const made of [path, `${path}.access`]) expect((await machine.ask('test', '-e', made)).status).toBe(1);
      }
      expect((await machine.ask('test', '-e', '/etc/nologin')).status).toBe(1);
      const logs = 'slowlog = /tmp/slow.log\nrequest_slowlog_timeout = 2s\naccess.log = /tmp/access.log\n';
      await alpha.writeIni(`${POOL}${logs}[drain]\ntimeout = 2s\n`);
      await alpha.flip(await alpha.release());
      expect(await machine.ask('php-zd', 'check', 'alpha')).toMatchObject({ status: 0 });
      expect(await alpha.reload()).toMatchObject({ status: 0 });
      expect(await ownedBy(arena, '/var/lib/php-zd/alpha/tmp/alpha/slow.log')).toBe('alpha');
    },
  },
  {
    title: 'a check by somebody who is not root runs nothing of the site',
    act: async arena => {
      const { machine, alpha } = arena;
      await alpha.writeIni(preloading('/srv/alpha/preload.php'));
      await machine.run('rm', '--force', '/tmp/preloaded');
      const { stdout, stderr } = await machine.ask('runuser', '-u', 'nobody', '--', 'php-zd', 'check', 'alpha');
      expect(stdout + stderr).toContain('sudo php-zd check alpha');
      expect((await machine.ask('test', '-e', '/tmp/preloaded')).status).toBe(1);
      await alpha.writeIni(`${POOL}[drain]\ntimeout = 2s\n`);
    },
  },
  {
    title:
      'D-Bus and the service manager are out of reach: no lingering user manager, no look at processes, no stop of others',
    act: async arena => {
      const { machine } = arena;
      const bus = 'DBUS_SYSTEM_BUS_ADDRESS=unix:path=/run/dbus/system_bus_socket';
      for (const command of [
        'busctl --system list',
        'loginctl enable-linger',
        `${bus} busctl call org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager GetUnitProcesses s php-zd-fpm-beta@1.service`,
        'systemctl status php-zd-fpm-beta@1',
        'socat -u UNIX-CONNECT:/run/systemd/private -',
        'socat -u UNIX-CONNECT:/var/run/dbus/system_bus_socket -',
      ]) {
        expect(await arena.inReplica(`${command}; echo status $?`)).toMatch(/status [1-9]\d*$/);
      }
      expect((await machine.ask('test', '-e', '/var/lib/systemd/linger/alpha')).status).toBe(1);
    },
  },
  {
    title: 'what PHP finds in /run, and may write at all, is known',
    act: async arena => {
      const ours = 'find /run/dbus /run/lock /run/systemd /run/user -mindepth 1 -maxdepth 1 | sort';
      expect((await arena.inReplica(ours)).split('\n')).toEqual(
        expect.arrayContaining(['/run/systemd/journal', '/run/systemd/notify']),
      );
      const others = (await arena.inReplica(ours)).split('\n').filter(path => !KNOWN_IN_RUN.includes(path));
      expect(others).toEqual([]);
      const sockets = await arena.inReplica("find /run -type s -writable -not -path '/run/php-zd/*' | sort");
      expect(sockets.split('\n').filter(path => !KNOWN_SOCKETS.includes(path))).toEqual([]);
      const writable = await arena.inReplica(
        "find / -xdev -writable -not -type l -not -path '/proc/*' -not -path '/sys/*' 2>/dev/null | sort; find /home /root /run /var -type d -writable 2>/dev/null | sort",
      );
      expect(writable.split('\n').filter(path => path !== '' && !MAY_WRITE.test(path))).toEqual([]);
    },
  },
  {
    title: 'a site that talks to a database or a cache by a socket does so after its restart too, and logs',
    act: async arena => {
      const { machine, alpha } = arena;
      for (const name of ['redis', 'mysqld', 'postgresql', 'memcached']) {
        const listen = `UNIX-LISTEN:/run/${name}/${name}.sock,fork,mode=777`;
        const start = () =>
          machine.run(
            ...(['systemd-run', '--quiet', '--collect', `--unit=fake-${name}`] as const),
            ...[`--property=RuntimeDirectory=${name}`, '--property=RuntimeDirectoryMode=0755', 'socat', listen],
            'SYSTEM:echo hello',
          );
        const ask = async () =>
          await awaitAnswer(`${name} to answer`, async () =>
            (await arena.inReplica(`socat -T2 - UNIX-CONNECT:/run/${name}/${name}.sock </dev/null`)) === 'hello'
              ? true
              : undefined,
          );
        await start();
        await ask();
        await machine.run('systemctl', 'stop', `fake-${name}`);
        await start();
        await ask();
        await machine.run('systemctl', 'stop', `fake-${name}`);
      }
      await arena.inReplica('logger --tag of-alpha still-heard');
      await machine.run('journalctl', '--sync');
      expect(await machine.run('journalctl', '--output=cat', 'SYSLOG_IDENTIFIER=of-alpha')).toBe('still-heard\n');
      expect(await alpha.reload()).toMatchObject({ status: 0 });
    },
  },
];

onArena('view', attacks);
