import { expect } from 'vitest';
import { awaitAnswer, type Machine } from '../lab/machine.ts';
import { INDEX } from '../lab/site.ts';
import { type Arena, type Attack, onArena } from './arena.ts';

const POOL = '[pool]\npm.max_children = 4\n';
const MOUNT = '/srv/alpha/releases/.alpha.live';
/** Says whom PHP was when it was run, and where that left a file. */
const PRELOAD = `<?php @file_put_contents('/run/owned', posix_getuid()); @file_put_contents('/tmp/preloaded', posix_getuid());
function preloaded() { return trim(file_get_contents(__DIR__ . '/RELEASE')); }`;
const SHOW = '<?php echo function_exists("preloaded") ? preloaded() : "nothing";';

/** Takes streams of journald's as long as there are any, says how many there were, and keeps them. */
const TAKE_STREAMS = `<?php for ($taken = 0; $taken < 1000; $taken++) {
  $stream = @stream_socket_client('unix:///run/systemd/journal/stdout');
  if (!$stream) break;
  fwrite($stream, "x\\n\\n6\\n0\\n0\\n0\\n0\\n");
  $streams[] = $stream;
}
file_put_contents("/tmp/streams-$argv[1]", $taken);
sleep(60);
`;
/** Answers well, and ends with an error that only its log has. */
const LATE =
  INDEX.replace('<?php', '<?php if (isHealth()) { echo "ok"; fastcgi_finish_request(); nothere(); }') +
  '\nfunction isHealth(): bool { return str_contains($_SERVER["REQUEST_URI"], "health"); }\n';
/** What there is so much of for all users of the host, and what it takes to make a reader wait, as PHP asks for it. On x86-64. */
const TAKE_OF_ALL: Readonly<Record<string, string>> = {
  'a pseudo-terminal': `php -r 'exit(@fopen("/dev/ptmx", "r+") ? 0 : 1);'`,
  'another one': `php -r 'exit(@fopen("/dev/pts/ptmx", "r+") ? 0 : 1);'`,
  'a look at those of others': 'ls /dev/pts',
  'contexts of AIO': `perl -e 'my $context = pack "Q", 0; exit(syscall(206, 2000, $context) < 0)'`,
  'a ring of io_uring': `perl -e 'my $parameters = pack "x120"; exit(syscall(425, 8, $parameters) < 0)'`,
  'a watch of files': `perl -e 'exit(syscall(294, 0) < 0)'`,
  'another watch of files': `perl -e 'exit(syscall(253) < 0)'`,
  'a watch of file systems': `perl -e 'exit(syscall(300, 0x200, 0) < 0)'`,
  'a message queue': `perl -e 'my ($name, $of) = ("of-alpha", pack "q8", 0, 1, 8); exit(syscall(240, $name, 0102, 0600, $of) < 0)'`,
  'a keyring': `perl -e 'exit(syscall(250, 1, 0) < 0)'`,
  'a key': `perl -e 'my ($type, $name) = ("user", "of-alpha"); exit(syscall(248, $type, $name, $name, 8, -3) < 0)'`,
  'a namespace of users': `perl -e 'exit(syscall(272, 0x10000000) < 0)'`,
  'a map of BPF': `perl -e 'my $map = pack "L5x108", 1, 4, 4, 1, 0; exit(syscall(321, 0, $map, 128) < 0)'`,
  'a counter of perf': `perl -e 'my $counter = pack "LLQx112", 1, 112, 0; exit(syscall(298, $counter, 0, -1, -1, 0) < 0)'`,
  'a FIFO': `php -r 'exit(posix_mkfifo("/tmp/fifo", 0600) ? 0 : 1);'`,
  'a lease of a file': `perl -e 'open my $file, ">", "/tmp/leased"; exit(syscall(72, fileno $file, 1024, 1) < 0)'`,
  'one by what the kernel leaves out of a command': `perl -e 'open my $file, ">", "/tmp/leased"; exit(syscall(72, fileno $file, 7 << 32 | 1024, 1) < 0)'`,
  'a FIFO by its directory': `perl -e 'my $name = "fifo"; exit(syscall(259, -100, $name, 010600, 0) < 0)'`,
};

const TAKE_LOCKS =
  'use Fcntl qw(:DEFAULT :flock); open my $file, ">", "/tmp/locked"; my $lock = pack "s x62", F_WRLCK; ' +
  'print "both" if flock($file, LOCK_EX | LOCK_NB) && fcntl($file, F_SETLK, $lock)';

/** Has signals wait for the process itself until no more may, and says how many do. On x86-64. */
const QUEUE_SIGNALS =
  'sigprocmask(SIG_BLOCK, POSIX::SigSet->new(34)); my ($info, $waiting) = (pack "i3x116", 34, 0, -1); ' +
  '$waiting++ while $waiting < 20000 && syscall(129, $$ + 0, 34, $info) >= 0; print $waiting';

/** All of /run that PHP finds on a machine without any service for it; the directories of services are made for it, empty. */
const KNOWN_IN_RUN = [
  '/run/NetworkManager',
  '/run/clamav',
  '/run/connman',
  '/run/lock',
  '/run/memcached',
  '/run/mysqld',
  '/run/php-zd',
  '/run/php-zd-mounts',
  '/run/php-zd-mounts/places',
  '/run/php-zd-mounts/socket',
  '/run/php-zd/alpha',
  '/run/postgresql',
  '/run/redis',
  '/run/resolvconf',
  '/run/systemd',
  '/run/systemd/incoming',
  '/run/systemd/journal',
  '/run/systemd/resolve',
  '/run/user',
  '/run/valkey',
];
/** To log. */
const KNOWN_SOCKETS = ['/run/systemd/journal/dev-log'];
/** Not what the kernel makes up, nor the programs of the host, which take long to look through and of which root owns all. */
const EVERYWHERE = "/ '(' -path /proc -o -path /sys -o -path /usr ')' -prune -o";
/** Not by find's -type, which takes a socket that is mounted on a file for a file. */
const SHOW_SOCKETS = 'for s; do [ ! -S "$s" ] || [ ! -w "$s" ] || echo "$s"; done';
const MAY_WRITE =
  /^\/(tmp|var\/tmp|run\/lock|dev\/shm|dev\/mqueue|var\/lib\/php-zd\/alpha\/((sessions|home)\/alpha|notes)|run\/php-zd\/alpha\/replicas\/\d+)(\/|$)/;

/** What a command of PHP finds, but for the sockets of the replica itself. */
const linesOf = async (arena: Arena, command: string): Promise<readonly string[]> =>
  (await arena.inReplica(`(${command}) 2>/dev/null | LC_ALL=C sort`))
    .split('\n')
    .filter(line => !/^\/run\/php-zd\/alpha\/replicas\/\d+\/\w+\.sock$/.test(line));

/** A service that makes its own directory in /run, and removes it when it stops, as Debian's Redis does. */
const startService = (machine: Machine, name: string): Promise<string> =>
  machine.run(
    ...(['systemd-run', '--quiet', '--collect', `--unit=fake-${name}`] as const),
    ...[`--property=RuntimeDirectory=${name}`, '--property=RuntimeDirectoryMode=0755'],
    ...['socat', `UNIX-LISTEN:/run/${name}/${name}.sock,fork,mode=777`, 'SYSTEM:echo hello'],
  );

const talkTo = (name: string): string => `socat -T2 - UNIX-CONNECT:/run/${name}/${name}.sock </dev/null`;

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
        await alpha.roll();
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
      await alpha.roll();
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
      expect(await linesOf(arena, "find /run -mindepth 1 -maxdepth 2 -not -path '/run/lock/*'")).toEqual(KNOWN_IN_RUN);
      expect(await linesOf(arena, `find ${EVERYWHERE} -not -type l -exec sh -c '${SHOW_SOCKETS}' sh {} +`)).toEqual(
        KNOWN_SOCKETS,
      );
      const writable = `find ${EVERYWHERE} '(' -type f -o -type d ')' -writable -print`;
      const others = (await linesOf(arena, writable)).filter(path => !MAY_WRITE.test(path));
      // For find(1) a socket that is mounted on a file is a file.
      expect(others.filter(path => !KNOWN_SOCKETS.includes(path))).toEqual([]);
    },
  },
  {
    title: 'whoever asks for a release to be laid into his view, on the host or in PHP, comes to nobody',
    act: async arena => {
      const ask = `perl -MSocket -e 'socket S, PF_UNIX, SOCK_STREAM, 0; connect(S, sockaddr_un(shift)) or print "refused"' /run/php-zd-mounts/socket`;
      expect(await arena.onHost(ask)).toBe('refused');
      expect(await arena.inReplica(ask)).toBe('refused');
      const running = 'php-zd-mounts@*';
      expect(await arena.machine.run('systemctl', 'list-units', '--plain', '--no-legend', running)).toBe('');
    },
  },
  {
    title:
      'a site finds the sockets of databases and caches, also of those that start or restart after it, and of no others',
    act: async arena => {
      const { machine, alpha } = arena;
      await alpha.writeIni(`${POOL}[drain]\ntimeout = 2s\n[sandbox]\nsockets = /run/redis-sessions\n`);
      await alpha.roll();
      await Promise.all(
        ['redis', 'redis-sessions', 'valkey', 'mysqld', 'postgresql', 'memcached', 'clamav'].map(async name => {
          for (const _ of ['started', 'restarted']) {
            await startService(machine, name);
            await awaitAnswer(`${name} to answer`, async () =>
              (await arena.inReplica(talkTo(name))) === 'hello' ? true : undefined,
            );
            await machine.run('systemctl', 'stop', `fake-${name}`);
          }
        }),
      );
      await startService(machine, 'other');
      await awaitAnswer('the other service to answer', async () =>
        (await arena.onHost(talkTo('other'))) === 'hello\n' ? true : undefined,
      );
      expect(await arena.inReplica('test -e /run/other; echo $?')).toBe('1');
      expect(await arena.inReplica(`${talkTo('other')}; echo status $?`)).toMatch(/status [1-9]\d*$/);
      await machine.run('systemctl', 'stop', 'fake-other');
    },
  },
  {
    title: "what a site logs is heard, and journald's own socket, which takes any field and 32 MiB, is not there",
    act: async arena => {
      const { machine } = arena;
      await arena.inReplica('logger --tag of-alpha still-heard');
      const native = 'socat -u - UNIX-SENDTO:/run/systemd/journal/socket';
      expect(await arena.inReplica(`echo MESSAGE=forged | ${native} 2>&1; echo status $?`)).toMatch(/status [1-9]\d*$/);
      await machine.run('journalctl', '--sync');
      expect(await machine.run('journalctl', '--output=cat', 'SYSLOG_IDENTIFIER=of-alpha')).toBe('still-heard\n');
    },
  },
  {
    title:
      "of journald's streams, terminals and AIO, of which all users have so many together, PHP takes none, no lease, and no FIFO it makes",
    act: async arena => {
      const tries = Object.values(TAKE_OF_ALL).map(
        command => `( ${command} ) >/dev/null 2>&1 && echo done || echo refused`,
      );
      const done = (await arena.inReplica(tries.join('; '))).split('\n');
      const names = Object.keys(TAKE_OF_ALL);
      expect(done).toHaveLength(names.length);
      expect(names.filter((_, index) => done[index] !== 'refused')).toEqual([]);
      const ofLease = TAKE_OF_ALL['a lease of a file'] ?? '';
      const inExec = await arena.machine.ask(
        'php-zd',
        'exec',
        'alpha',
        '--',
        'sh',
        '-c',
        `(${ofLease}) && echo done || echo refused`,
      );
      expect(inExec).toMatchObject({ stdout: 'refused\n' });
      // Locks are taken as ever, by both ways.
      expect(await arena.inReplica(`perl -e '${TAKE_LOCKS}'`)).toBe('both');
      // Without rights to take them the same programs can do it: what is refused is refused by the sandbox.
      const watch = `perl -e 'exit(syscall(294, 0) < 0)'`;
      expect(
        await arena.onHost(
          `cd /tmp && mkfifo of-alpha && rm of-alpha && script -qec true /dev/null && ${watch} && ${ofLease} || echo refused`,
        ),
      ).toBe('');
      // Waiting signals with a value are root's too, and timers: so many and no more of each unit.
      const queue = `perl -MPOSIX -e '${QUEUE_SIGNALS}'`;
      expect(Number(await arena.inReplica(queue))).toBeLessThanOrEqual(1024);
    },
  },
  {
    title:
      "while PHP takes what it gets of journald's streams, an error that beta's release logs after its answer ends the roll",
    act: async arena => {
      const { machine, beta } = arena;
      await machine.write('/srv/streams.php', TAKE_STREAMS);
      const takers = [1, 2, 3, 4, 5];
      const start = takers.map(n => `setsid php /srv/streams.php ${n} >/dev/null 2>&1 </dev/null &`).join(' ');
      await arena.inReplica(`rm -f /tmp/streams-*; ${start}`);
      const taken = await awaitAnswer('the streams', async () => {
        const { stdout } = await machine.ask('sh', '-c', 'cat /var/lib/php-zd/alpha/tmp/alpha/streams-*');
        return stdout.length >= takers.length ? stdout : undefined;
      });
      expect(taken).toBe('00000');
      const good = await beta.promoted();
      await beta.flip(await beta.release({ 'public/index.php': LATE }));
      const { status, stderr } = await beta.reload();
      expect({ status, stderr }).toEqual({
        status: 1,
        stderr: expect.stringMatching(/logged "PHP Fatal error: .*nothere/),
      });
      await beta.flip(good);
      await arena.onHost('pkill -u alpha php');
    },
  },
  {
    title: 'a release is laid for nobody but a process of a site, whatever number a process comes to have',
    act: async ({ machine }) => {
      const places = '/root/places';
      await machine.run('sh', '-c', `cat /var/lib/php-zd/alpha/slots/*/mounts | head -1 >${places}`);
      const ask = ['perl', '/usr/lib/php-zd/ask-for-mounts.pl', '78', '75', 'cat', `${MOUNT}/RELEASE`];
      const view = [
        ...['--property=User=alpha', '--property=TemporaryFileSystem=/run:ro'],
        `--property=BindReadOnlyPaths=/run/php-zd-mounts/socket ${places}:/run/php-zd-mounts/places`,
      ];
      const within = ['--pipe', '--wait', '--collect', '--quiet', '--unit=php-zd-exec-alpha-x'];
      const statuses: (number | undefined)[] = [];
      for (const slice of ['php-zd-alpha.slice', 'system.slice', 'user-php\\x2dzd-php\\x2dzd\\x2dalpha.slice']) {
        const { status } = await machine.ask('systemd-run', ...within, `--slice=${slice}`, ...view, ...ask);
        statuses.push(status);
      }
      expect(statuses).toEqual([0, 78, 78]);
    },
  },
  {
    title: 'a directory that systemd-tmpfiles makes, as for MariaDB and PostgreSQL, can be removed by its package',
    act: async ({ machine, alpha }) => {
      await machine.run('sh', '-c', 'umount /run/mysqld; rmdir /run/mysqld');
      await machine.write('/etc/tmpfiles.d/mariadb.conf', '# MariaDB\nd /run/mysqld 0755 nobody root -\n');
      await machine.run('systemd-tmpfiles', '--create', 'mariadb.conf');
      await alpha.roll();
      await machine.run('rm', '-r', '/run/mysqld', '/etc/tmpfiles.d/mariadb.conf');
    },
  },
];

onArena('view', attacks);
