import { expect } from 'vitest';
import { awaitAnswer, type Result } from '../lab/machine.ts';
import { type Arena, type Attack, crashAlpha, onOneArena, processorMs } from './arena.ts';

const asNobody = async ({ machine }: Arena, ...command: readonly string[]): Promise<Result> =>
  await machine.ask('runuser', '-u', 'nobody', '--', ...command);

/** Listens where a replica of beta's listens, in a mount namespace of its own, and lets connections wait. */
const SQUAT = `use IO::Socket::UNIX; my @all;
for my $n (1 .. 4) {
  for my $name ("fpm", "status") {
    my $path = "/run/php-zd/beta/replicas/$n/$name.sock";
    push @all, IO::Socket::UNIX->new(Local => $path, Listen => 9) or die;
    push @all, IO::Socket::UNIX->new(Peer => $path) for 1 .. 3;
  }
}
sleep 100;`;
const SQUATTER = `mount -t tmpfs tmpfs /run && mkdir -p /run/php-zd/beta/replicas/1 /run/php-zd/beta/replicas/2 /run/php-zd/beta/replicas/3 /run/php-zd/beta/replicas/4 && exec perl -e '${SQUAT}'`;

/** What PHP puts in the place of a release's front controller. */
const oddities: Readonly<Record<string, string>> = {
  'a pipe that nobody writes to': 'mkfifo public/index.php',
  'a link to itself': 'ln -s index.php public/index.php',
  'a link to a device without end': 'ln -s /dev/zero public/index.php',
  'a directory': 'mkdir public/index.php',
  'a link to what only root may read': 'ln -s /etc/shadow public/index.php',
};

const attacks: readonly Attack[] = [
  {
    title: `a release has ${Object.keys(oddities).join(', ')} for its index: refused in time, whoever looks at it`,
    act: async arena => {
      const { machine, alpha } = arena;
      for (const [index, make] of Object.values(oddities).entries()) {
        const directory = alpha.directory(`odd-${index}`);
        await machine.run('sh', '-c', `mkdir -p ${directory}/public && cd ${directory} && ${make}`);
      }
      const names = Object.values(oddities).map((_, index) => `odd-${index}`);
      const deployed = await Promise.all(
        names.map(async name => (await machine.ask('php-zd', 'deploy', 'alpha', alpha.directory(name))).status),
      );
      expect(deployed).toEqual(names.map(() => 2));
      expect(await alpha.promoted()).toBe('1');
      await machine.ask('php-zd', 'doctor', 'alpha');
      await machine.run('sh', '-c', `rm -rf ${alpha.directory('odd-')}*`);
    },
  },
  {
    title: 'two thousand directories among the releases: what looks through them ends in time',
    act: async arena => {
      const { machine, alpha } = arena;
      await machine.run('sh', '-c', `cd ${alpha.base}/releases && seq -f 'many-%.0f' 2000 | xargs mkdir`);
      for (const [name = '', ...more] of [['releases'], ['prune', '--keep', '9'], ['status']]) {
        expect(await processorMs(machine, 'php-zd', name, 'alpha', ...more), name).toBeLessThan(6000);
      }
      await machine.run('sh', '-c', `cd ${alpha.base}/releases && rm -rf many-*`);
    },
  },
  {
    title:
      "what alpha writes into .htaccess files and its log keeps no check of beta's from being made, and opens nothing",
    act: async arena => {
      const { machine, alpha } = arena;
      const release = alpha.directory(await alpha.promoted());
      const letters = `(${'abcdefghijklmnop'.split('').join('|')})`;
      const rules = Array.from({ length: 600 }, (_, at) => `RewriteRule ^${letters}${letters}x${at}$ - [F]\n`);
      await machine.write('/srv/htaccess', rules.join(''));
      const fill =
        'mkdir -p $1/up && cd $1/up && for n in $(seq 100); do mkdir d$n && cp /srv/htaccess d$n/.htaccess; done';
      await machine.run('sh', '-c', fill, 'sh', `${release}/public`);
      const say = (socket: string) => `echo "x unix://${socket} (No such file or directory)" >&2 #`;
      for (const socket of ['/run/systemd/private', '/run/php-zd-turns/x']) await arena.inReplica(say(socket));
      await machine.run('journalctl', '--sync');
      expect(await processorMs(machine, 'php-zd', 'doctor')).toBeLessThan(10_000);
      const { findings, unmade } = JSON.parse((await machine.ask('php-zd', 'doctor', '--json')).stdout);
      expect(unmade).toEqual([]);
      const words = JSON.stringify(findings);
      expect(words).toMatch(/up\/d\d+\/.htaccess:1: is not looked at, nor are the .htaccess files that come after it/);
      expect(words).not.toMatch(/sockets = /);
      await machine.run('rm', '-r', `${release}/public/up`, '/srv/htaccess');
    },
  },
  {
    title: 'a release of directories within directories is pruned, and nothing behind its links',
    act: async arena => {
      const { machine, alpha } = arena;
      const deep = await alpha.release();
      const script = `my $n = 0; chdir "${alpha.directory(deep)}"; while ($n++ < 3000) { mkdir "d"; chdir "d" } symlink "/srv/canary", "link"`;
      await machine.write('/srv/canary/kept', 'kept');
      await machine.run('perl', '-e', script);
      await machine.run('touch', '--date=2001-01-01', alpha.directory(deep));
      expect(await machine.ask('php-zd', 'prune', 'alpha', '--keep', '0')).toMatchObject({ status: 0 });
      expect((await machine.ask('test', '-e', alpha.directory(deep))).status).toBe(1);
      expect(await machine.run('cat', '/srv/canary/kept')).toBe('kept');
    },
  },
  {
    title:
      "links in alpha's /tmp and sessions lead to files of root's: who makes and empties the directories follows none",
    act: async arena => {
      const { machine } = arena;
      await machine.write('/srv/canary/kept', 'kept', 0o600);
      const before = await machine.run('stat', '--format=%a %U %Y %Z', '/srv/canary', '/srv/canary/kept');
      const links = 'for n in canary canary/kept; do ln -sf /srv/$n /tmp/l-$(basename $n); done';
      await arena.inReplica(
        `${links}; touch -h -d 2001-01-01 /tmp/l-*; mv /tmp/l-canary /tmp/x; ln -sfn /srv/canary /tmp/own`,
      );
      await arena.inReplica('cd /var/lib/php-zd/alpha/sessions/alpha && ln -sf /srv/canary/kept sess_x');
      await machine.run('systemctl', 'restart', 'php-zd-directories@alpha');
      const clean = ['--create', '--clean', '--remove', '/etc/tmpfiles.d/php-zd-alpha.conf'] as const;
      await machine.ask('systemd-tmpfiles', ...clean);
      expect(await machine.run('stat', '--format=%a %U %Y %Z', '/srv/canary', '/srv/canary/kept')).toBe(before);
      await crashAlpha(arena);
    },
  },
  {
    title: 'a user of the host who is nobody in particular changes nothing of beta, by no verb',
    act: async arena => {
      const { machine } = arena;
      const stateOf = async () =>
        await machine.run(
          'sh',
          '-c',
          'ls -lR --time-style=full-iso /run/php-zd/beta /var/lib/php-zd/beta/slots /srv/beta',
        );
      const before = await stateOf();
      const refused = await Promise.all(
        [
          ...['reload beta', 'rollback beta', 'deploy beta /srv/beta/releases/1', 'prune beta --keep 0', 'hold beta'],
          ...['maintenance beta on', 'exec beta -- id', 'drain beta 1', 'restart beta 1', 'drill beta'],
          ...['unit roll beta', 'unit reap beta:1', 'status beta', 'plan beta', 'releases beta', 'doctor beta'],
          ...['reload beta --outdated', 'reset-opcache beta', 'ready beta 1', 'logs beta -n 1', 'remove beta'],
        ].map(async verb => ({ verb, ...(await asNobody(arena, 'php-zd', ...verb.split(' '))) })),
      );
      expect(refused.filter(({ status }) => status === 0)).toEqual([]);
      // In words, and none of another program's.
      const raw = /\bE(?:ACCES|PERM)\b|set(?:priv|resuid)|initgroups|org\.freedesktop|not permitted|does not answer/;
      expect(refused.filter(({ stdout, stderr }) => raw.test(`${stdout}${stderr}`))).toEqual([]);
      for (const verb of [
        'reload php-zd@beta',
        'stop php-zd-fpm-beta@1',
        'kill php-zd-fpm-beta@1',
        'stop php-zd-haproxy',
      ]) {
        expect((await asNobody(arena, 'systemctl', '--no-ask-password', ...verb.split(' '))).status).not.toBe(0);
      }
      expect(await stateOf()).toBe(before);
    },
  },
  {
    title: "nor does that user, or alpha's, come to what beta has: sockets, secrets, sessions, temporary files",
    act: async arena => {
      const { machine } = arena;
      const mayWrite =
        'find /run/php-zd /var/lib/php-zd /etc/php-zd /etc/systemd/system/php-zd* -writable -not -type l';
      const ofBeta = (await machine.run('find', '/run/php-zd/beta', '-type', 's')).trim().split('\n');
      expect(ofBeta.length).toBeGreaterThan(4);
      const secrets = [
        'tmp/beta/*',
        'sessions/beta/*',
        'home/beta/*',
        'notes/beta/*',
        'generations/*/php/site.ini',
        'generations/*/site.ini',
      ];
      const files = [...secrets, 'generations/*/php-fpm.conf'].map(name => `/var/lib/php-zd/beta/${name}`);
      const tried = [
        ...files.map(path => `cat ${path}`),
        ...ofBeta.map(path => `socat -u /dev/null UNIX-CONNECT:${path}`),
      ];
      const said = await asNobody(
        arena,
        'sh',
        '-c',
        tried.map(command => `${command} >/dev/null 2>&1; echo $?`).join('; '),
      );
      const ofAlpha = await arena.onHost(tried.map(command => `${command} >/dev/null 2>&1; echo $?`).join('; '));
      for (const statuses of [said.stdout, ofAlpha]) expect(statuses.trim().split('\n')).not.toContain('0');
      expect((await asNobody(arena, 'sh', '-c', `${mayWrite} 2>/dev/null`)).stdout).toBe('');
      const writable = (await arena.onHost(`${mayWrite} 2>/dev/null`)).trim().split('\n');
      const own =
        /^\/(run\/php-zd\/alpha\/replicas\/\d+|var\/lib\/php-zd\/alpha\/(tmp|sessions|home|notes)\/alpha)(\/|$)/;
      expect(writable.filter(path => !own.test(path))).toEqual([]);
    },
  },
  {
    title:
      "sockets of the names of beta's, in somebody's own mount namespace, with connections that wait, hold up no drain",
    act: async arena => {
      const { machine, beta } = arena;
      // By root here, so that it does not depend on whether this kernel lets anybody have a namespace.
      const apart = ['systemd-run', '--quiet', '--collect', '--unit=squatter', '--property=PrivateMounts=yes'] as const;
      await machine.run(...apart, 'sh', '-c', SQUATTER);
      await awaitAnswer('the squatter', async () => {
        const seen = await machine.run('ss', '-xlH', 'src', '/run/php-zd/beta/replicas/4/status.sock');
        return seen
          .trim()
          .split('\n')
          .some(line => line.includes(' 3 '))
          ? true
          : undefined;
      });
      await beta.roll();
      await machine.run('systemctl', 'stop', 'squatter');
    },
  },
];

onOneArena('bookworm', 'inputs', attacks);
