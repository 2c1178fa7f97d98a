import type { Machine } from '../lab/machine.ts';

/** Opens connections to a socket and keeps them, until it is ended; writes down how many were taken in. */
const HOARD = `const net = require('node:net');
const [, path, count] = process.argv;
let open = 0;
const next = () => {
  const socket = net.connect(path, () => { open += 1; if (open < Number(count)) setImmediate(next); });
  socket.on('error', () => setTimeout(next, 50));
};
for (let n = 0; n < 20; n += 1) next();
setInterval(() => require('node:fs').writeFileSync('/run/hoarded', String(open)), 200);`;

const UNIT = 'hoard';
/** What ends it. */
export const END_HOARD = ['systemctl', 'stop', UNIT] as const;

/** So many connections to a socket of the machine's, kept open by a service of that machine's. */
export const startHoard = async (machine: Machine, socket: string, count: number): Promise<void> => {
  const service = ['--quiet', '--collect', `--unit=${UNIT}`, '--property=LimitNOFILE=100000'];
  await machine.run('systemd-run', ...service, 'node', '-e', HOARD, socket, String(count));
};

/** How many were taken in so far. */
export const hoarded = async (machine: Machine): Promise<number> => Number(await machine.run('cat', '/run/hoarded'));
