import { expect } from 'vitest';
import { awaitAnswer } from '../lab/machine.ts';
import { type Arena, type Attack, crashAlpha } from './arena.ts';

/** What alpha's web server passes on, if HAProxy takes another socket for alpha's. */
const COMMANDS = 'set server beta/1 state maint; set server beta/2 state maint\n';

/** As nginx does with the head of a visitor's request: the bytes are the visitor's. */
const visit = (machine: Arena['machine'], socket: string): Promise<unknown> =>
  machine.ask('sh', '-c', `printf '${COMMANDS}' | timeout 2 socat -t1 - UNIX-CONNECT:${socket}`);

/** The status of what nginx answers: 502, where nobody answered it. */
const visitPage = async ({ machine, alpha }: Arena): Promise<string> =>
  (await machine.ask('curl', '-s', '-m', '9', '-o', '/dev/null', '-w', '%{http_code}', alpha.url)).stdout;

/** Every socket of alpha's becomes a link to `target`, by PHP and by its user. */
const linkTo = (target: string) => async (arena: Arena) => {
  const link = `for d in /run/php-zd/alpha/replicas/*; do for s in fpm status; do ln -sfT ${target} $d/$s.sock; done; done`;
  await arena.inReplica(link);
  await arena.onHost(link);
  const links = await arena.machine.ask('find', '/run/php-zd/alpha/replicas', '-type', 'l');
  expect(links.stdout).not.toBe('');
};

const VISITS = 8;

export const attacks: readonly Attack[] = [
  {
    title: "alpha's sockets are links to HAProxy's control socket, and its visitors send commands",
    act: async arena => {
      await linkTo('/run/php-zd/haproxy/admin.sock')(arena);
      for (let n = 0; n < VISITS; n += 1) await visit(arena.machine, '/run/php-zd/alpha/balancer/fastcgi.sock');
      await crashAlpha(arena);
    },
  },
  {
    title: "alpha's sockets are links to HAProxy's master socket",
    act: async arena => {
      await linkTo('/run/php-zd/haproxy/master.sock')(arena);
      for (let n = 0; n < VISITS; n += 1) await visit(arena.machine, '/run/php-zd/alpha/balancer/fastcgi.sock');
      await crashAlpha(arena);
    },
  },
  {
    title: "alpha's sockets are links to a replica of beta's, whose answers its visitors would get",
    act: async arena => {
      await linkTo('/run/php-zd/beta/replicas/1/fpm.sock')(arena);
      const visits = Array.from({ length: VISITS }, () => visitPage(arena));
      expect(new Set(await Promise.all(visits))).toEqual(new Set(['502']));
      await crashAlpha(arena);
    },
  },
  {
    title: 'the status socket is a link to a socket of root, which php-zd would talk to',
    act: async arena => {
      const { machine } = arena;
      const canary = '/run/canary.sock';
      const listen = `UNIX-LISTEN:${canary},fork,mode=600`;
      await machine.run('systemd-run', '--quiet', '--unit=canary', 'socat', listen, 'OPEN:/run/touched,creat');
      await awaitAnswer('the canary', async () =>
        (await machine.ask('test', '-S', canary)).status === 0 ? true : undefined,
      );
      await linkTo(canary)(arena);
      await machine.ask('php-zd', 'status', 'alpha');
      await machine.ask('php-zd', 'reload', 'alpha');
      await machine.ask('php-zd', 'doctor', 'alpha');
      expect((await machine.ask('test', '-e', '/run/touched')).status).toBe(1);
      await crashAlpha(arena);
      await machine.run('systemctl', 'stop', 'canary');
    },
  },
  {
    title: 'a link of its stays where a crashed master makes its sockets again',
    act: async arena => {
      const { machine } = arena;
      await linkTo('/run/php-zd/haproxy/admin.sock')(arena);
      await machine.run('systemctl', 'kill', '--kill-whom=main', '--signal=KILL', 'php-zd-fpm-alpha@*');
      for (let n = 0; n < VISITS; n += 1) await visit(machine, '/run/php-zd/alpha/balancer/fastcgi.sock');
      await crashAlpha(arena);
    },
  },
  {
    title: "a hard link to a socket of another's is not to be had",
    act: async arena => {
      const said = await arena.onHost(
        'ln /run/php-zd/beta/replicas/1/fpm.sock /run/php-zd/alpha/replicas/1/other.sock; ln /run/php-zd/beta/balancer/fastcgi.sock /run/php-zd/alpha/replicas/1/other.sock',
      );
      expect(said).toMatch(/ln: /);
      expect((await arena.machine.ask('test', '-e', '/run/php-zd/alpha/replicas/1/other.sock')).status).toBe(1);
    },
  },
  {
    title: 'alpha fills the directory of its sockets: /run stays as it was, and beta rolls',
    act: async arena => {
      const fill =
        'cd /run/php-zd/alpha/replicas/1 && head -c 50m /dev/zero >big; i=0; while [ $i -lt 3000 ]; do : >f$i || break; i=$((i+1)); done';
      await arena.onHost(fill);
      await arena.inReplica(fill.replace('/1 ', '/* '));
      const used = await arena.machine.run('df', '--output=used', '--block-size=1', '/run');
      expect(Number(used.trim().split('\n').at(-1))).toBeLessThan(50_000_000);
      await arena.beta.roll();
      await arena.onHost('rm -f /run/php-zd/alpha/replicas/*/f[0-9]* /run/php-zd/alpha/replicas/*/big');
      await crashAlpha(arena);
    },
  },
  {
    title: "HAProxy's own user cannot connect to its control sockets, though it could find them",
    act: async ({ machine }) => {
      await machine.run('chmod', '755', '/run/php-zd/haproxy');
      for (const name of ['admin', 'master']) {
        const connect = ['socat', '-u', '/dev/null', `UNIX-CONNECT:/run/php-zd/haproxy/${name}.sock`];
        const user = ['--reuid=php-zd-haproxy', '--regid=php-zd-haproxy', '--clear-groups'];
        expect((await machine.ask('setpriv', ...user, ...connect)).stderr).toContain('Permission denied');
      }
      await machine.run('chmod', '700', '/run/php-zd/haproxy');
    },
  },
];
