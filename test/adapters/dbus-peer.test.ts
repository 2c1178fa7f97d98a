import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DAEMON } from '../../src/adapters/dbus-connection.ts';
import { Peer } from '../../src/adapters/dbus-peer.ts';
import { makeSystemd } from '../../src/adapters/systemd.ts';
import { failure } from '../fakes/failure.ts';
import { type BusClient, type BusMessage, type BusScript, listenBus, serveBus, variant } from './bus-server.ts';

const PATH = '/org/freedesktop/systemd1';
const MANAGER = 'org.freedesktop.systemd1.Manager';
const to = (member: string) => ({
  destination: 'org.freedesktop.systemd1',
  path: PATH,
  interface: MANAGER,
  member,
  answer: '',
});
const HAS_OWNER = {
  ...DAEMON,
  member: 'NameHasOwner',
  signature: 's',
  body: ['org.freedesktop.systemd1'],
  answer: 'b',
};
const OWNER_CHANGED = { sender: DAEMON.destination, ...DAEMON, member: 'NameOwnerChanged', signature: 'sss' };
const SAID = { sender: 'org.freedesktop.systemd1', path: PATH, interface: MANAGER, member: 'Said', signature: 's' };

let directory = '';
let service: Service | undefined;
const cleanups: (() => unknown)[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'php-zd-'));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await service?.end();
  service = undefined;
  await rm(directory, { recursive: true });
});

interface Service {
  readonly calls: readonly BusMessage[];
  /** The connection made last. */
  client(): BusClient | undefined;
  end(): Promise<void>;
}

/** A service that answers each call but `Keep`, which it keeps. */
const serve = async (): Promise<Service> => {
  const sockets = new Set<Socket>();
  const calls: BusMessage[] = [];
  let last: BusClient | undefined;
  const script: BusScript = (call, client) => {
    calls.push(call);
    last = client;
    if (call.member !== 'Keep') client.answer(call);
  };
  const server: Server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => {});
    serveBus(socket, script);
  });
  server.listen(join(directory, 's'));
  await once(server, 'listening');
  return {
    calls,
    client: () => last,
    end: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
};

const atPeer = async (deadlineMs = 5_000): Promise<Peer> => {
  service = await serve();
  const peer = await Peer.at(`unix:path=${join(directory, 's')}`, { deadlineMs });
  if (peer === undefined) throw new Error('nobody is there');
  cleanups.push(() => peer.close());
  return peer;
};

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise(resolve => setTimeout(resolve, 5));
};

const hearing = () => {
  const heard: unknown[] = [];
  const lost: unknown[] = [];
  return {
    heard,
    lost,
    listener: {
      heard: (body: readonly unknown[]) => void heard.push(body),
      lost: (error: unknown) => void lost.push(error),
    },
  };
};

describe('a service without a bus', () => {
  it('is told nothing that only a bus would know', async () => {
    const peer = await atPeer();
    const { listener } = hearing();
    const stop = await peer.listen(SAID, listener);
    await peer.call(to('Do'));
    stop();
    await peer.call(to('Do'));
    expect(service?.calls.map(({ member }) => member)).toEqual(['Do', 'Do']);
  });

  it('is heard where it is listened to, and what else it says is not read', async () => {
    const peer = await atPeer();
    const { listener, heard } = hearing();
    await peer.listen(SAID, listener);
    await peer.call(to('Do'));
    const client = service?.client();
    client?.signal(PATH, MANAGER, 'Other', { signature: 'a{sv}', body: [{ a: variant('s', 'b') }] });
    client?.signal(`${PATH}/unit/a`, MANAGER, 'Said', { signature: 's', body: ['elsewhere'] });
    client?.signal(PATH, MANAGER, 'Said', { signature: 's', body: ['here'] });
    await until(() => heard.length > 0);
    expect(heard).toEqual([['here']]);
  });

  it('that goes away ends its calls as a bus would, and is there again when it is', async () => {
    const peer = await atPeer();
    const back = hearing();
    await peer.listen(OWNER_CHANGED, back.listener);
    const kept = peer.call(to('Keep'));
    await until(() => service?.calls.length === 1);
    const ended = expect(kept).rejects.toMatchObject({ errorName: 'org.freedesktop.DBus.Error.NoReply' });
    await service?.end();
    await ended;
    expect(await peer.call(HAS_OWNER)).toEqual([false]);
    service = await serve();
    await until(() => back.heard.length > 0);
    expect(await peer.call(HAS_OWNER)).toEqual([true]);
    expect(await peer.call(to('Do'))).toEqual([]);
  });

  it('that goes away is listened to again when it is back, which those learn who asked for that', async () => {
    const peer = await atPeer();
    const [said, back, late] = [hearing(), hearing(), hearing()];
    await peer.listen(SAID, said.listener);
    await peer.listen(OWNER_CHANGED, back.listener);
    await peer.call(to('Do'));
    await service?.end();
    const listens = peer.listen({ ...SAID, member: 'Later' }, late.listener);
    service = await serve();
    await listens;
    await until(() => back.heard.length > 0);
    expect(back.heard).toEqual([['', '', 'there']]);
    await peer.call(to('Do'));
    service.client()?.signal(PATH, MANAGER, 'Said', { signature: 's', body: ['again'] });
    service.client()?.signal(PATH, MANAGER, 'Later', { signature: 's', body: ['too'] });
    await until(() => late.heard.length > 0);
    expect([said.heard, late.heard]).toEqual([[['again']], [['too']]]);
    expect([said.lost, back.lost, late.lost]).toEqual([[], [], []]);
  });

  it('that stays away is lost to all who listen, after its time', async () => {
    const peer = await atPeer(100);
    const [said, back] = [hearing(), hearing()];
    await peer.listen(SAID, said.listener);
    await peer.listen(OWNER_CHANGED, back.listener);
    await service?.end();
    await until(() => back.lost.length > 0);
    expect(said.lost).toEqual([expect.objectContaining({ code: 'bus-unavailable' })]);
  });

  it('once closed is of no use, and those who listen learn it', async () => {
    const peer = await atPeer();
    const { listener, lost } = hearing();
    await peer.listen(SAID, listener);
    peer.close();
    await until(() => lost.length > 0);
    expect(await failure(peer.call(to('Do')))).toMatchObject({ code: 'bus-unavailable', facts: { reason: 'closed' } });
  });
});

it('where nobody is at its own socket systemd is asked over the bus', async () => {
  const bus = await listenBus((call, client) => client.answer(call, 'v', variant('s', '257.9')));
  const systemd = makeSystemd({ address: bus.address, peer: join(directory, 's') });
  cleanups.push(
    () => bus.close(),
    () => systemd.close(),
  );
  expect(await systemd.version()).toBe(257);
});
