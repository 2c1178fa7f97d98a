import { expect, test } from 'vitest';
import { park, reapReplica, unpark } from '../../../src/run/drain/park.ts';
import { stopSite } from '../../../src/run/roll/stop.ts';
import { holdSlot, readSlotHold } from '../../../src/run/slots/hold.ts';
import { DrainedReplica, SERVICE, SLOT, TIMER, UNIT } from './drained-replica.ts';

const HOUR_MS = 3_600_000;

const parked = async (): Promise<DrainedReplica> => {
  const replica = await DrainedReplica.started();
  await park(replica.run, SLOT, HOUR_MS);
  replica.systemd.asked.length = 0;
  return replica;
};

const reap = ({ ports, run }: DrainedReplica) => reapReplica(ports, { site: 'shop', slot: SLOT }, run.emit);

test('a parked replica that is idle is stopped, its slot is free, and it is looked at no more', async () => {
  const replica = await parked();
  await reap(replica);
  expect(replica.systemd.asked).toEqual([`stop ${UNIT}`, `reset-failed ${UNIT}`, `stop ${TIMER}`]);
  expect(await replica.isSlotFree()).toBe(true);
  expect(replica.events).toEqual([{ kind: 'unparked', slot: SLOT, isCut: false }]);
});

test('a parked replica that has work is left alone, and looked at again', async () => {
  const replica = await parked();
  replica.begin();
  await reap(replica);
  expect(replica.systemd.asked).toEqual([]);
  expect(await readSlotHold(replica.run, SLOT)).toBe('parked');
  await replica.finish();
  await reap(replica);
  expect(await replica.stateOf(UNIT)).toBe('inactive');
});

test.each(['roll', 'standby', undefined] as const)(
  'a replica that is parked no longer (%s) is not stopped',
  async reason => {
    const replica = await parked();
    if (reason === undefined) await replica.files.remove(replica.run.paths.slotHold(SLOT));
    else await holdSlot(replica.run, SLOT, reason);
    await reap(replica);
    expect(replica.systemd.asked).toEqual([`stop ${TIMER}`]);
    expect(replica.events).toEqual([]);
  },
);

test('a replica that is parked no longer once the look at it has begun is left as it is', async () => {
  const replica = await parked();
  replica.begin();
  replica.clock.onSleep = async () => {
    replica.clock.onSleep = () => undefined;
    await replica.files.link(replica.run.paths.gate(SLOT), `../replicas/${SLOT}`);
    await replica.files.remove(replica.run.paths.slotHold(SLOT));
    replica.balancer.reload();
  };
  await reap(replica);
  expect(await replica.files.readLink(replica.run.paths.gate(SLOT))).toBe(`../replicas/${SLOT}`);
  expect(replica.systemd.asked).toEqual([]);
});

test('a parked replica that ended by itself frees its slot', async () => {
  const replica = await parked();
  replica.systemd.set(UNIT, { activeState: 'failed', mainPid: 0 });
  await reap(replica);
  expect(await replica.isSlotFree()).toBe(true);
  expect(await replica.stateOf(TIMER)).toBe('inactive');
});

test('a look that was broken off after the stop is made up for by the next one', async () => {
  const replica = await parked();
  await replica.systemd.stop(UNIT);
  await reap(replica);
  expect(await replica.isSlotFree()).toBe(true);
  expect(await replica.stateOf(TIMER)).toBe('inactive');
});

test('nobody looks after a replica that is taken out of the park', async () => {
  const replica = await parked();
  await replica.systemd.start(SERVICE);
  await unpark(replica.run, SLOT);
  expect([await replica.stateOf(TIMER), await replica.stateOf(SERVICE)]).toEqual(['inactive', 'inactive']);
  expect(await replica.stateOf(UNIT)).toBe('active');
});

test('a replica that was never parked can be taken out of the park', async () => {
  const replica = await DrainedReplica.started();
  await unpark(replica.run, SLOT);
  expect(await replica.stateOf(UNIT)).toBe('active');
});

test('a site that stops ends the timers of its parked replicas before the replicas', async () => {
  const replica = await parked();
  await stopSite(replica.ports, 'shop', replica.run.emit);
  expect(replica.systemd.asked).toEqual([`stop ${TIMER}`, `stop ${SERVICE}`, `stop ${UNIT}`]);
  expect(replica.events).toEqual([{ kind: 'stopped', replicas: 1 }]);
});

const ENDS = { onStop: () => undefined };

test('a parked replica that has work when its time is over is stopped, and it is said what was cut off', async () => {
  const replica = await parked();
  replica.begin();
  replica.clock.advance(HOUR_MS - 2_000);
  await reap(replica);
  expect(await replica.stateOf(UNIT)).toBe('active');
  replica.clock.advance(2_000);
  replica.systemd.add(UNIT, ENDS);
  await reap(replica);
  expect(await replica.stateOf(UNIT)).toBe('inactive');
  expect(await replica.isSlotFree()).toBe(true);
  expect(replica.events.slice(-2)).toEqual([
    { kind: 'cut-off', slot: SLOT, blockers: [expect.objectContaining({ requestUri: '/a' })], processes: [] },
    { kind: 'unparked', slot: SLOT, isCut: true },
  ]);
});

test('the time of a parked replica is no matter of the wall clock, and goes on when it is parked again', async () => {
  const replica = await parked();
  replica.begin();
  replica.clock.moveWallClock(10 * HOUR_MS);
  await reap(replica);
  expect(await replica.stateOf(UNIT)).toBe('active');
  replica.clock.advance(HOUR_MS / 2);
  // As after a settle, and after a look that was killed.
  await park(replica.run, SLOT, HOUR_MS);
  replica.clock.advance(HOUR_MS / 2);
  await reap(replica);
  expect(await replica.stateOf(UNIT)).toBe('inactive');
});

test.each([
  ['infinity', (replica: DrainedReplica) => park(replica.run, SLOT, Number.POSITIVE_INFINITY)],
  ['an older php-zd', (replica: DrainedReplica) => holdSlot(replica.run, SLOT, 'parked')],
])('a replica that was parked for ever (%s) is not cut off', async (_, parkForEver) => {
  const replica = await DrainedReplica.started();
  await parkForEver(replica);
  replica.begin();
  replica.clock.advance(1_000 * HOUR_MS);
  await reap(replica);
  expect(await readSlotHold(replica.run, SLOT)).toBe('parked');
  expect(await replica.stateOf(UNIT)).toBe('active');
});
