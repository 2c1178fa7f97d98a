import { afterEach, describe, expect, it } from 'vitest';
import { Bus, type BusOptions } from '../../src/adapters/dbus.ts';
import { BusRefusal, type SignalListener } from '../../src/adapters/dbus-connection.ts';
import { isError } from '../../src/base/errors.ts';
import { failure } from '../fakes/failure.ts';
import { type BusMessage, type BusScript, type FakeBus, listenBus, REFUSED_ONCE, UNANSWERED } from './bus-server.ts';
import { type FakeServer, listenRaw } from './fastcgi-server.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const busAt = (address: string, options: BusOptions = {}): Bus => {
  const bus = new Bus({ address, ...options });
  cleanups.push(() => bus.close());
  return bus;
};

const withBus = async (script: BusScript, options: BusOptions = {}, onHello?: BusScript) => {
  const server: FakeBus = await listenBus(script, onHello);
  cleanups.push(() => server.close());
  return { server, bus: busAt(server.address, options) };
};

const to = (member: string, ...body: readonly string[]) => ({
  destination: 'org.freedesktop.systemd1',
  path: '/org/freedesktop/systemd1',
  interface: 'org.freedesktop.systemd1.Manager',
  member,
  signature: 's'.repeat(body.length),
  body,
  answer: 's'.repeat(body.length),
});

const echo: BusScript = (call, client) => client.answer(call, call.signature, ...(call.body ?? []));
const silence: BusScript = () => {};

describe('a call over the bus', () => {
  it('resolves with the body of its answer, whatever the order of the answers', async () => {
    const calls: BusMessage[] = [];
    const { bus } = await withBus((call, client) => {
      if (calls.push(call) === 3) for (const earlier of calls.reverse()) echo(earlier, client);
    });
    const answers = await Promise.all(['a', 'b', 'ü'].map(text => bus.call(to('Echo', text))));
    expect(answers).toEqual([['a'], ['b'], ['ü']]);
  });

  it('rejects with the name of the error that answers it', async () => {
    const { bus } = await withBus((call, client) => client.refuse(call, 'org.example.No', 'not today'));
    const error = await bus.call(to('Try')).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(BusRefusal);
    expect(error).toMatchObject({ errorName: 'org.example.No', message: 'not today' });
  });

  it('meets its deadline, and the connection is as good as before', async () => {
    const { bus } = await withBus((call, client) => call.member === 'Echo' && echo(call, client));
    expect(await failure(bus.call({ ...to('Never'), deadlineMs: 20 }))).toMatchObject({
      code: 'deadline',
      facts: { what: 'the answer to Never over D-Bus', ms: 20 },
    });
    expect(await bus.call(to('Echo', 'a'))).toEqual(['a']);
  });

  it('is aborted by its signal, or not sent at all', async () => {
    const control = new AbortController();
    const { bus, server } = await withBus(() => control.abort('enough'));
    const aborted = { code: 'aborted', cause: 'enough' };
    expect(await failure(bus.call({ ...to('Never'), signal: control.signal }))).toMatchObject(aborted);
    expect(await failure(bus.call({ ...to('Again'), signal: control.signal }))).toMatchObject(aborted);
    expect(server.calls.map(call => call.member)).toEqual(['Never']);
  });

  it('that cannot be marshalled fails alone', async () => {
    const { bus } = await withBus(echo);
    await expect(bus.call({ ...to('Echo'), signature: 'ss', body: ['one'] })).rejects.toThrow(
      'Expected 2 body elements',
    );
    expect(await bus.call(to('Echo', 'a'))).toEqual(['a']);
  });

  it('waits while a hundred others are unanswered', async () => {
    const unanswered: (() => void)[] = [];
    let most = 0;
    const { bus } = await withBus((call, client) => {
      most = Math.max(
        most,
        unanswered.push(() => echo(call, client)),
      );
      if (unanswered.length === 100 || call.body?.[0] === '249') for (const go of unanswered.splice(0)) go();
    });
    const texts = Array.from({ length: 250 }, (_, index) => String(index));
    expect(await Promise.all(texts.map(text => bus.call(to('Echo', text))))).toEqual(texts.map(text => [text]));
    expect(most).toBe(100);
  });

  it('that waited in vain for its turn is never sent', async () => {
    const held: (() => void)[] = [];
    let isHolding = true;
    const { bus, server } = await withBus((call, client) =>
      isHolding ? void held.push(() => echo(call, client)) : echo(call, client),
    );
    const first = Array.from({ length: 100 }, () => bus.call(to('Echo', 'a')));
    expect(await failure(bus.call({ ...to('Late'), deadlineMs: 20 }))).toMatchObject({ code: 'deadline' });
    isHolding = false;
    for (const go of held) go();
    await Promise.all(first);
    // The aborted call would have been sent before this one.
    await bus.call(to('Echo', 'b'));
    expect(server.calls.filter(call => call.member === 'Late')).toEqual([]);
  });

  it.each([
    [true, 4],
    [false, 0],
  ])('when somebody can be asked for a password is %s has the flags %d', async (isInteractive, flags) => {
    const { bus, server } = await withBus(echo, { isInteractive });
    await bus.call(to('Echo', 'a'));
    expect(server.calls[0]?.flags).toBe(flags);
  });
});

describe('a bus is unavailable', () => {
  const reasonAt = async (address: string, options: BusOptions = {}) => {
    const error = await failure(busAt(address, options).call(to('Echo', 'a')));
    if (!isError(error, 'bus-unavailable')) throw error;
    expect(error.facts.address).toBe(address);
    return error.facts.reason;
  };

  it('when there is no socket', async () => {
    expect(await reasonAt('unix:path=/nowhere/s')).toBe('ENOENT');
  });

  it('when its address is none', async () => {
    expect(await reasonAt('smoke:signals=yes')).toBe('its address is not that of a socket');
  });

  it.each<[string, Parameters<typeof listenRaw>[0], string]>([
    ['hangs up at once', socket => socket.destroy(), ''],
    ['does not know us', socket => socket.end('REJECTED EXTERNAL\r\n'), "it answers AUTH by 'REJECTED EXTERNAL'"],
  ])('when it %s', async (_, onConnection, reason) => {
    const server: FakeServer = await listenRaw(onConnection);
    cleanups.push(() => server.close());
    expect(await reasonAt(`unix:path=${server.path}`)).toContain(reason);
  });

  it('when it is full, and says so', async () => {
    const full = 'org.freedesktop.DBus.Error.LimitsExceeded';
    const server = await listenBus(silence, (call, client) => client.refuse(call, full));
    cleanups.push(() => server.close());
    expect(await reasonAt(server.address)).toBe(full);
  });

  it('for every call that waits when it goes away, at once', async () => {
    const { bus } = await withBus((call, client) => call.member === 'Last' && client.hangUp());
    const calls = ['First', 'Second', 'Last'].map(member => failure(bus.call(to(member))));
    for (const error of await Promise.all(calls)) {
      expect(error).toMatchObject({ code: 'bus-unavailable', facts: { reason: 'the bus closed the connection' } });
    }
  });

  it('no longer when it is back', async () => {
    const { bus } = await withBus((call, client) => (call.member === 'Die' ? client.hangUp() : echo(call, client)));
    await failure(bus.call(to('Die')));
    expect(await bus.call(to('Echo', 'a'))).toEqual(['a']);
  });

  it('once it was closed, whether it was open or not', async () => {
    const { bus } = await withBus(silence);
    const waiting = failure(bus.call(to('Never')));
    const unused = busAt('unix:path=/nowhere/s');
    for (const closed of [bus, unused]) closed.close();
    const facts = { reason: 'closed' };
    expect(await waiting).toMatchObject({ code: 'bus-unavailable', facts });
    expect(await failure(unused.call(to('Echo', 'a')))).toMatchObject({ code: 'bus-unavailable', facts });
  });
});

describe('a bus that says nothing', () => {
  it('meets the deadline of connecting', async () => {
    const server = await listenRaw(() => {});
    cleanups.push(() => server.close());
    const bus = busAt(`unix:path=${server.path}`, { deadlineMs: 20 });
    expect(await failure(bus.call({ ...to('Echo'), deadlineMs: 5000 }))).toMatchObject({
      code: 'deadline',
      facts: { what: 'the connection to D-Bus', ms: 20 },
    });
  });
});

const RULE = {
  sender: 'org.freedesktop.systemd1',
  path: '/org/freedesktop/systemd1',
  interface: 'org.freedesktop.systemd1.Manager',
  member: 'JobRemoved',
  signature: 's',
} as const;

/** A bus that sends, when it is asked to, the signal that RULE is about. */
const signalling =
  (sender?: string): BusScript =>
  (call, client) => {
    const { path, interface: iface, member } = RULE;
    if (call.member === 'Signal') {
      client.signal(path, iface, member, { signature: 's', body: call.body ?? [], ...(sender && { sender }) });
    }
    echo(call, client);
  };

const listener = (heard: SignalListener['heard'] = () => {}) => {
  const bodies: unknown[] = [];
  const losses: unknown[] = [];
  return {
    bodies,
    losses,
    heard: (body: readonly unknown[]) => {
      bodies.push(...body);
      heard(body);
    },
    lost: (error: unknown) => losses.push(error),
  };
};

describe('a signal', () => {
  it('is heard by each listener whose rule fits, until it stops listening', async () => {
    const { bus } = await withBus(signalling());
    const [one, two, other, elsewhere] = [listener(), listener(), listener(), listener()] as const;
    const stop = await bus.listen(RULE, one);
    await bus.listen({ ...RULE, arg0: 'a' }, two);
    await bus.listen({ ...RULE, member: 'JobNew' }, other);
    await bus.listen({ ...RULE, path: '/elsewhere' }, elsewhere);
    await bus.call(to('Introduce'));
    await bus.call(to('Signal', 'a'));
    await bus.call(to('Signal', 'b'));
    stop();
    stop();
    await bus.call(to('Signal', 'a'));
    expect([one, two, other, elsewhere].map(({ bodies }) => bodies)).toEqual([['a', 'b'], ['a', 'a'], [], []]);
  });

  it('that the bus does not promise to tell of is not waited for without end', async () => {
    const { bus } = await withBus(signalling(), { deadlineMs: 20 });
    const listening = bus.listen({ ...RULE, member: UNANSWERED }, listener());
    expect(await failure(listening)).toMatchObject({ code: 'deadline', facts: { ms: 20 } });
  });

  it('that the bus refuses to tell of is asked for anew the next time', async () => {
    const { bus, server } = await withBus(signalling());
    const rule = { ...RULE, member: REFUSED_ONCE };
    await expect(bus.listen(rule, listener())).rejects.toMatchObject({ name: 'BusRefusal' });
    await bus.listen(rule, listener());
    expect(server.rules).toHaveLength(1);
  });

  it('of somebody else who borrows the name is not heard', async () => {
    const { bus } = await withBus(signalling(':1.666'));
    const ears = listener();
    await bus.listen(RULE, ears);
    await bus.call(to('Introduce'));
    await bus.call(to('Signal', 'a'));
    expect(ears.bodies).toEqual([]);
  });

  it('that comes right behind the first answer is heard', async () => {
    const { bus } = await withBus((call, client) => {
      echo(call, client);
      if (call.member === 'Signal') signalling()(call, client);
    });
    const ears = listener();
    await bus.listen(RULE, ears);
    await bus.call(to('Signal', 'a'));
    await bus.call(to('Signal', 'b'));
    expect(ears.bodies).toEqual(['a', 'b']);
  });

  it('whose listener throws is not the end of the others, and the exception surfaces', async () => {
    const { bus } = await withBus(signalling());
    const ears = listener();
    const bug = new Error('bug');
    await bus.listen(
      RULE,
      listener(() => {
        throw bug;
      }),
    );
    await bus.listen(RULE, ears);
    await bus.call(to('Introduce'));
    const surfaced = catchUncaught();
    await bus.call(to('Signal', 'a'));
    expect(await surfaced).toBe(bug);
    expect(ears.bodies).toEqual(['a']);
  });
});

/** The next uncaught exception, which then does not fail the test. */
const catchUncaught = (): Promise<unknown> => {
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  return new Promise(resolve => {
    process.once('uncaughtException', error => {
      for (const other of others) process.on('uncaughtException', other);
      resolve(error);
    });
  });
};

describe('a match rule', () => {
  it('is added once, and removed with its last listener', async () => {
    const { bus, server } = await withBus(echo);
    const stops = await Promise.all([bus.listen(RULE, listener()), bus.listen(RULE, listener())]);
    const text = `type='signal',sender='${RULE.sender}',path='${RULE.path}',interface='${RULE.interface}',member='JobRemoved'`;
    expect(server.rules).toEqual([text]);
    stops[0]();
    await bus.call(to('Echo'));
    expect(server.rules).toEqual([text]);
    stops[1]();
    await bus.call(to('Echo'));
    expect(server.rules).toEqual([]);
    await bus.listen(RULE, listener());
    expect(server.rules).toEqual([text]);
  });

  it('is lost with the connection, and its listeners are told', async () => {
    const { bus } = await withBus((_, client) => client.hangUp());
    const [one, stopped] = [listener(), listener()] as const;
    await bus.listen(RULE, one);
    const stop = await bus.listen(RULE, stopped);
    stop();
    await failure(bus.call(to('Die')));
    stop();
    expect(one.losses).toMatchObject([{ code: 'bus-unavailable' }]);
    expect(stopped.losses).toEqual([]);
  });
});
