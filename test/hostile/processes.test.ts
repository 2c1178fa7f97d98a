import { expect } from 'vitest';
import { awaitAnswer } from '../lab/machine.ts';
import { type Arena, type Attack, crashAlpha, onOneArena } from './arena.ts';

/** What PHP tries in a replica; each must end with an error. */
const expectRefused = async (arena: Arena, commands: readonly string[]): Promise<void> => {
  const tried = await arena.inReplica(commands.map(command => `( ${command} ) >/dev/null 2>&1; echo $?`).join('; '));
  const done = tried.split('\n').flatMap((status, index) => (status === '0' ? [commands[index]] : []));
  expect(done).toEqual([]);
  // 127: there is no such program, so that nothing was tried.
  expect(tried.split('\n')).not.toContain('127');
  expect(tried.split('\n')).toHaveLength(commands.length);
};

const syscall = (number: number, args: string): string =>
  `perl -e 'my ($a, $b, $c) = ("user", "name", "text"); exit(syscall(${number}, ${args}) < 0)'`;

const shown = async ({ machine }: Arena, unit: string): Promise<string> =>
  await machine.run('systemctl', 'show', '--property=ActiveState,SubState,MainPID,StatusErrno,Result', unit);

const mainPid = async ({ machine }: Arena, unit: string): Promise<string> =>
  (await machine.run('systemctl', 'show', '--property=MainPID', '--value', unit)).trim();

/** A line for a service manager that would heed it, from PHP. */
const SAID = ['READY=1', 'STOPPING=1', 'RELOADING=1', 'STATUS=owned', 'WATCHDOG=trigger', 'ERRNO=5', 'MAINPID=1'];

const attacks: readonly Attack[] = [
  {
    title: 'no program, system call or device makes PHP more than its user',
    act: arena =>
      expectRefused(arena, [
        ...['unshare --user --map-root-user id', 'unshare --mount id', 'nsenter --target 1 --mount id'],
        ...[syscall(105, '0'), 'mount -t tmpfs x /tmp', 'mount --bind /tmp /mnt', 'umount /tmp'],
        ...['mknod /tmp/disk b 8 0', 'cp /bin/sh /tmp/sh && chmod 4755 /tmp/sh', 'chmod 2755 /tmp'],
        ...['chrt --fifo 1 true', 'ionice --class 1 true', 'renice -n -5 $$', 'hostname x'],
        ...['date --set 2000-01-01', 'dmesg', 'echo 1 >/proc/sys/kernel/panic', 'echo b >/proc/sysrq-trigger'],
        // On x86-64: setuid() above, ptrace(), bpf(), perf_event_open(), userfaultfd(), add_key(), kexec_load(), init_module().
        ...[syscall(101, '16, getppid(), 0, 0'), syscall(321, '0, 0, 0'), syscall(298, '0, 0, 0, 0, 0')],
        ...[syscall(323, '0'), syscall(248, '$a, $b, $c, 4, -3'), syscall(246, '0, 0, 0, 0'), syscall(175, '0, 0, $a')],
      ]),
  },
  {
    title: 'the processes of others, of root and of beta, are neither seen nor signalled',
    act: async arena => {
      const pids = ['1', await mainPid(arena, 'php-zd-fpm-beta@1'), await mainPid(arena, 'php-zd-haproxy')];
      await expectRefused(
        arena,
        pids.flatMap(pid => [`ls /proc/${pid}`, `kill -9 ${pid}`, `kill -STOP ${pid}`, `cat /proc/${pid}/environ`]),
      );
      expect(await mainPid(arena, 'php-zd-fpm-beta@1')).toBe(pids[1]);
    },
  },
  {
    title: "the cgroups of beta, of its own unit and of PHP's own slice are not to be written to",
    act: async arena => {
      const own = (await arena.inReplica("sed -n 's/^0:://p' /proc/self/cgroup")).trim();
      expect(own).toContain('php-zd-fpm-alpha@');
      await expectRefused(arena, [
        `echo 1 >/sys/fs/cgroup${own}/cgroup.freeze`,
        `echo max >/sys/fs/cgroup${own}/memory.max`,
        'echo 0 >/sys/fs/cgroup/cgroup.procs',
        `echo 1 >/sys/fs/cgroup${own.replaceAll('alpha', 'beta')}/cgroup.kill`,
        `mkdir /sys/fs/cgroup${own}/own`,
      ]);
    },
  },
  {
    title: 'neither a child of PHP-FPM nor a master, by its preload script, can say anything to the service manager',
    act: async arena => {
      const { machine, alpha } = arena;
      const socket = '/run/systemd/notify';
      const unit = (await arena.inReplica("sed -n 's/^0::.*\\///p' /proc/self/cgroup")).trim();
      const before = await shown(arena, unit);
      await expectRefused(arena, [
        `test -S ${socket}`,
        ...SAID.map(said => `NOTIFY_SOCKET=${socket} systemd-notify --no-block '${said}'`),
      ]);
      expect(await shown(arena, unit)).toBe(before);
      const preload = `<?php touch('/tmp/said-' . (@stream_socket_client('udg://${socket}') ? 'yes' : 'no'));`;
      await machine.write('/srv/alpha/preload.php', preload);
      const ini = '[php]\nini[opcache.preload] = /srv/alpha/preload.php\n[pool]\npm.max_children = 4\n';
      await alpha.writeIni(`${ini}[drain]\ntimeout = 2s\n`);
      await alpha.roll();
      expect(await machine.run('sh', '-c', 'ls /var/lib/php-zd/alpha/tmp/alpha | grep said')).toBe('said-no\n');
      await alpha.writeIni('[pool]\npm.max_children = 4\n[drain]\ntimeout = 2s\n');
      await alpha.roll();
    },
  },
  {
    title: 'a replica is ready when its own master listens, and not by what lies at its socket, nor before',
    act: async arena => {
      const { machine, alpha } = arena;
      // A link to beta's, and another process that listens, in the place of the socket, while the master starts slowly.
      const preload = `<?php
        @unlink($s = '/run/php-zd/alpha/replicas/' . getenv('PHP_ZD_REPLICA') . '/fpm.sock');
        symlink('/run/php-zd/beta/fastcgi.sock', $s); sleep(1); unlink($s);
        shell_exec("socat UNIX-LISTEN:$s EXEC:true >/dev/null 2>&1 & sleep 1"); touch('/tmp/ready-' . microtime(true));`;
      await machine.write('/srv/alpha/preload.php', preload);
      const ini = '[php]\nini[opcache.preload] = /srv/alpha/preload.php\n[pool]\npm.max_children = 4\n';
      await alpha.writeIni(`${ini}[drain]\ntimeout = 2s\n`);
      await alpha.roll();
      const readyAt = (await machine.run('sh', '-c', 'ls /var/lib/php-zd/alpha/tmp/alpha | sed -n s/ready-//p'))
        .trim()
        .split('\n');
      const replicas = (await alpha.status()).replicas.filter(({ isServing }) => isServing);
      const activeAt = await Promise.all(
        replicas.map(async ({ slot }) => {
          const property = '--property=ActiveEnterTimestamp';
          const unit = `php-zd-fpm-alpha@${slot}`;
          const show = `systemctl show --timestamp=us+utc ${property} --value ${unit}`;
          return Number(await machine.run('sh', '-c', `date +%s.%N -d "$(${show})"`));
        }),
      );
      expect(Math.min(...activeAt)).toBeGreaterThan(Math.min(...readyAt.map(Number)));
      await alpha.writeIni('[pool]\npm.max_children = 4\n[drain]\ntimeout = 2s\n');
      await alpha.roll();
    },
  },
  {
    title: 'processes that left their parent and heed no signal end with their replica',
    act: async arena => {
      const { machine } = arena;
      const stays = 'trap "" TERM QUIT INT HUP; while :; do sleep 7777; done';
      await arena.inReplica(`setsid sh -c '${stays}' >/dev/null 2>&1 </dev/null &`);
      expect((await machine.ask('pgrep', '-u', 'alpha', 'sleep')).status).toBe(0);
      await machine.run('systemctl', 'restart', 'php-zd-fpm-alpha@*');
      expect((await machine.ask('pgrep', '-u', 'alpha', 'sleep')).status).toBe(1);
    },
  },
  {
    title: 'masters that are stopped by their own user (SIGSTOP) end in time when their units are restarted',
    act: async arena => {
      const { machine, alpha } = arena;
      await arena.onHost('pkill -STOP -u alpha php-fpm');
      expect((await alpha.status()).serving).toBeLessThanOrEqual(2);
      // What hangs is ended by the machine.
      await machine.run('systemctl', 'restart', 'php-zd-fpm-alpha@*');
      await crashAlpha(arena);
    },
  },
  {
    title:
      "a look at alpha's release that alpha stops (SIGSTOP) is refused in time, and leaves neither a unit nor a process",
    act: async arena => {
      const { machine } = arena;
      await machine.write('/srv/stop.pl', STOP_WHAT_STARTS);
      await arena.onHost('setsid perl /srv/stop.pl >/dev/null 2>&1 </dev/null &');
      const { stderr } = await machine.ask('php-zd', 'reload', 'alpha');
      expect(stderr).toMatch(
        /\/look-at-release\.sh \S+ .{1,2000}' failed \(no end after \d+ ms\)\.\nNothing was touched\.\n$/,
      );
      // By root: alpha's own command would be stopped.
      await machine.run('pkill', '-u', 'alpha', 'perl');
      expect(await machine.run('systemctl', 'list-units', '--all', '--no-legend', '--type=service', 'run-*')).toBe('');
      expect((await machine.ask('pgrep', '-u', 'alpha', '-f', 'look-at-')).status).toBe(1);
      await arena.onHost('pkill -CONT -u alpha');
      await arena.alpha.roll();
    },
  },
  {
    title: 'masters that crash again and again cost beta nothing, and alpha serves as soon as they do not',
    act: async arena => {
      await arena.onHost('for n in $(seq 25); do pkill -KILL -u alpha php-fpm; sleep 0.2; done');
      await crashAlpha(arena);
    },
  },
  {
    title: 'that HAProxy has no server left for alpha is a notice, and no emergency, which would be on every terminal',
    act: async arena => {
      const { machine } = arena;
      const said = async (priority: string): Promise<string> =>
        machine.run(
          'journalctl',
          '--quiet',
          '--output=cat',
          '--identifier=php-zd-haproxy-alpha',
          `--priority=${priority}`,
        );
      // Both replicas are down in one look of HAProxy's at least once.
      await awaitAnswer('no server', async () => {
        await arena.onHost('pkill -KILL -u alpha php-fpm');
        return (await said('notice')).includes('backend alpha has no server available!') || undefined;
      });
      expect(await said('emerg..warning')).toBe('');
      await crashAlpha(arena);
    },
  },
  {
    title:
      "alpha locks a file of its own that has the number of dpkg's lock: what is rolled after upgrades does not wait for that",
    act: async arena => {
      const { machine } = arena;
      const lock = '/var/lib/dpkg/lock-frontend';
      // A file system in memory counts up: on that of /run the lock has a number that alpha's own is soon at.
      await machine.run('sh', '-c', `touch /run/low && mount --bind /run/low ${lock}`);
      const wanted = (await machine.run('stat', '--format=%i', lock)).trim();
      await machine.write('/srv/lock.pl', LOCK);
      await arena.inReplica(`setsid perl /srv/lock.pl ${wanted} >/dev/null 2>&1 </dev/null &`);
      await awaitAnswer('the lock', async () =>
        (await machine.run('cat', '/proc/locks')).includes(`:${wanted} `) ? true : undefined,
      );
      // What hangs is ended by the machine.
      await machine.run('systemctl', 'start', 'php-zd-outdated');
      expect(await machine.run('cat', '/proc/locks')).toContain(`:${wanted} `);
      await machine.run('umount', lock);
      await arena.onHost('pkill -u alpha perl');
    },
  },
];

/** Makes files until one has the number, and locks that. */
const LOCK = `use Fcntl;
for (1 .. 1000000) {
  open my $file, '+>', '/dev/shm/own' or die $!;
  my $lock = pack 's x62', F_WRLCK;
  if ((stat $file)[1] == $ARGV[0]) { fcntl $file, F_SETLK, $lock or die $!; sleep }
  unlink '/dev/shm/own';
}`;

/** Stops each process of its own user as it starts, for as long as no look at a release may take. */
const STOP_WHAT_STARTS = `my (%tried, $end); $end = time + 50;
while (time < $end) {
  open my $load, '<', '/proc/loadavg';
  my ($last) = <$load> =~ /(\\d+)$/;
  for my $pid ($last - 40 .. $last + 3) { $tried{$pid} = kill STOP => $pid if $pid > $$ + 2 && !$tried{$pid} }
  select undef, undef, undef, 0.001;
}`;

onOneArena('bookworm', 'processes', attacks);
