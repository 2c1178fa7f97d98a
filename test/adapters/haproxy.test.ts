import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeBalancer } from '../../src/adapters/haproxy.ts';
import { failure } from '../fakes/failure.ts';

let directory: string;
let servers: Server[];
beforeEach(async () => {
  directory = await mkdtemp(`${tmpdir()}/haproxy-`);
  servers = [];
});
afterEach(async () => {
  for (const server of servers) server.close();
  await rm(directory, { recursive: true });
});

/** A server that listens in HAProxy's place. */
const listen = async (name: string, onCommand: (socket: Socket, command: string) => void): Promise<string> => {
  const path = `${directory}/${name}.sock`;
  const server = createServer({ allowHalfOpen: true }, socket => {
    socket.on('error', () => {}); // we went away first
    socket.once('data', command => onCommand(socket, command.toString()));
  });
  servers.push(server);
  await new Promise<void>(resolve => server.listen(path, resolve));
  return path;
};

const INFO = 'Name: HAProxy\nStopping: 0\n\n';
const LEAVING = INFO.replace('0', '1');

describe('after a reload, while two workers take connections, what counts', () => {
  it('is the answer of the one that stays', async () => {
    const answers = [`\n${LEAVING}`, `\n${LEAVING}`, `\n${INFO}`];
    const admin = await listen('admin', socket => socket.end(answers.shift() ?? ''));
    await makeBalancer({ admin }).drain('shop', '1');
    expect(answers).toEqual([]);
  });

  it('is none where only one answers, and that one stops', async () => {
    const admin = await listen('admin', socket => socket.end(`\n${LEAVING}`));
    const draining = makeBalancer({ admin, deadlineMs: 50 }).drain('shop', '1');
    expect(await failure(draining)).toMatchObject({
      code: 'balancer-unreachable',
      facts: { reason: 'only a process that stops answers' },
    });
  });
});

describe('a balancer that does not answer as it should is unreachable', () => {
  it.each([
    ['never ends', Buffer.alloc(65_536, 'x'), 'its answer is longer than 33554432 characters'],
    ['is nothing but ends', Buffer.alloc(65_536, '\n'), 'its answer is longer than 33554432 characters'],
  ])('when its answer %s, and costs no more than that', async (_, bytes, reason) => {
    const admin = await listen('admin', socket => {
      const more = () => {
        while (socket.writable && socket.write(bytes));
      };
      socket.on('drain', more);
      more();
    });
    const before = process.memoryUsage().rss;
    expect(await failure(makeBalancer({ admin }).version())).toMatchObject({ facts: { socket: admin, reason } });
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
  });

  it('when it answers much more than it was asked, and costs no time', async () => {
    const admin = await listen('admin', socket => socket.end('\n'.repeat(1_000_000)));
    const from = performance.now();
    expect(await failure(makeBalancer({ admin }).version())).toMatchObject({ facts: { reason: 'its answer is cut' } });
    expect(performance.now() - from).toBeLessThan(2_000);
  });

  it.each([
    ['closes without a word', '', 'it closed the connection'],
    ['is cut in the middle of an answer', '2.6.12', 'its answer is cut'],
    ['is cut before the blank line', '2.6.12\n', 'its answer is cut'],
  ])('when it %s', async (_, answer, reason) => {
    const admin = await listen('admin', socket => socket.end(answer));
    expect(await failure(makeBalancer({ admin }).version())).toMatchObject({
      code: 'balancer-unreachable',
      facts: { socket: admin, reason },
    });
  });

  it('when it takes too long', async () => {
    const admin = await listen('admin', () => {});
    expect(await failure(makeBalancer({ admin, deadlineMs: 20 }).version())).toMatchObject({
      code: 'balancer-unreachable',
      facts: { socket: admin, reason: 'no answer in 20 ms' },
    });
  });

  it('when its socket is not there', async () => {
    const admin = `${directory}/not.sock`;
    expect(await failure(makeBalancer({ admin }).version())).toMatchObject({
      code: 'balancer-unreachable',
      facts: { socket: admin, reason: 'ENOENT' },
    });
  });

  it('when the path of its socket is longer than the kernel takes', async () => {
    const admin = `/${'x'.repeat(107)}`;
    expect(await failure(makeBalancer({ admin }).version())).toMatchObject({
      code: 'balancer-unreachable',
      facts: { socket: admin, reason: 'ENAMETOOLONG' },
    });
  });
});

describe('a switch', () => {
  it('is one line, in which nobody but the first new server and the last old one serve at a time', async () => {
    const lines: string[] = [];
    const admin = await listen('admin', (socket, line) => {
      lines.push(line);
      socket.end(`\n\n\n\n\n\n${INFO}`);
    });
    await makeBalancer({ admin }).switch('shop', { ready: ['3', '4'], drain: ['1', '2'] });
    const states = ['2 state drain', '3 state ready', '1 state drain', '4 state ready'];
    const commands = [...states, '1 weight 100%', '2 weight 100%'];
    const sets = commands.map(command => `set server shop/${command}`);
    expect(lines).toEqual([`${[...sets, 'show info'].join(';')}\n`]);
  });

  it('is refused when any of its commands is', async () => {
    const admin = await listen('admin', socket => socket.end(`\nNo such server.\n\n\n${INFO}`));
    const switching = makeBalancer({ admin }).switch('shop', { ready: ['3'], drain: ['1'] });
    expect(await failure(switching)).toMatchObject({
      code: 'balancer-refused',
      facts: { command: 'set server shop/1 state drain', answer: 'No such server.' },
    });
  });

  it('of nothing asks nothing', async () => {
    await makeBalancer({ admin: `${directory}/not.sock` }).switch('shop', { ready: [], drain: [] });
  });
});

describe('the load while workers come and go', () => {
  const PROC = '#<PID>  <type>  <reloads>\n1  master  1\n# workers\n20  worker  0\n';
  const OLD = '# old workers\n10  worker  1\n';
  const stat = (sessions: number) => `# pxname,svname,qcur,scur,status\nshop,1,2,${sessions},UP\n\n`;
  const STATE = '1\n# be_id be_name srv_name srv_op_state srv_admin_state srv_uweight\n3 shop 1 2 0 1\n\n';
  const listenAdmin = (pid: number) =>
    listen('admin', socket => socket.end(`${STATE}Name: HAProxy\nPid: ${pid}\n\n${stat(1)}${INFO}`));

  it('a former worker that ended since it was listed counts 0', async () => {
    const lists = [`${PROC}${OLD}\n`];
    const master = await listen('master', (socket, command) =>
      socket.end(command.startsWith('show proc') ? (lists.shift() ?? `${PROC}\n`) : "Can't find the target PID\n"),
    );
    const balancer = makeBalancer({ admin: await listenAdmin(20), master });
    expect(await balancer.sessions('shop', '1')).toEqual({ sessions: 3, worker: 20 });
  });

  it('a former worker that is there and does not answer makes the load unknown', async () => {
    const master = await listen('master', (socket, command) =>
      socket.end(command.startsWith('show proc') ? `${PROC}${OLD}\n` : '# pxname,svn'),
    );
    const balancer = makeBalancer({ admin: await listenAdmin(20), master });
    expect(await failure(balancer.sessions('shop', '1'))).toMatchObject({ code: 'balancer-unreachable' });
  });

  it('a worker that a reload replaced after it was listed is asked as a former one', async () => {
    const asked: string[] = [];
    const master = await listen('master', (socket, command) => {
      asked.push(command.trim());
      socket.end(command.startsWith('show proc') ? `${PROC}\n` : stat(5));
    });
    const balancer = makeBalancer({ admin: await listenAdmin(30), master });
    expect(await balancer.sessions('shop', '1')).toEqual({ sessions: 10, worker: 30 });
    expect(asked).toEqual(['show proc', '@!20 show stat -1 4 -1']);
  });
});
