import type { Machine } from '../lab/machine.ts';

/** Opens connections to a socket and keeps them, until it is ended; writes down how many were taken in. */
const HOARD = `const net = require('node:net');
const [, path, count, notes] = process.argv;
let open = 0;
const next = () => {
  const socket = net.connect(path, () => { open += 1; if (open < Number(count)) setImmediate(next); });
  socket.on('error', () => setTimeout(next, 50));
};
for (let n = 0; n < 20; n += 1) next();
setInterval(() => require('node:fs').writeFileSync(notes, String(open)), 200);`;

/** What ends all of them. */
export const END_HOARD = ['systemctl', 'stop', 'hoard-*'] as const;

const notesOf = (site: string): string => `/run/hoarded-${site}`;

/** So many connections to where the web server comes to a site, kept open by a service of the machine's. */
export const startHoard = async (machine: Machine, site: string, count: number): Promise<void> => {
  const service = ['--quiet', '--collect', `--unit=hoard-${site}`, '--property=LimitNOFILE=100000'];
  const socket = `/run/php-zd/${site}/balancer/fastcgi.sock`;
  await machine.run('systemd-run', ...service, 'node', '-e', HOARD, socket, String(count), notesOf(site));
};

/** How many were taken in so far. */
export const hoarded = async (machine: Machine, site: string): Promise<number> =>
  Number(await machine.run('cat', notesOf(site)));
