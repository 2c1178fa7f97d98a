import { chmod } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { makeBalancer } from '../../src/adapters/haproxy.ts';
import { bootMachine, type Machine, SUITES, type Suite } from '../lab/machine.ts';
import { type BalancerWorld, describeBalancer, until } from './balancer.ts';

/** Checks an hour apart: between two of them nothing changes but by what a test does. */
const CONFIGURATION = `
global
  stats socket /run/bal/admin.sock level admin mode 600 expose-fd listeners
  # As in units/haproxy.cfg. With two threads a former worker of 2.6 stayed for over a minute after its last connection, now and then.
  nbthread 1
  # As there, and longer: the former worker answers there too.
  grace 500
  maxconn 100
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
  default-server check inter 1h downinter 1h fastinter 1h
frontend shop
  bind unix@/run/bal/front.sock mode 666
  bind unix@/run/bal/side.sock mode 666 id 7
  # Who says nothing waits here.
  tcp-request inspect-delay 1h
  tcp-request content accept if { req.len gt 0 }
  use_backend shop:a if { so_id 7 }
  default_backend shop
backend shop
  server 1 unix@/run/bal/1.sock
  server 2 unix@/run/bal/2.sock
  server 3 unix@/run/bal/2.sock disabled
backend shop:a
  server 1 unix@/run/bal/1.sock
backend other
  server 1 unix@/run/bal/2.sock
`;

const START = [
  ...['systemd-run', '--quiet', '--unit=bal', '--property=Type=notify', '--property=KillMode=mixed'],
  ...['--property=SuccessExitStatus=143', '--property=ExecReload=/bin/kill -USR2 $MAINPID', '--collect'],
  ...['/usr/sbin/haproxy', '-Ws', '-f', '/run/bal/haproxy.cfg', '-S', '/run/bal/master.sock,mode,600'],
] as const;

/** A server that says hello on each connection. */
const serve = async (path: string): Promise<Server> => {
  const server = createServer(socket => {
    socket.on('error', () => {}); // HAProxy was killed
    socket.resume();
    socket.write('hello');
  });
  await new Promise<void>(resolve => server.listen(path, resolve));
  await chmod(path, 0o666);
  return server;
};

const hold = async (path: string): Promise<() => Promise<void>> => {
  const client: Socket = connect(path);
  client.write('a request');
  await new Promise((resolve, reject) => {
    client.once('data', resolve);
    client.on('error', reject); // after the answer: HAProxy was killed
    client.on('close', () => reject(new Error('it was closed without an answer')));
  });
  return async () => {
    client.destroy();
  };
};

/** Makes a request that waits; resolves once HAProxy counts it. */
const wait = async (path: string, countHeld: () => Promise<number>): Promise<() => Promise<void>> => {
  const before = await countHeld();
  const client: Socket = connect(path);
  let isLost = false;
  client.on('error', () => {}); // HAProxy was killed
  client.on('close', () => {
    isLost = true;
  });
  await until(async () => {
    if (isLost) throw new Error('it was closed without an answer');
    return (await countHeld()) > before;
  });
  return async () => {
    client.destroy();
  };
};

const lose = (path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const client = connect(path);
    client.write('a request');
    client.on('error', () => {}); // reset, or closed: it is lost
    client.on('data', () => reject(new Error('it was answered')));
    client.on('close', () => resolve());
  });

const makeWorld = async (machine: Machine): Promise<BalancerWorld> => {
  const run = `${machine.root}/run/bal`;
  await machine.write('/run/bal/haproxy.cfg', CONFIGURATION);
  const servers = [await serve(`${run}/1.sock`), await serve(`${run}/2.sock`)];
  const control = (command: string) =>
    machine.run('sh', '-c', `echo '${command}' | socat -t5 - UNIX-CONNECT:/run/bal/admin.sock`);
  let isStarted = false;
  const stop = async () => {
    if (isStarted) await machine.run('systemctl', 'stop', 'bal');
    isStarted = false;
  };
  const balancer = makeBalancer({ admin: `${run}/admin.sock`, master: `${run}/master.sock` });
  return {
    balancer,
    hold: () => hold(`${run}/front.sock`),
    holdOnSide: () => hold(`${run}/side.sock`),
    wait: () => wait(`${run}/front.sock`, () => balancer.held('shop')),
    lose: () => lose(`${run}/front.sock`),
    mark: async (server, health) => {
      await control(`set server shop/${server} health ${health}`);
    },
    reload: async () => {
      await machine.run('systemctl', 'reload', 'bal');
    },
    restart: async () => {
      await stop();
      await machine.run(...START);
      isStarted = true;
      await until(async () => (await balancer.workers()).length === 1 && (await balancer.version()) !== '');
    },
    stop,
    close: async () => {
      for (const server of servers) server.close();
      await machine.down();
    },
  };
};

const VERSION: Readonly<Record<Suite, string>> = { bookworm: 'HAProxy 2.6', trixie: 'HAProxy 3.0' };

for (const suite of SUITES) {
  describeBalancer(`${VERSION[suite]} of ${suite}`, async () =>
    makeWorld(await bootMachine(`bal-${suite}-${process.pid}`, suite)),
  );
}
