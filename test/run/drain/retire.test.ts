import { expect, test } from 'vitest';
import { PhpZdError } from '../../../src/base/errors.ts';
import { admitUnit, gateUnit, sitePaths, webUnit } from '../../../src/base/paths.ts';
import { park } from '../../../src/run/drain/park.ts';
import { retire } from '../../../src/run/drain/retire.ts';
import { stopReplica } from '../../../src/run/drain/stop-replica.ts';
import { holdUnmet, readSlotHold } from '../../../src/run/slots/hold.ts';
import { intercepted } from '../intercepted.ts';
import { DrainedReplica, SCRIPT, SERVICE, SLOT, TIMER, UNIT } from './drained-replica.ts';

const BLOCKER = expect.objectContaining({ state: 'Running', requestMethod: 'GET', requestUri: '/a', script: SCRIPT });

test('an idle replica is stopped, and nothing of it is left in its slot', async () => {
  const replica = await DrainedReplica.started();
  await retire(replica.run, SLOT);
  expect(replica.systemd.asked).toEqual([`stop ${UNIT}`, `reset-failed ${UNIT}`]);
  expect(await replica.isSlotFree()).toBe(true);
});

const GATE = gateUnit('shop', SLOT);
const ADMISSION = admitUnit('shop', SLOT);
const WEB = webUnit('shop', SLOT);

test.each([
  ['leaves the unit of a gate that is closed', {}, { [GATE]: 'active' }],
  ['takes the unit of a gate that is open with it', { isOpen: true }, { [GATE]: 'inactive' }],
  [
    'takes what is about to open the gate with it',
    { admission: 'activating' },
    { [GATE]: 'inactive', [ADMISSION]: 'inactive' },
  ],
] as const)('a stop of a replica %s', async (_, how: { isOpen?: boolean; admission?: string }, states) => {
  const replica = await DrainedReplica.started();
  for (const unit of [GATE, ADMISSION]) replica.systemd.add(unit, { partOf: UNIT });
  await replica.systemd.start(GATE);
  if (how.admission !== undefined) replica.systemd.set(ADMISSION, { activeState: how.admission });
  if (how.isOpen) await replica.files.link(sitePaths('shop').gate(SLOT), `../replicas/${SLOT}`);
  await stopReplica(replica.run, SLOT);
  expect(await replica.stateOf(UNIT)).toBe('inactive');
  for (const [unit, state] of Object.entries(states)) expect(await replica.stateOf(unit)).toBe(state);
});

test.each([
  ['first where it is drained, and so systemd has nobody to take along', false, [`stop ${WEB}`, `stop ${UNIT}`]],
  ['after it where it serves, since what PHP finishes goes by there', true, [`stop ${UNIT}`, `stop ${WEB}`]],
])('the web server of a replica stops %s', async (_, isOpen, asked) => {
  const replica = await DrainedReplica.started();
  replica.systemd.add(WEB);
  await replica.systemd.start(WEB);
  if (isOpen) await replica.files.link(sitePaths('shop').gate(SLOT), `../replicas/${SLOT}`);
  replica.systemd.asked.length = 0;
  await stopReplica(replica.run, SLOT);
  expect(replica.systemd.asked).toEqual(asked);
});

test('a replica is stopped only when its last request is answered', async () => {
  const replica = await DrainedReplica.started();
  replica.begin();
  let isStoppedEarly = false;
  replica.clock.onSleep = async now => {
    isStoppedEarly ||= replica.systemd.asked.length > 0;
    if (now === 1_000_300) await replica.finish();
  };
  await retire(replica.run, SLOT);
  expect(isStoppedEarly).toBe(false);
  expect(replica.clock.now()).toBeGreaterThan(1_000_300);
  expect(await replica.stateOf(UNIT)).toBe('inactive');
});

test.each(['failed', 'inactive'])('a replica whose unit is %s is not waited for', async activeState => {
  const replica = await DrainedReplica.started();
  // What the master left behind looks like work.
  replica.begin();
  replica.systemd.set(UNIT, { activeState, mainPid: 0 });
  await retire(replica.run, SLOT);
  expect(replica.clock.now()).toBe(1_000_000);
  expect(await replica.isSlotFree()).toBe(true);
});

test('abort: a replica that is not idle in time keeps running, and it is said who keeps it', async () => {
  const replica = await DrainedReplica.started('abort');
  replica.begin();
  const facts = { replica: SLOT, blockers: [BLOCKER] };
  await expect(retire(replica.run, SLOT)).rejects.toMatchObject({ code: 'drain-timeout', facts });
  expect(replica.systemd.asked).toEqual([]);
  expect(await readSlotHold(replica.run, SLOT)).toBe('roll');
});

test('what a query holds is told to nobody', async () => {
  const replica = await DrainedReplica.started('park');
  replica.begin({ method: 'GET', uri: '/a?token=secret' });
  await retire(replica.run, SLOT);
  expect(replica.events.at(-1)).toEqual({ kind: 'parked', slot: SLOT, blockers: [BLOCKER], processes: [] });
});

test('park: a replica that is not idle in time keeps running, and its timer looks after it', async () => {
  const replica = await DrainedReplica.started('park');
  replica.begin();
  await retire(replica.run, SLOT);
  expect(replica.systemd.asked).toEqual([`start ${TIMER}`]);
  expect(await replica.stateOf(UNIT)).toBe('active');
  expect(await readSlotHold(replica.run, SLOT)).toBe('parked');
  expect(replica.events.at(-1)).toEqual({ kind: 'parked', slot: SLOT, blockers: [BLOCKER], processes: [] });
});

test('kill: a replica that is not idle in time is stopped without giving its children more time', async () => {
  const replica = await DrainedReplica.started('kill');
  let end = () => {};
  // SIGQUIT lets FPM wait for its children; SIGTERM does not.
  const onStop = () => new Promise<void>(resolve => (end = resolve));
  replica.systemd.add(UNIT, { onStop, onKill: () => end() });
  replica.begin();
  await retire(replica.run, SLOT);
  expect(replica.systemd.asked).toEqual([`stop ${UNIT}`, `kill ${UNIT} 15`, `reset-failed ${UNIT}`]);
  expect(replica.events.at(-1)).toEqual({ kind: 'killed', slot: SLOT, blockers: [BLOCKER], processes: [] });
  expect(await replica.isSlotFree()).toBe(true);
});

test('kill: when the stop cannot be asked for no signal is sent either', async () => {
  const replica = await DrainedReplica.started('kill');
  replica.begin();
  replica.clock.onSleep = now => {
    if (now > 1_000_900) replica.systemd.loseBus();
  };
  await expect(retire(replica.run, SLOT)).rejects.toMatchObject({ code: 'bus-unavailable' });
  expect(replica.systemd.asked).toEqual([]);
  expect(await replica.isSlotFree()).toBe(false);
});

test('a parked replica that is retired is taken out of the park first', async () => {
  const replica = await DrainedReplica.started();
  await park(replica.run, SLOT, 3_600_000);
  replica.systemd.asked.length = 0;
  await retire(replica.run, SLOT);
  expect(replica.systemd.asked).toEqual([`stop ${TIMER}`, `stop ${SERVICE}`, `stop ${UNIT}`, `reset-failed ${UNIT}`]);
});

test('a replica that is retired twice is as one that is retired once', async () => {
  const replica = await DrainedReplica.started();
  await retire(replica.run, SLOT);
  await retire(replica.run, SLOT);
  expect(replica.events).toEqual([]);
  expect(await replica.isSlotFree()).toBe(true);
});

test('a replica that puts its own end off for ever is killed when its time is over', async () => {
  const replica = await DrainedReplica.started();
  let stops = 0;
  const before = (call: string) => {
    if (call === `stop ${UNIT}` && ++stops === 1)
      throw new PhpZdError('job-failed', { unit: UNIT, job: 'stop', result: 'timeout' });
  };
  await retire({ ...replica.run, ports: intercepted(replica.run.ports, { before }) }, SLOT);
  expect(replica.systemd.asked).toContain(`kill ${UNIT} 9`);
  expect(await replica.stateOf(UNIT)).toBe('inactive');
  expect(await replica.isSlotFree()).toBe(true);
});

const POSTDROP = { pid: 77, name: 'sendmail', words: ['/usr/sbin/sendmail', '-t', '-i'] };
const startMailing = async (replica: DrainedReplica) => {
  replica.begin();
  const { mainPid } = await replica.systemd.unit(UNIT);
  replica.processes.set(mainPid, POSTDROP);
};
const MAILING = [{ pid: 77, command: '/usr/sbin/sendmail' }];

test.each(['abort', 'park', 'kill'] as const)(
  '%s: what a request that hangs has started is named when its time is over',
  async onTimeout => {
    const replica = await DrainedReplica.started(onTimeout);
    await startMailing(replica);
    const error = await retire(replica.run, SLOT).catch((failed: unknown) => failed);
    const told = onTimeout === 'abort' ? error : replica.events.at(-1);
    expect(told).toMatchObject(onTimeout === 'abort' ? { facts: { processes: MAILING } } : { processes: MAILING });
  },
);

test.each(['abort', 'park', 'kill'] as const)(
  '%s: a replica that no visitor has met is stopped at once, whatever its own requests wait for',
  async onTimeout => {
    const replica = await DrainedReplica.started(onTimeout);
    await startMailing(replica);
    await holdUnmet(replica.run, SLOT);
    await retire(replica.run, SLOT);
    expect(replica.clock.now()).toBe(1_000_000);
    expect(replica.events).toEqual([]);
    expect(await replica.isSlotFree()).toBe(true);
  },
);
