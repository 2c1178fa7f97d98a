import { expect, test } from 'vitest';
import { renderStatusTable } from '../../../src/report/status/sites.ts';
import { glanceAtHost } from '../../../src/run/observe/host-glance.ts';
import { isFullyServing, observeStatus } from '../../../src/run/observe/status.ts';
import { appendHistory } from '../../../src/run/record/history.ts';
import { writeLastRoll } from '../../../src/run/record/last-roll.ts';
import { holdSlot } from '../../../src/run/slots/hold.ts';
import { good } from '../../report/receipts.ts';
import { DrainedReplica, SLOT } from '../drain/drained-replica.ts';
import { paths, release, World } from '../world.ts';

const statusOf = async (replica: DrainedReplica) => {
  replica.systemd.add('php-zd@shop.service');
  await replica.files.makeDirectory('/etc/php-zd/sites');
  await replica.files.write('/etc/php-zd/sites/shop.ini', '[site]\nrelease = /srv/shop/current\nuser = shop\n');
  return await observeStatus(replica.run, await glanceAtHost(replica.ports, ['shop']), { isDetailed: true });
};

test('a parked replica says what it still has to do, any other does not', async () => {
  const replica = await DrainedReplica.started();
  replica.begin();
  expect((await statusOf(replica)).replicas).toMatchObject([{ slot: SLOT, hold: 'roll', busy: 1, blockers: [] }]);
  await holdSlot(replica.run, SLOT, 'parked');
  const [parked] = (await statusOf(replica)).replicas;
  expect(parked?.isUnwatched).toBe(true);
  expect(parked?.blockers).toEqual([
    expect.objectContaining({ state: 'Running', requestMethod: 'GET', requestUri: '/a' }),
  ]);
});

test('a slot without a replica is not listed', async () => {
  const replica = await DrainedReplica.started();
  expect((await statusOf(replica)).replicas.map(({ slot }) => slot)).toEqual([SLOT]);
});

test('the last receipt is that of the last roll', async () => {
  const replica = await DrainedReplica.started();
  const over = { startedAt: 1, endedAt: 2, outcome: 'rolled', receipt: good } as const;
  await appendHistory(replica.run, { id: 'one', ...over });
  await writeLastRoll(replica.run, { id: 'one', startedAt: 1, endedAt: 2, state: 'done', outcome: 'rolled' });
  expect((await statusOf(replica)).lastReceipt).toEqual(good);
  await writeLastRoll(replica.run, { id: 'two', startedAt: 3, state: 'running' });
  expect((await statusOf(replica)).lastReceipt).toBeUndefined();
});

test('what may be deployed where the link names nothing is the promoted release while it is there, else the one before', async () => {
  const world = await World.serving();
  await world.rollTo('42');
  const { run } = await world.load();
  const look = async () => await observeStatus(run, await glanceAtHost(world.ports, ['shop']), { isDetailed: false });
  await world.files.link('/srv/shop/current', 'releases/none');
  expect(await look()).toMatchObject({ linked: undefined, deployable: release('42') });
  await world.removeRelease('42');
  expect(await look()).toMatchObject({ linked: undefined, deployable: release('41') });
});

test('a socket that was removed is found, of HAProxy and of a replica', async () => {
  const world = await World.serving();
  const { run } = await world.load();
  const look = async () => await observeStatus(run, await glanceAtHost(world.ports, ['shop']), { isDetailed: false });
  expect(isFullyServing(await look())).toBe(true);
  await world.files.remove(paths.statusSocket(1));
  expect((await look()).replicas.map(({ goneSocket }) => goneSocket)).toEqual([paths.statusSocket(1), undefined]);
  await world.files.remove(paths.openFront);
  const status = await look();
  expect(status.frontGone).toBe(paths.openFront);
  expect(isFullyServing(status)).toBe(false);
  expect(renderStatusTable([status], world.clock.now())).toContain(
    `! shop: nobody comes in: ${paths.openFront}, where HAProxy listens, was removed: systemctl restart php-zd-haproxy, `,
  );
});

test('whether a boot starts a stopped site is told, by a link, or where there is none by systemd', async () => {
  const world = await World.serving();
  const { run } = await world.load();
  const unit = 'php-zd@shop.service';
  world.systemd.add(unit, { fileState: 'disabled' });
  let wantedBy = '';
  world.commands.programs.set('systemctl', () => `RequiredBy=\nWantedBy=${wantedBy}\n`);
  const look = async () =>
    (await observeStatus(run, await glanceAtHost(world.ports, ['shop']), { isDetailed: true, isOnly: true })).isAtBoot;
  expect(await look()).toBe(false);
  wantedBy = 'sites.target';
  expect(await look()).toBe(true);
  wantedBy = '';
  await world.files.link(`/etc/systemd/system/multi-user.target.wants/${unit}`, `/lib/systemd/system/php-zd@.service`);
  expect(await look()).toBe(true);
  world.systemd.set(unit, { activeState: 'active' });
  expect(await look()).toBeUndefined();
});

test('a path of the socket that was not rolled yet is nowhere missed, and one that was rolled is', async () => {
  const world = await World.serving();
  const look = async () => {
    const { run } = await world.load();
    return (await observeStatus(run, await glanceAtHost(world.ports, ['shop']), { isDetailed: false })).unlinked;
  };
  await world.configure({ more: '[listen]\nfastcgi = /run/new.sock\n' });
  expect(await look()).toBeUndefined();
  await world.files.remove(`${paths.run}/fastcgi.sock`);
  expect(await look()).toBe(`${paths.run}/fastcgi.sock`);
});
