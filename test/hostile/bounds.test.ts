import { expect } from 'vitest';
import { type Attack, onArena } from './arena.ts';

/** Opens connections to a socket and keeps them, until it is ended; tells how many were taken in. */
const HOARD = `const net = require('node:net');
const [, path, count] = process.argv;
let open = 0;
const next = () => {
  const socket = net.connect(path, () => { open += 1; if (open < Number(count)) setImmediate(next); });
  socket.on('error', () => setTimeout(next, 50));
};
for (let n = 0; n < 20; n += 1) next();
setInterval(() => require('node:fs').writeFileSync('/run/hoarded', String(open)), 200);`;

const attacks: readonly Attack[] = [
  {
    title: "forty thousand idle connections to alpha's socket leave HAProxy room for beta",
    act: async arena => {
      const { machine } = arena;
      const front = '/run/php-zd/alpha/balancer/fastcgi.sock';
      const hoard = ['systemd-run', '--quiet', '--collect', '--unit=hoard', '--property=LimitNOFILE=100000'] as const;
      await machine.run(...hoard, 'node', '-e', HOARD, front, '40000');
      await machine.run('sleep', '8');
      const visits = await machine.run(
        'sh',
        '-c',
        `for i in 1 2 3 4 5 6 7 8 9 10; do curl -s -m 5 -o /dev/null -w '%{http_code} ' ${arena.beta.url}; done`,
      );
      expect(visits.trim()).toBe(Array.from({ length: 10 }, () => '200').join(' '));
      const info = await machine.run('sh', '-c', 'echo show info | socat - /run/php-zd/haproxy/admin.sock');
      const [, most] = /^Maxconn: (\d+)$/m.exec(info) ?? [];
      const [, now] = /^CurrConns: (\d+)$/m.exec(info) ?? [];
      expect(Number(now)).toBeLessThan(Number(most) / 4);
      expect(Number(await machine.run('cat', '/run/hoarded'))).toBeGreaterThan(1000);
      await machine.run('systemctl', 'stop', 'hoard');
    },
  },
];

onArena('bounds', attacks);
