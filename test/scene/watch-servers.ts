import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { Machine } from '../lab/machine.ts';
import type { Scene } from './scene.ts';

const INTERVAL_MS = 3;
const RUNNING = '2';
/** Bits of srv_admin_state: any kind of maintenance or drain (HAProxy's management guide, `show servers state`). */
const OUT_OF_WORK = 0x01 | 0x02 | 0x08 | 0x10 | 0x20;

/** The numbers of the servers that take requests in HAProxy's eyes, at each look at them while the work is done. */
export const watchServers = async (
  { machine, site }: Scene,
  work: () => Promise<void>,
): Promise<readonly (readonly number[])[]> => {
  const looks: (readonly number[])[] = [];
  const over = new AbortController();
  const look = async () => {
    for (; !over.signal.aborted; await setTimeout(INTERVAL_MS)) {
      looks.push(await serversUp(machine, site.name));
    }
  };
  await Promise.all([look(), work().finally(() => over.abort())]);
  return looks;
};

const ask = (path: string, command: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(path, () => socket.write(`${command}\n`));
    socket.setEncoding('utf8').on('data', text => {
      answer += text;
    });
    socket.on('error', reject);
    socket.on('end', () => resolve(answer));
  });

/** The numbers of a site's servers that take requests, by HAProxy's socket itself: no process is started for it. */
export const serversUp = async ({ root }: Machine, site: string): Promise<readonly number[]> => {
  const state = await ask(`${root}/run/php-zd/haproxy/admin.sock`, `show servers state ${site}`);
  return state
    .split('\n')
    .map(line => line.split(' '))
    .filter(
      ([, backend, , , , operation, admin]) =>
        backend === site && operation === RUNNING && !(Number(admin) & OUT_OF_WORK),
    )
    .map(([, , , name]) => Number(name));
};
