import type { Socket } from 'node:net';
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { Bus, type BusOptions } from '../../src/adapters/dbus.ts';
import { makeSystemd } from '../../src/adapters/systemd.ts';
import { failure } from '../fakes/failure.ts';
import { answerBytes, bytesOf, text, u32 } from './bus-bytes.ts';
import { type BusClient, type BusMessage, type BusScript, listenBus, variant } from './bus-server.ts';
import { listenRaw } from './fastcgi-server.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const SYSTEMD = 'org.freedesktop.systemd1';
const ASK = {
  ...{ destination: SYSTEMD, path: '/org/freedesktop/systemd1', interface: `${SYSTEMD}.Manager`, member: 'Ask' },
  answer: 's',
};
const RULE = { sender: SYSTEMD, path: ASK.path, interface: ASK.interface, member: 'JobRemoved', signature: 'uoss' };
const DEADLINE_MS = 200;
const MEBIBYTE = 1024 * 1024;

const busAt = (address: string, options: BusOptions = {}): Bus => {
  const bus = new Bus({ address, deadlineMs: DEADLINE_MS, ...options });
  cleanups.push(() => bus.close());
  return bus;
};

const withBus = async (script: BusScript, options?: BusOptions): Promise<Bus> => {
  const server = await listenBus(script);
  cleanups.push(() => server.close());
  return busAt(server.address, options);
};

/** Answers in bytes to each call to Ask, and as told to the others. */
const answering =
  (bytes: (serial: number) => Buffer): BusScript =>
  (call, client) =>
    call.member === 'Ask' ? client.say(bytes(call.serial ?? 0)) : client.answer(call, 's', 'well');

describe('an answer that cannot be read ends the connection, with words that say whose it is:', () => {
  it.each<[string, (serial: number) => Buffer, string]>([
    [
      'of an unknown type',
      replySerial => answerBytes({ replySerial, signature: 'z', body: u32(0) }),
      "'z' is no signature",
    ],
    [
      'of structures without anything',
      replySerial => answerBytes({ replySerial, signature: 'a()', body: u32(8) }),
      "'a()' is no signature",
    ],
    [
      'with an array that is longer than all',
      replySerial => answerBytes({ replySerial, signature: 'au', body: bytesOf(u32(2 ** 32 - 4), u32(1)) }),
      'it has an array that goes beyond its end',
    ],
    [
      'with a descriptor, which dbus-next would look for',
      replySerial => answerBytes({ replySerial, signature: 'h', body: u32(0) }),
      "'h' is no signature",
    ],
  ])('%s', async (_, bytes, reason) => {
    const bus = await withBus(answering(bytes));
    const [first, other] = await Promise.all([failure(bus.call(ASK)), failure(bus.call({ ...ASK, member: 'Never' }))]);
    expect(first).toMatchObject({ code: 'bus-broken', facts: { who: 'systemd', reason } });
    expect(other).toEqual(first);
    expect(await bus.call({ ...ASK, member: 'Again' })).toEqual(['well']);
  });

  it.each<[string, Buffer, string]>([
    ['4 GiB that are announced', answerBytes({ bodyLength: 2 ** 32 - 8 }), 'it has more than 16 MiB'],
    ['no message', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), 'it is no message of D-Bus'],
  ])('%s, where the bus is named, since nobody knows whose it is', async (_, bytes, reason) => {
    const bus = await withBus(answering(() => bytes));
    expect(await failure(bus.call(ASK))).toMatchObject({ code: 'bus-broken', facts: { who: 'the bus', reason } });
  });

  it('and tells those who listen', async () => {
    const bus = await withBus(answering(() => answerBytes({ signature: 'z' })));
    const losses: unknown[] = [];
    await bus.listen(RULE, { heard: () => {}, lost: error => losses.push(error) });
    await failure(bus.call(ASK));
    expect(losses).toMatchObject([{ code: 'bus-broken' }]);
  });

  it('of names that are none', async () => {
    const bad = bytesOf(Buffer.from([3, 1]), 's', 1, text('no.member'));
    const bus = await withBus(answering(replySerial => answerBytes({ replySerial, fields: [bad] })));
    expect(await failure(bus.call(ASK))).toMatchObject({ code: 'bus-broken', facts: { who: 'systemd' } });
  });
});

describe('an answer of another kind than was asked for', () => {
  it('fails its call, and no other', async () => {
    const bus = await withBus(answering(replySerial => answerBytes({ replySerial, signature: 'u', body: u32(1) })));
    const [error, other] = await Promise.all([failure(bus.call(ASK)), bus.call({ ...ASK, member: 'Other' })]);
    expect(error).toMatchObject({
      code: 'bus-broken',
      facts: { who: 'systemd', reason: "the answer to Ask is of the types 'u', not 's'" },
    });
    expect(other).toEqual(['well']);
  });

  it('is an error, too, whose text is none', async () => {
    const refusal = (replySerial: number) =>
      answerBytes({ type: 3, replySerial, signature: 'u', body: u32(1), fields: [named] });
    const named = bytesOf(Buffer.from([4, 1]), 's', 1, text('org.example.No'));
    const bus = await withBus(answering(refusal));
    await expect(bus.call(ASK)).rejects.toMatchObject({ name: 'BusRefusal', errorName: 'org.example.No', message: '' });
  });

  it('is a property, too', async () => {
    const dict = { toString: variant('s', 'x'), valueOf: variant('s', 'y') };
    const { systemd } = await withSystemd({ ActiveState: variant('a{sv}', dict) });
    expect(await failure(systemd.unit('a.service'))).toMatchObject({
      code: 'bus-broken',
      facts: { who: 'systemd', reason: "the property ActiveState is of the type 'a{sv}', not 's'" },
    });
  });

  it('is a property, too, that is a time beyond all calendars', async () => {
    const { systemd } = await withSystemd({ ActiveEnterTimestamp: variant('t', 2n ** 64n - 2n) });
    expect(await failure(systemd.unit('a.service'))).toMatchObject({
      code: 'bus-broken',
      facts: { who: 'systemd', reason: 'the property ActiveEnterTimestamp is 18446744073709551614' },
    });
  });

  it('is a signal, too', async () => {
    const bus = await withBus((call, client) => {
      client.answer(call, 's', 'well');
      client.signal(RULE.path, RULE.interface, RULE.member, { signature: 's', body: ['done'] });
    });
    const lost = new Promise(resolve => void bus.listen(RULE, { heard: () => {}, lost: resolve }));
    await bus.call(ASK);
    expect(await lost).toMatchObject({
      code: 'bus-broken',
      facts: { who: 'systemd', reason: "the signal JobRemoved is of the types 's', not 'uoss'" },
    });
  });
});

const withSystemd = async (properties: Readonly<Record<string, object>>) => {
  const server = await listenBus((call, client) =>
    call.member === 'GetAll' ? client.answer(call, 'a{sv}', properties) : client.answer(call, 'o', '/a'),
  );
  const systemd = makeSystemd({ address: server.address, deadlineMs: DEADLINE_MS });
  cleanups.push(
    () => server.close(),
    () => systemd.close(),
  );
  return { systemd };
};

const byByte = async (client: BusClient, bytes: Buffer, between: () => Promise<unknown>): Promise<void> => {
  for (const byte of bytes) {
    client.say(Buffer.from([byte]));
    await between();
  }
};

const forEver = async (client: BusClient, bytes: () => Buffer): Promise<void> => {
  for (const until = Date.now() + 20 * DEADLINE_MS; Date.now() < until; await turn()) client.say(bytes());
};

describe('the deadline of a call holds against a bus that', () => {
  const outcome = async (script: BusScript) => {
    const bus = await withBus(script);
    const from = Date.now();
    const error = await failure(bus.call(ASK));
    return { error, ms: Date.now() - from };
  };
  const deadline = { code: 'deadline', facts: { what: 'the answer to Ask over D-Bus', ms: DEADLINE_MS } };
  const good = (call: BusMessage) => answerBytes({ replySerial: call.serial, signature: 's', body: text('late') });

  it.each<[string, BusScript]>([
    ['says nothing', () => {}],
    ['begins to answer, and ends in the middle', (call, client) => client.say(good(call).subarray(0, -1))],
    ['begins with a header, and ends there', (call, client) => client.say(good(call).subarray(0, 16))],
    [
      'answers a byte now and then',
      (call, client) => {
        const bytes = answerBytes({ replySerial: call.serial, signature: 's', body: text('x'.repeat(10_000)) });
        void byByte(client, bytes, () => pause(1));
      },
    ],
    [
      'answers what nobody asked',
      (_, client) => forEver(client, () => answerBytes({ replySerial: 4711, signature: 's', body: text('you?') })),
    ],
    [
      'floods with signals',
      (_, client) =>
        forEver(client, () => {
          client.signal(RULE.path, RULE.interface, RULE.member, { signature: 'uoss', body: [1, '/a', 'a', 'done'] });
          return Buffer.alloc(0);
        }),
    ],
  ])('%s', async (_, script) => {
    const { error, ms } = await outcome(script);
    expect(error).toMatchObject(deadline);
    expect(ms).toBeLessThan(10 * DEADLINE_MS);
  });

  it('closes in the middle: at once, and without waiting for it', async () => {
    const { error } = await outcome((call, client) => {
      client.say(good(call).subarray(0, 30));
      client.hangUp();
    });
    expect(error).toMatchObject({ code: 'bus-unavailable', facts: { reason: 'the bus closed the connection' } });
  });

  it('comes in bytes, and is whole in time', async () => {
    const bus = await withBus((call, client) => void byByte(client, good(call), turn), { deadlineMs: 5_000 });
    expect(await bus.call(ASK)).toEqual(['late']);
  });
});

describe('a message of the most that is read', () => {
  it('is read, in time and memory by its length, and however it is cut', async () => {
    const body = bytesOf(u32(15 * MEBIBYTE), 15 * MEBIBYTE);
    const bus = await withBus(
      answering(replySerial => answerBytes({ replySerial, signature: 'ay', body })),
      { deadlineMs: 20_000 },
    );
    const [before, cpu] = [process.memoryUsage().rss, process.cpuUsage()];
    const [bytes] = await bus.call({ ...ASK, answer: 'ay' });
    const { user, system } = process.cpuUsage(cpu);
    expect(bytes).toHaveLength(15 * MEBIBYTE);
    // Both ends are in this process.
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * MEBIBYTE);
    expect((user + system) / 1000).toBeLessThan(3_000);
  });
});

describe('who answers AUTH with', () => {
  const reasonOf = async (onConnection: (socket: Socket) => unknown) => {
    const server = await listenRaw(onConnection);
    cleanups.push(() => server.close());
    const error = await failure(busAt(`unix:path=${server.path}`).call({ ...ASK, deadlineMs: 5_000 }));
    return error;
  };
  const endless = (socket: Socket) => {
    const more = () => void (socket.writable && socket.write('x'.repeat(65_536), () => setImmediate(more)));
    more();
  };
  it.each<[string, (socket: Socket) => unknown, object]>([
    [
      'a line without end',
      endless,
      { code: 'bus-broken', facts: { reason: 'its answer to AUTH has more than 1024 bytes' } },
    ],
    ['a line of zeros', socket => socket.write(Buffer.alloc(4096)), { code: 'bus-broken', facts: { who: 'the bus' } }],
    [
      'something else',
      socket => socket.write('220 mail\x1b[2J ESMTP\r\n'),
      { code: 'bus-unavailable', facts: { reason: "it answers AUTH by '220 mail?[2J ESMTP'" } },
    ],
    [
      'an empty line',
      socket => socket.write('\n'),
      { code: 'bus-unavailable', facts: { reason: "it answers AUTH by ''" } },
    ],
    [
      'half a line',
      socket => socket.write('OK'),
      { code: 'deadline', facts: { what: 'the connection to D-Bus', ms: DEADLINE_MS } },
    ],
    [
      'OK, and then garbage',
      socket => socket.write('OK 1\r\ngarbage of more than sixteen bytes'),
      { code: 'bus-broken', facts: { reason: 'it is no message of D-Bus' } },
    ],
    [
      'OK, and then nothing',
      socket => socket.write('OK 1\r\n'),
      { code: 'deadline', facts: { what: 'the connection to D-Bus' } },
    ],
  ])('%s', async (_, onConnection, error) => {
    expect(await reasonOf(onConnection)).toMatchObject(error);
  });
});
