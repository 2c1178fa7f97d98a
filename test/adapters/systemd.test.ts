import { afterEach, describe, expect, it } from 'vitest';
import { makeSystemd } from '../../src/adapters/systemd.ts';
import { failure } from '../fakes/failure.ts';
import { type BusClient, type BusMessage, type BusScript, type FakeBus, listenBus, variant } from './bus-server.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const MANAGER = 'org.freedesktop.systemd1.Manager';
const PATH = '/org/freedesktop/systemd1';
const JOB = '/org/freedesktop/systemd1/job/7';
const UNIT = '/org/freedesktop/systemd1/unit/a_2eservice';

type Properties = Readonly<Record<string, object>>;
const running: Properties = {
  LoadState: variant('s', 'loaded'),
  ActiveState: variant('s', 'active'),
  Result: variant('s', 'success'),
};

/** A systemd that does what every test needs. `own` gets each call first, and says whether it has answered the call. */
const withSystemd = async (own: (call: BusMessage, client: BusClient) => boolean, properties = running) => {
  const script: BusScript = (call, client) => {
    if (own(call, client)) return;
    if (call.member === 'LoadUnit') client.answer(call, 'o', UNIT);
    else if (call.member === 'GetAll' && call.path === JOB)
      client.refuse(call, 'org.freedesktop.DBus.Error.UnknownObject');
    else if (call.member === 'GetAll') client.answer(call, 'a{sv}', properties);
    else if (/^(Start|Stop|Restart|Reload)Unit$/.test(call.member ?? '')) client.answer(call, 'o', JOB);
    else if (call.member === 'NameHasOwner') client.answer(call, 'b', true);
    else client.answer(call);
  };
  const server: FakeBus = await listenBus(script);
  const systemd = makeSystemd({ address: server.address });
  cleanups.push(
    () => server.close(),
    () => systemd.close(),
  );
  return { server, systemd };
};

const refusing = (member: string, errorName: string) =>
  withSystemd((call, client) => {
    if (call.member === member) client.refuse(call, errorName, 'the text');
    return call.member === member;
  });

const jobRemoved = (client: BusClient, job: string, result: string) =>
  client.signal(PATH, MANAGER, 'JobRemoved', { signature: 'uoss', body: [7, job, 'a.service', result] });
const reloaded = (client: BusClient) => client.signal(PATH, MANAGER, 'Reloading', { signature: 'b', body: [false] });

describe('a refusal of systemd', () => {
  it.each([
    ['org.freedesktop.systemd1.NoSuchUnit', 'unit-unknown'],
    ['org.freedesktop.systemd1.UnitMasked', 'unit-masked'],
    ['org.freedesktop.DBus.Error.AccessDenied', 'bus-denied'],
    ['org.freedesktop.DBus.Error.AuthFailed', 'bus-denied'],
    ['org.freedesktop.DBus.Error.InteractiveAuthorizationRequired', 'bus-denied'],
    ['org.freedesktop.systemd1.LoadFailed', 'systemd-refused'],
    ['org.freedesktop.systemd1.BadUnitSetting', 'systemd-refused'],
  ])('%s is %s', async (name, code) => {
    const { systemd } = await refusing('StartUnit', name);
    const facts = { unit: 'a.service', name, text: 'the text' };
    expect(await failure(systemd.start('a.service'))).toMatchObject({ code, facts });
  });

  it('to give signals is told to who wants to wait', async () => {
    const { systemd, server } = await refusing('Subscribe', 'org.freedesktop.DBus.Error.AccessDenied');
    expect(await failure(systemd.start('a.service'))).toMatchObject({ code: 'bus-denied' });
    expect(server.calls.map(call => call.member)).toEqual(['Subscribe']);
  });

  it('is one of ours, too, when systemd is not on the bus', async () => {
    const { systemd } = await refusing('LoadUnit', 'org.freedesktop.DBus.Error.ServiceUnknown');
    expect(await failure(systemd.unit('a.service'))).toMatchObject({
      code: 'bus-unavailable',
      facts: { reason: 'the text' },
    });
  });
});

describe('a signal', () => {
  it('goes to the main process, by number', async () => {
    const { systemd, server } = await withSystemd(() => false);
    await systemd.kill('a.service', 3);
    expect(server.calls.map(({ member, body }) => [member, body])).toEqual([['KillUnit', ['a.service', 'main', 3]]]);
  });

  it.each([
    'org.freedesktop.systemd1.NoSuchUnit',
    'org.freedesktop.systemd1.NoSuchProcess',
    'org.freedesktop.DBus.Error.UnixProcessIdUnknown',
  ])('that finds nobody is given: %s', async name => {
    const { systemd } = await refusing('KillUnit', name);
    await systemd.kill('a.service', 3);
  });

  it('that is refused is not', async () => {
    const { systemd } = await refusing('KillUnit', 'org.freedesktop.DBus.Error.InvalidArgs');
    expect(await failure(systemd.kill('a.service', 300))).toMatchObject({ code: 'systemd-refused' });
  });
});

describe('a job', () => {
  it('that ends before the answer that names it is not missed, nor taken for another', async () => {
    const { systemd } = await withSystemd((call, client) => {
      if (call.member !== 'StartUnit') return false;
      jobRemoved(client, `${JOB}1`, 'done');
      jobRemoved(client, JOB, 'timeout');
      return false;
    });
    expect(await failure(systemd.start('a.service'))).toMatchObject({
      code: 'job-failed',
      facts: { unit: 'a.service', job: 'start', result: 'timeout' },
    });
  });

  it('is asked for after everything is listened to', async () => {
    const { systemd, server } = await withSystemd((call, client) => {
      if (call.member === 'StopUnit') {
        expect(server.rules.map(rule => /member='(\w+)'/.exec(rule)?.[1]).sort()).toEqual([
          'JobNew',
          'JobRemoved',
          'NameOwnerChanged',
          'Reloading',
        ]);
        jobRemoved(client, JOB, 'done');
      }
      return false;
    });
    await systemd.stop('a.service');
    expect(server.calls.map(call => call.member)).toEqual(['Subscribe', 'StopUnit']);
    expect(server.calls[1]?.body).toEqual(['a.service', 'replace']);
  });

  it('leaves no match rule behind', async () => {
    const { systemd, server } = await withSystemd((call, client) => {
      if (call.member === 'StopUnit') jobRemoved(client, JOB, 'done');
      return false;
    });
    await systemd.stop('a.service');
    await systemd.daemonReload();
    expect(server.rules).toEqual([]);
  });

  it('that systemd still has after a reload is waited for', async () => {
    const { systemd } = await withSystemd((call, client) => {
      if (call.member === 'StartUnit') {
        client.answer(call, 'o', JOB);
        reloaded(client);
        return true;
      }
      if (call.path !== JOB) return false;
      client.answer(call, 'a{sv}', {});
      jobRemoved(client, JOB, 'failed');
      return true;
    });
    expect(await failure(systemd.start('a.service'))).toMatchObject({
      code: 'job-failed',
      facts: { result: 'failed' },
    });
  });

  const state = (activeState: string, more: Properties = {}): Properties => ({
    ...running,
    ActiveState: variant('s', activeState),
    ...more,
  });
  const failed = { Result: variant('s', 'exit-code') };
  it.each<['start' | 'stop' | 'restart' | 'reload', string, Properties, string]>([
    ['start', 'active', {}, 'done'],
    ['start', 'inactive', {}, 'done'],
    ['start', 'inactive', failed, 'lost'],
    ['start', 'failed', failed, 'failed'],
    ['start', 'deactivating', {}, 'lost'],
    ['restart', 'active', {}, 'done'],
    ['stop', 'inactive', {}, 'done'],
    ['stop', 'failed', failed, 'done'],
    ['stop', 'active', {}, 'lost'],
    ['reload', 'active', { ReloadResult: variant('s', 'success') }, 'done'],
    ['reload', 'active', { ReloadResult: variant('s', 'exit-code') }, 'failed'],
    ['reload', 'failed', failed, 'failed'],
  ])('to %s that ended unheard in a reexec, and left the unit %s %o, is %s', async (job, active, more, result) => {
    const { systemd } = await withSystemd(
      (call, client) => {
        if (!/^(Start|Stop|Restart|Reload)Unit$/.test(call.member ?? '')) return false;
        client.answer(call, 'o', JOB);
        const body = ['org.freedesktop.systemd1', ':1.0', ':1.3'];
        const content = { sender: 'org.freedesktop.DBus', signature: 'sss', body };
        client.signal('/org/freedesktop/DBus', 'org.freedesktop.DBus', 'NameOwnerChanged', content);
        return true;
      },
      state(active, more),
    );
    const outcome = await systemd[job]('a.service').then(
      () => 'done',
      (error: unknown) => error,
    );
    if (result === 'done') expect(outcome).toBe('done');
    else expect(outcome).toMatchObject({ code: 'job-failed', facts: { job, result } });
  });
});

describe('a reexec', () => {
  it('that takes a call with it makes the call be asked again, when systemd is back', async () => {
    let calls = 0;
    const { systemd, server } = await withSystemd((call, client) => {
      if (call.member === 'NameHasOwner') {
        client.answer(call, 'b', false);
        const body = ['org.freedesktop.systemd1', '', ':1.3'];
        const content = { sender: 'org.freedesktop.DBus', signature: 'sss', body };
        client.signal('/org/freedesktop/DBus', 'org.freedesktop.DBus', 'NameOwnerChanged', content);
        return true;
      }
      if (call.member !== 'LoadUnit' || ++calls > 1) return false;
      client.refuse(call, 'org.freedesktop.DBus.Error.NoReply');
      return true;
    });
    expect(await systemd.unit('a.service')).toMatchObject({ activeState: 'active' });
    expect(server.calls.map(call => call.member)).toEqual(['LoadUnit', 'NameHasOwner', 'LoadUnit', 'GetAll']);
  });

  it('has the signals asked for again, and does not mind if that was not needed', async () => {
    let subscriptions = 0;
    const { systemd, server } = await withSystemd((call, client) => {
      if (call.member === 'Subscribe' && ++subscriptions > 1) {
        client.refuse(call, 'org.freedesktop.systemd1.AlreadySubscribed');
        jobRemoved(client, JOB, 'done');
        return true;
      }
      if (call.member !== 'StartUnit') return false;
      reloaded(client);
      client.answer(call, 'o', JOB);
      return true;
    });
    await systemd.start('a.service');
    expect(server.calls.filter(call => call.member === 'Subscribe')).toHaveLength(2);
  });
});

describe('the state of a unit', () => {
  it('is in our units, and numbers that systemd does not set are undefined', async () => {
    const unset = 2n ** 64n - 1n;
    const { systemd } = await withSystemd(() => false, {
      ...running,
      SubState: variant('s', 'running'),
      MainPID: variant('u', 42),
      ControlPID: variant('u', 43),
      ExecMainStatus: variant('i', 3),
      InvocationID: variant('ay', Buffer.from('52a4bd8725514f53a75ee42a8aa143e6', 'hex')),
      ActiveEnterTimestamp: variant('t', 1_700_000_000_123_999n),
      StatusText: variant('s', 'Processing'),
      NeedDaemonReload: variant('b', true),
      NRestarts: variant('u', 3),
      MemoryCurrent: variant('t', unset),
      FragmentPath: variant('s', '/etc/a.service'),
    });
    expect(await systemd.unit('a.service')).toEqual({
      unit: 'a.service',
      loadState: 'loaded',
      activeState: 'active',
      subState: 'running',
      result: 'success',
      mainPid: 42,
      controlPid: 43,
      mainStatus: 3,
      invocationId: '52a4bd8725514f53a75ee42a8aa143e6',
      activeSince: 1_700_000_000_123,
      statusText: 'Processing',
      needDaemonReload: true,
      restarts: 3,
      memoryBytes: undefined,
      fragmentPath: '/etc/a.service',
    });
  });

  it('has the memory that systemd counted, and no process where there is none', async () => {
    const memory = { ...running, MemoryCurrent: variant('t', 1_234_567n) };
    const { systemd } = await withSystemd(() => false, { ...memory, ActiveState: variant('s', 'inactive') });
    const state = { memoryBytes: 1_234_567, mainPid: 0, activeSince: undefined };
    expect(await systemd.unit('a.service')).toMatchObject(state);
  });
});
