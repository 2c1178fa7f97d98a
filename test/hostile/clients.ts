import { expect } from 'vitest';
import { LIES, SERVER } from '../adapters/lying-fpm.ts';
import { awaitAnswer } from '../lab/machine.ts';
import { type Arena, type Attack, crashAlpha } from './arena.ts';

const FRONT = '/run/php-zd/alpha/fastcgi.sock';

const pageOf = async ({ machine, alpha }: Arena, ...more: readonly string[]): Promise<string> =>
  (await machine.ask('curl', '-sS', '-m', '20', '-w', ' %{http_code}', ...more, alpha.url)).stdout;

/** The processes that HAProxy is, and how much memory they have. */
const haproxy = async ({ machine }: Arena) => {
  const processes = await machine.run('ps', '-C', 'haproxy', '-o', 'pid=,rss=');
  const rows = processes
    .trim()
    .split('\n')
    .map(line => line.trim().split(/ +/).map(Number));
  const kibibytes = rows.reduce((sum, [, rss = 0]) => sum + rss, 0);
  return { pids: rows.map(([pid]) => pid), kibibytes };
};
const MOST_MORE_KIBIBYTES = 100_000;

export const attacks: readonly Attack[] = [
  {
    title: "a visitor's headers have the names of FastCGI's parameters and of PHP's settings: they are headers",
    act: async arena => {
      const headers = [
        ...['Script-Filename: /etc/passwd', 'Script_Filename: /etc/passwd', 'Php-Value: auto_prepend_file=/etc/passwd'],
        ...[
          'Php_Admin_Value: auto_prepend_file=/etc/passwd',
          'Document-Root: /',
          'Request-Uri: /health',
          'X: y\\r\\nZ: 1',
        ],
      ].flatMap(header => ['-H', header]);
      expect(await pageOf(arena, ...headers)).toMatch(/^release=1 +done 200$/);
    },
  },
  {
    title: 'what a visitor sends is longer than any header may be: nginx says so, and the next one is served',
    act: async arena => {
      const { machine } = arena;
      await machine.run('sh', '-c', "{ printf 'X-Long: '; head -c 65000 /dev/zero | tr '\\0' a; } >/tmp/header");
      expect(await pageOf(arena, '-H', '@/tmp/header')).toMatch(/ 4\d\d$/);
      await machine.run('sh', '-c', 'seq -f "X-%.0f: a" 400 >/tmp/headers');
      expect(await pageOf(arena, '-H', '@/tmp/headers')).toMatch(/ (200|4\d\d)$/);
      expect(await pageOf(arena)).toMatch(/ 200$/);
    },
  },
  {
    title: 'what comes through the web server is no FastCGI, or half a request: HAProxy stays, and alpha serves',
    act: async arena => {
      const { machine } = arena;
      const before = await haproxy(arena);
      const asWebServer = (command: string) => machine.ask('runuser', '-u', 'www-data', '--', 'sh', '-c', command);
      const to = `socat -t1 -T2 - UNIX-CONNECT:${FRONT} >/dev/null 2>&1`;
      await asWebServer(`for n in $(seq 8); do head -c 500000 /dev/urandom | ${to} & done; wait`);
      await asWebServer(`for n in $(seq 8); do printf '\\001\\001\\000\\001\\377\\377\\377\\000' | ${to} & done; wait`);
      await asWebServer(
        `for n in $(seq 8); do yes 'set server beta/1 state maint' | head -c 500000 | ${to} & done; wait`,
      );
      expect(await pageOf(arena)).toMatch(/ 200$/);
      const after = await haproxy(arena);
      expect(after.pids).toEqual(before.pids);
      expect(after.kibibytes - before.kibibytes).toBeLessThan(MOST_MORE_KIBIBYTES);
    },
  },
  {
    title: "alpha's own sockets answer visitors without end: HAProxy keeps its size, and ends with each visitor",
    act: async arena => {
      const { machine, alpha } = arena;
      const before = await haproxy(arena);
      await machine.write('/srv/lie.js', SERVER);
      const lie = Buffer.from(LIES['an endless answer'].bytes).toString('base64');
      const serve = `d=/run/php-zd/alpha/replicas/1; rm -f $d/fpm.sock; exec node /srv/lie.js $d/fpm.sock "$(echo ${lie} | base64 -d)" true`;
      await machine.run('systemd-run', '--quiet', '--collect', '--unit=endless', '--uid=alpha', 'sh', '-c', serve);
      await awaitAnswer('the lie', async () =>
        (await machine.ask('test', '-S', '/run/php-zd/alpha/replicas/1/fpm.sock')).status === 0 ? true : undefined,
      );
      await machine.run('sh', '-c', `for n in $(seq 6); do curl -s -m 2 -o /dev/null ${alpha.url} & done; wait`);
      const after = await haproxy(arena);
      expect(after.pids).toEqual(before.pids);
      expect(after.kibibytes - before.kibibytes).toBeLessThan(MOST_MORE_KIBIBYTES);
      await machine.run('systemctl', 'stop', 'endless');
      await crashAlpha(arena);
    },
  },
];
