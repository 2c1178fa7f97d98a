import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { makeAcceptQueue } from '../../src/adapters/accept-queue.ts';
import { makeCommands } from '../../src/adapters/commands.ts';
import { makeFiles } from '../../src/adapters/files.ts';
import { failure } from '../fakes/failure.ts';
import { bootMachine, labCommand, type Machine, SUITES } from '../lab/machine.ts';
import { describeAcceptQueue } from './accept-queue.ts';

/** Listens on a socket whose service starts with the first connection and does not accept it. */
const listen = async (machine: Machine, name: string): Promise<string> => {
  const path = `/run/queue/${name}.sock`;
  const property = `--socket-property=ListenStream=${path}`;
  await machine.run('systemd-run', '--quiet', `--unit=queue-${name}`, property, 'sleep', 'infinity');
  return path;
};

/** ss of this host in the machine's network. */
const enter = (machine: Machine): readonly string[] => labCommand('net', machine.name);

for (const suite of SUITES) {
  describeAcceptQueue(`ss of this host, a kernel's sockets in ${suite}`, async () => {
    const machine = await bootMachine(`bal-queue-${suite}-${process.pid}`, suite);
    const clients: Socket[] = [];
    const socket = await listen(machine, 'a');
    return {
      queue: makeAcceptQueue({ commands: makeCommands(), files: makeFiles(machine.root), prefix: enter(machine) }),
      socket,
      other: await listen(machine, 'b'),
      waitElsewhere: async count => {
        const code = `$s = stream_socket_server("unix://${socket}"); for ($n = 0; $n < ${count}; $n++) $c[] = stream_socket_client("unix://${socket}"); exec("systemd-notify --ready"); sleep(3600);`;
        const elsewhere = `mount -t tmpfs none /run/queue && exec php -r '${code}'`;
        const notify = ['--service-type=notify', '--property=NotifyAccess=all'];
        await machine.run('systemd-run', '--quiet', ...notify, 'unshare', '--mount', 'sh', '-c', elsewhere);
      },
      listenByAnotherPath: async () => {
        await machine.run('mkdir', '/run/real');
        await machine.run('ln', '-s', 'real', '/run/linked');
        const property = '--socket-property=ListenStream=/run/linked/c.sock';
        await machine.run('systemd-run', '--quiet', '--unit=queue-c', property, 'sleep', 'infinity');
        return '/run/real/c.sock';
      },
      forsake: async () => {
        const path = '/run/queue/d.sock';
        const server = `$s = stream_socket_server("unix://${path}");`;
        await machine.run('php', '-r', server);
        const elsewhere = `mount -t tmpfs none /run/queue && exec php -r '${server} exec("systemd-notify --ready"); sleep(3600);'`;
        const notify = ['--service-type=notify', '--property=NotifyAccess=all'];
        await machine.run('systemd-run', '--quiet', ...notify, 'unshare', '--mount', 'sh', '-c', elsewhere);
        return path;
      },
      wait: async count => {
        for (let index = 0; index < count; index += 1) {
          const client = connect(machine.root + socket);
          clients.push(client);
          await once(client, 'connect');
        }
      },
      close: async () => {
        for (const client of clients) client.destroy();
        await machine.down();
      },
    };
  });
}

it('where ss cannot ask the kernel for the queues, they are not known', async () => {
  const machine = await bootMachine(`bal-queue-${process.pid}`, 'bookworm');
  const socket = await listen(machine, 'a');
  const prefix = [...enter(machine), 'env', 'PROC_NET_UNIX=/proc/net/unix'];
  const blind = makeAcceptQueue({ commands: makeCommands(), files: makeFiles(machine.root), prefix });
  const error = await failure(blind.waiting(socket));
  await machine.down();
  expect(error).toMatchObject({ code: 'command-failed', facts: { output: expect.stringContaining('queues') } });
});
