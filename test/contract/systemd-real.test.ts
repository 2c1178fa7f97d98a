import { writeFile } from 'node:fs/promises';
import { makeSystemd } from '../../src/adapters/systemd.ts';
import type { LineOptions } from '../../src/adapters/systemd-line.ts';
import { bootMachine, type Machine, SUITES, type Suite } from '../lab/machine.ts';
import { makeGate } from './gate.ts';
import { describeSystemd } from './systemd.ts';

const VERSION: Readonly<Record<Suite, number>> = { bookworm: 252, trixie: 257 };

const BUS = '/run/dbus/system_bus_socket';
/** systemd refuses whom it does not see: what comes here from outside of the machine it takes for a process within. */
const PEER = '/run/zd/systemd.sock';

const FOREVER = 'Type=exec\nExecStart=/usr/bin/sleep infinity\n';
const UNITS: Readonly<Record<string, string>> = {
  'zd-good.service': `[Service]\n${FOREVER}ExecReload=/usr/bin/true\nRestart=always\nRestartSec=0\n`,
  'zd-plain.service': `[Unit]\nStartLimitBurst=0\n[Service]\n${FOREVER}`,
  'zd-part.service': `[Unit]\nPartOf=zd-plain.service\n[Service]\n${FOREVER}`,
  'zd-stubborn.service': `[Service]\n${FOREVER}ExecReload=/usr/bin/false\n`,
  'zd-once.service': '[Service]\nType=oneshot\nExecStart=/usr/bin/true\n',
  'zd-failing.service': '[Service]\nType=oneshot\nExecStart=/usr/bin/false\n',
  'zd-needy.service': `[Unit]\nRequires=zd-failing.service\nAfter=zd-failing.service\n[Service]\n${FOREVER}`,
  'zd-slow.service': '[Service]\nType=oneshot\nExecStart=/usr/bin/socat -u UNIX-CONNECT:/run/zd/gate.sock STDOUT\n',
  // The service holds its FIFO open for writing too, so that it waits for each line and never sees an end.
  'zd-notify.service': `[Service]\nType=notify\nNotifyAccess=all\nExecStart=/usr/bin/bash -c '\\
    exec 3<>/run/zd/say; systemd-notify --ready; while read -r -u 3 line; do systemd-notify --status="$line"; done'\n`,
  'zd-many@.service': `[Service]\n${FOREVER}`,
  'zd-many@.service.d/10-nice.conf': '[Service]\nNice=3\n',
  'zd-many@.service.d/20-none.conf': '',
};

const writeUnits = async (machine: Machine): Promise<void> => {
  for (const [name, text] of Object.entries(UNITS)) await machine.write(`/run/systemd/system/${name}`, text);
  await machine.run('ln', '-s', '/dev/null', '/run/systemd/system/zd-masked.service');
  await machine.run('mkdir', '/run/zd');
  await machine.run('mkfifo', '/run/zd/say');
  const relay = ['socat', `UNIX-LISTEN:${PEER},fork`, 'UNIX-CONNECT:/run/systemd/private'];
  await machine.run('systemd-run', '--quiet', '--service-type=exec', ...relay);
  await machine.run('sh', '-c', `until [ -S ${PEER} ]; do sleep 0.1; done`);
  await machine.run('systemctl', 'daemon-reload');
};

const makeWorld = async (name: string, suite: Suite, options: (root: string) => LineOptions) => {
  const machine = await bootMachine(`${name}-${suite}-${process.pid}`, suite);
  await writeUnits(machine);
  const gate = await makeGate(`${machine.root}/run/zd/gate.sock`);
  const systemd = makeSystemd(options(machine.root));
  return {
    systemd,
    version: VERSION[suite],
    gate,
    say: (status: string) => writeFile(`${machine.root}/run/zd/say`, `${status}\n`),
    crash: async (unit: string) => {
      await machine.run('systemctl', 'kill', '--signal=KILL', unit);
    },
    edit: (unit: string) => writeFile(`${machine.root}/run/systemd/system/${unit}`, '# changed\n', { flag: 'a' }),
    reexecute: async () => {
      await machine.run('systemctl', 'daemon-reexec');
    },
    loseBus: async () => {
      // The socket is moved out of sight, or systemd would start another bus at the first connection.
      await machine.run('mv', BUS, `${BUS}.away`);
      await machine.run('sh', '-c', 'kill -KILL $(systemctl show -P MainPID dbus.service)');
    },
    restoreBus: async () => {
      await machine.run('mv', `${BUS}.away`, BUS);
    },
    close: async () => {
      systemd.close();
      await gate.close();
      await machine.down();
    },
  };
};

for (const suite of SUITES) {
  const name = `${VERSION[suite]} of ${suite}`;
  const overBus = (root: string) => ({ address: `unix:path=${root}${BUS}` });
  describeSystemd(name, () => makeWorld('bus', suite, overBus), { canBeLost: true });
  const byPeer = (root: string) => ({ ...overBus('/nowhere'), peer: `${root}${PEER}` });
  describeSystemd(`${name}, by its own socket`, () => makeWorld('peer', suite, byPeer), { canBeLost: false });
}
