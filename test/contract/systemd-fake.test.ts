import { FakeSystemd } from '../fakes/fake-systemd.ts';
import { makeFakeGate } from './gate.ts';
import { describeSystemd } from './systemd.ts';

describeSystemd(
  'in memory',
  async () => {
    const systemd = new FakeSystemd(252);
    const gate = makeFakeGate();
    systemd.add('zd-good.service', { onReload: () => {} });
    systemd.add('zd-plain.service');
    systemd.add('zd-part.service', { partOf: 'zd-plain.service' });
    systemd.add('zd-stubborn.service', { onReload: () => 'failed' });
    systemd.add('zd-once.service', { isOneshot: true });
    systemd.add('zd-failing.service', { isOneshot: true, onStart: () => 'failed' });
    systemd.add('zd-needy.service', { onStart: () => 'dependency' });
    systemd.add('zd-slow.service', { isOneshot: true, onStart: () => gate.pass() });
    systemd.add('zd-masked.service', { isMasked: true });
    systemd.add('zd-notify.service');
    const dropIns = ['10-nice.conf', '20-none.conf'].map(name => `/run/systemd/system/zd-many@.service.d/${name}`);
    systemd.add('zd-many@.service', { dropIns });
    return {
      systemd,
      version: 252,
      gate,
      say: async status => systemd.set('zd-notify.service', { statusText: status }),
      crash: async unit => {
        const { restarts, mainPid } = await systemd.unit(unit);
        systemd.set(unit, { activeState: 'activating', subState: 'auto-restart', mainPid: 0, result: 'signal' });
        systemd.set(unit, { activeState: 'active', subState: 'running', mainPid: mainPid + 1, restarts: restarts + 1 });
      },
      edit: async unit => systemd.set(unit, { needDaemonReload: true }),
      reexecute: async () => {},
      loseBus: async () => systemd.loseBus(),
      restoreBus: async () => systemd.restoreBus(),
      close: async () => systemd.close(),
    };
  },
  { canBeLost: true },
);
