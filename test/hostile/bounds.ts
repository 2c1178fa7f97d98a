import { expect } from 'vitest';
import { awaitAnswer } from '../lab/machine.ts';
import { END_HOARD, hoarded, startHoard } from '../scene/hoard.ts';
import type { Arena, Attack } from './arena.ts';

const POOL = '[pool]\npm.max_children = 4\n[drain]\ntimeout = 2s\n';
/** Of one replica with so many children: LimitNPROC= of its unit. */
const MOST_PROCESSES = 1024 + 4 * 64;

export const attacks: readonly Attack[] = [
  {
    title: "forty thousand idle connections to alpha's socket leave HAProxy room for beta",
    act: async arena => {
      const { machine } = arena;
      await startHoard(machine, 'alpha', 40_000);
      await awaitAnswer('the most that alpha may have', async () => {
        const { stdout } = await machine.ask('php-zd', 'status', 'alpha');
        return /all \d+ connections that HAProxy takes for it are in use, and more visitors wait/.test(stdout)
          ? true
          : undefined;
      });
      const visits = await machine.run(
        'sh',
        '-c',
        `for i in 1 2 3 4 5 6 7 8 9 10; do curl -s -m 5 -o /dev/null -w '%{http_code} ' ${arena.beta.url}; done`,
      );
      expect(visits.trim()).toBe(Array.from({ length: 10 }, () => '200').join(' '));
      const info = await machine.run('sh', '-c', 'echo show info | socat - /run/php-zd/haproxy/admin.sock');
      const [, most] = /^Maxconn: (\d+)$/m.exec(info) ?? [];
      const [, now] = /^CurrConns: (\d+)$/m.exec(info) ?? [];
      // So it takes more than fifteen sites to keep the connections of all.
      expect(Number(now)).toBeLessThan(Number(most) / 15);
      expect(await hoarded(machine, 'alpha')).toBeGreaterThan(Number(now));
      // PHP ends a connection that says nothing for five seconds: for an instant there is one fewer, until HAProxy takes another.
      await awaitAnswer('doctor to find it', async () => {
        const { stdout } = await machine.ask('php-zd', 'doctor', 'alpha');
        return /\d+ connections are in use of the \d+ that HAProxy takes for the site/.test(stdout) ? true : undefined;
      });
      await machine.run(...END_HOARD);
    },
  },
  {
    title: "a fork bomb ends at the bound of its own replica, and a full /dev/shm and System V IPC are the site's own",
    act: async arena => {
      const { machine, alpha, beta } = arena;
      await alpha.writeIni(`${POOL}[limits]\nmemory = 2G\ntasks = 3000\nshm = 16M\n`);
      await alpha.roll();
      const bomb = 'i=0; while [ $i -lt 4000 ]; do sleep 60 >/dev/null 2>&1 & i=$((i+1)); done; echo all of them';
      expect(await arena.inReplica(`(${bomb}) 2>&1`)).toContain('Cannot fork');
      const count = await machine.ask('pgrep', '--count', '--euid', alpha.user, 'sleep');
      expect(Number(count.stdout)).toBeGreaterThan(1000);
      expect(Number(count.stdout)).toBeLessThanOrEqual(MOST_PROCESSES);
      expect(await bounds(arena)).toEqual(['CPUWeight=100', 'MemoryMax=2147483648', 'TasksMax=3000']);
      await machine.ask('pkill', '--euid', alpha.user, 'sleep');
      await awaitAnswer('the end of the bomb', async () =>
        (await machine.ask('pgrep', '--euid', alpha.user, 'sleep')).status === 1 ? true : undefined,
      );
      const fill = 'dd if=/dev/zero of=/dev/shm/full bs=1M count=64 2>&1';
      expect(await arena.inReplica(`${fill}; stat --format=%s /dev/shm/full`)).toMatch(
        /No space left[\s\S]*\n16777216$/,
      );
      expect(await machine.run('ls', '/dev/shm')).not.toContain('full');
      await machine.run('runuser', '-u', beta.user, '--', 'ipcmk', '--shmem', '4096', '--mode', '0666');
      const seen = await arena.inReplica('ipcs --shmems --queues; ipcmk --queue; ipcs --queues');
      expect(seen.match(/^0x/gm)).toHaveLength(1);
      expect(await machine.run('ipcs', '--queues')).not.toMatch(/^0x/m);
      await machine.run('sh', '-c', 'ipcrm --all=shm; rm -f /run/php-zd/alpha/private/shm/full');
    },
  },
  {
    title: 'a journal that alpha floods keeps what beta and the host say',
    act: async arena => {
      const { machine } = arena;
      await machine.run('logger', '--tag', 'of-beta', 'before');
      await arena.inReplica("yes 'a long line of nothing at all' | head -n 60000 | logger --tag flood");
      await machine.run('logger', '--tag', 'of-beta', 'after');
      await machine.run('journalctl', '--sync');
      expect(await machine.run('journalctl', '--output=cat', 'SYSLOG_IDENTIFIER=of-beta')).toBe('before\nafter\n');
      const lines = await machine.run('sh', '-c', 'journalctl --output=cat SYSLOG_IDENTIFIER=flood | wc -l');
      expect(Number(lines)).toBeLessThan(50_000);
    },
  },
];

const bounds = async ({ machine }: Arena): Promise<readonly string[]> => {
  const said = await machine.run('systemctl', 'show', '--property=MemoryMax,TasksMax,CPUWeight', 'php-zd-alpha.slice');
  return said.trim().split('\n').sort();
};
