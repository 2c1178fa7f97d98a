import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bus } from '../../src/adapters/dbus.ts';
import { failure } from '../fakes/failure.ts';
import { bootMachine, type Machine, SUITES } from '../lab/machine.ts';

const SYSTEMD = {
  destination: 'org.freedesktop.systemd1',
  path: '/org/freedesktop/systemd1',
  interface: 'org.freedesktop.systemd1.Manager',
};
const LOGIND = {
  destination: 'org.freedesktop.login1',
  path: '/org/freedesktop/login1',
  interface: 'org.freedesktop.login1.Manager',
};

describe.each(SUITES)('the system bus of %s', suite => {
  let machine: Machine;
  let bus: Bus;
  beforeAll(async () => {
    machine = await bootMachine(`bus-daemon-${suite}-${process.pid}`, suite);
    bus = new Bus({ address: `unix:path=${machine.root}/run/dbus/system_bus_socket` });
  });
  afterAll(async () => {
    bus?.close();
    await machine?.down();
  });

  it('answers more calls at once than it lets be unanswered', async () => {
    const units = Array.from({ length: 300 }, (_, index) => `zd-${index}.service`);
    const calls = units.map(unit =>
      bus.call({ ...SYSTEMD, member: 'LoadUnit', signature: 's', body: [unit], answer: 'o' }),
    );
    expect((await Promise.all(calls)).at(-1)).toEqual(['/org/freedesktop/systemd1/unit/zd_2d299_2eservice']);
  });

  it('takes more match rules in turn than it takes at once', async () => {
    for (let turn = 0; turn < 600; turn++) {
      const rule = {
        sender: SYSTEMD.destination,
        path: `/turn/${turn}`,
        interface: SYSTEMD.interface,
        member: 'A',
        signature: '',
      };
      const stop = await bus.listen(rule, { heard: () => {}, lost: () => {} });
      stop();
    }
  });

  it('that dies leaves no call waiting', async () => {
    await machine.run('sh', '-c', 'kill -STOP $(systemctl show -P MainPID systemd-logind.service)');
    const waiting = failure(bus.call({ ...LOGIND, member: 'ListSessions', answer: 'a(susso)' }));
    await bus.call({ ...SYSTEMD, member: 'Subscribe', answer: '' }); // so the bus has the other call too
    await machine.run('sh', '-c', 'kill -KILL $(systemctl show -P MainPID dbus.service)');
    expect(await waiting).toMatchObject({
      code: 'bus-unavailable',
      facts: { reason: 'the bus closed the connection' },
    });
  });
});
