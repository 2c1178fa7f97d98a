import { expect, test } from 'vitest';
import { underLoad } from '../load/start.ts';
import { expectNothingLost, expectServing, servingSlots } from '../scene/expect.ts';
import { mastersOf } from '../scene/masters.ts';
import { befallRoll } from '../scene/mid-roll.ts';
import { lastRoll } from '../scene/receipt.ts';
import { onOneSuite } from '../scene/scene.ts';
import { LEFT, standLeft, standRequest } from '../scene/stand.ts';

const LOAD = { fast: 3, post: 1, after: 1, slow: 2, slowSeconds: 0.5, afterSeconds: 0.5 } as const;
const REST =
  '[pool]\npm.max_children = 8\n[health]\npath = /health\ninterval = 100ms\ndeadline = 3s\n[drain]\ntimeout = 1s\n';
const PARK = `${REST}on_timeout = park\n`;
const KILL = `${REST}on_timeout = kill\n`;
/** How a request that holds a replica is named: child, URI, script and age. */
const STANDING = /child \d+ \(Running\): GET \/, \/srv\/shop\/releases\/\.shop\.live\/public\/index\.php, \d+\.\d s/;

onOneSuite('bookworm', 'drain', { ini: PARK }, scene => {
  test('a drain by hand that waits ends when its replica is made ready, which serves on while another one is drained', async () => {
    const { machine, site, journal } = scene();
    const release = await site.promoted();
    const request = await standRequest(scene());
    const first = String(request.replica);
    const second = String((await servingSlots(site)).find(slot => slot !== request.replica));
    const mark = journal.mark();
    const report = await underLoad(machine, LOAD, async load => {
      const waits = machine.ask('php-zd', 'drain', '--timeout', '50s', site.name, first);
      await journal.await({ PHP_ZD_EVENT: 'draining', PHP_ZD_REPLICA: first }, mark);
      await machine.run('php-zd', 'ready', site.name, first);
      expect(await waits).toMatchObject({
        status: 1,
        stderr: expect.stringContaining(
          `php-zd: replica ${first} of shop is not drained by hand any more: somebody made it ready, or a roll took it, ` +
            'and this drain leaves it as it is.\nSee "php-zd status shop".\n',
        ),
      });
      await machine.run('php-zd', 'drain', '--timeout', '20s', site.name, second);
      await machine.run('systemctl', 'reload', 'php-zd-haproxy');
      await load.round();
      expect(await servingSlots(site)).toEqual([Number(first)]);
      await machine.run('php-zd', 'ready', site.name, second);
    });
    expectNothingLost(report);
    await request.open();
    expect(await request.answer).toMatchObject({ status: 0 });
    await expectServing(site, release);
  });

  test('a request that outlasts the drain is parked with its replica: the roll ends well, and so does the request', async () => {
    const { machine, site, journal } = scene();
    const old = await site.promoted();
    const next = await site.release();
    await site.flip(next);
    const request = await standRequest(scene());
    const mark = journal.mark();
    const report = await underLoad(machine, LOAD, async () => {
      await site.roll();
      const parked = await journal.await({ PHP_ZD_EVENT: 'parked' }, mark);
      expect(parked['MESSAGE']).toMatch(STANDING);
      const status = await machine.ask('php-zd', 'status', site.name);
      expect(status.status).toBe(0);
      expect(status.stdout).toMatch(
        new RegExp(`! replica ${parked['PHP_ZD_REPLICA']} is parked: .* \\(${STANDING.source}\\)`),
      );
      // The timer fails by that, and is started as status says.
      await machine.run('sh', '-c', 'systemctl -q mask php-zd-park@.timer && systemctl -q unmask php-zd-park@.timer');
      const timer = `php-zd-park@shop:${parked['PHP_ZD_REPLICA']}.timer`;
      expect((await machine.ask('php-zd', 'status', site.name)).stdout).toContain(
        `is parked, and nobody looks whether it has come free: systemctl start ${timer}\n`,
      );
      await machine.run('systemctl', 'start', timer);
      await request.open();
      expect(await request.answer).toMatchObject({ status: 0, stdout: `release=${old} done` });
      await journal.await({ PHP_ZD_EVENT: 'unparked', PHP_ZD_REPLICA: parked['PHP_ZD_REPLICA'] ?? '' }, mark);
      await expectServing(site, next);
      expect(await machine.ask('php-zd', 'status', site.name)).toMatchObject({
        status: 0,
        stdout: expect.not.stringContaining('!'),
      });
    });
    expectNothingLost(report);
    expect((await lastRoll(scene())).receipt.lost).toBe(0);
  });

  test('a roll that needs the slot of a parked replica is refused and touches nothing, until that is free', async () => {
    const { machine, site, journal } = scene();
    await site.writeIni(`replicas = 1\n${PARK}`);
    await site.roll();
    const request = await standRequest(scene());
    const mark = journal.mark();
    const report = await underLoad(machine, LOAD, async () => {
      await site.flip(await site.release());
      await site.roll();
      const { PHP_ZD_REPLICA: parked = '' } = await journal.await({ PHP_ZD_EVENT: 'parked' }, mark);
      await expectRefused(parked);
      await request.open();
      expect(await request.answer).toMatchObject({ status: 0 });
      await journal.await({ PHP_ZD_EVENT: 'unparked' }, mark);
      await site.roll();
    });
    expectNothingLost(report);
    await expectServing(site, await newest());
  });

  test('a request that outlasts the park is cut off, and no other: the next roll has its slot', async () => {
    const { machine, site, journal } = scene();
    await site.writeIni(`replicas = 1\n${PARK}park_timeout = 2s\n`);
    await site.roll();
    const request = await standRequest(scene());
    const mark = journal.mark();
    const report = await underLoad(machine, LOAD, async () => {
      await site.flip(await site.release());
      await site.roll();
      expect((await journal.await({ PHP_ZD_EVENT: 'cut-off' }, mark))['MESSAGE']).toMatch(STANDING);
      expect(await request.answer).toMatchObject({ status: 22, stdout: '' });
      await journal.await({ PHP_ZD_EVENT: 'unparked' }, mark);
      await site.roll();
    });
    await request.open();
    expectNothingLost(report);
    await expectServing(site, await newest());
  });

  test('a request that outlasts the drain is killed where the site file says so, and the receipt owns up to it', async () => {
    const { machine, site, journal } = scene();
    await site.writeIni(KILL);
    await site.roll();
    const request = await standRequest(scene());
    const mark = journal.mark();
    const next = await site.release();
    await site.flip(next);
    const report = await underLoad(machine, LOAD, async () => {
      await site.roll();
      await expectServing(site, next);
    });
    expect(await request.answer).toMatchObject({ status: 22, stdout: '' });
    await request.open();
    expect((await journal.await({ PHP_ZD_EVENT: 'killed' }, mark))['MESSAGE']).toMatch(STANDING);
    expectNothingLost(report);
    expect(await lastRoll(scene())).toMatchObject({ outcome: 'rolled', receipt: { lost: 1 } });
    expect(await journal.await({ PHP_ZD_EVENT: 'receipt' }, mark)).toMatchObject({ PHP_ZD_LOST: '1', PRIORITY: '4' });
  });

  test('a process that a request left running comes to its end, also when the roll that waits for it is killed', async () => {
    const { machine, site } = scene();
    await site.writeIni(REST.replace('timeout = 1s', 'timeout = 20s'));
    await site.roll();
    const left: { ended?: () => Promise<string> } = {};
    const { report } = await befallRoll(scene(), {
      load: LOAD,
      makeStand: async of => {
        const stand = await standLeft(of);
        left.ended = stand.ended;
        return stand;
      },
      fault: async () => {
        const show = ['show', '--property=ControlPID', '--value', `php-zd@${site.name}`] as const;
        await machine.run('kill', '-KILL', (await machine.run('systemctl', ...show)).trim());
      },
    });
    expect(await left.ended?.()).toBe('through\n');
    expectNothingLost(report);
    const { receipt } = await lastRoll(scene());
    expect([receipt.lost, receipt.killedProcesses]).toEqual([0, undefined]);
  });

  test('a process that a request left running is killed where the site file says so, and the receipt owns up to it', async () => {
    const { machine, site, journal } = scene();
    await site.writeIni(KILL);
    await site.roll();
    const stand = await standLeft(scene());
    const mark = journal.mark();
    const report = await underLoad(machine, LOAD, async () => {
      const { status, stderr } = await site.reload();
      expect([status, stderr]).toEqual([0, expect.stringContaining(', 1 process killed.\n')]);
    });
    expect((await journal.await({ PHP_ZD_EVENT: 'killed' }, mark))['MESSAGE']).toMatch(LEFT);
    expectNothingLost(report);
    await stand.open();
  });

  const expectRefused = async (parked: string) => {
    const { machine, site, journal } = scene();
    await site.flip(await site.release());
    const promoted = await site.promoted();
    const masters = await mastersOf(scene());
    const mark = journal.mark();
    const refused = await site.reload();
    expect(refused.status).toBe(6);
    expect(refused.stderr).toContain(
      `was refused: it needs the slots of parked replicas (${parked}), which are at their last requests: try again when these have ended.\nNothing was touched.\n`,
    );
    expect(await journal.await({ PHP_ZD_EVENT: 'refused' }, mark)).toMatchObject({ PHP_ZD_ERROR: 'slots-parked' });
    expect(journal.since({ PHP_ZD_EVENT: 'step-started' }, mark)).toEqual([]);
    expect(await mastersOf(scene())).toEqual(masters);
    expect(await site.promoted()).toBe(promoted);
    expect((await machine.ask('php-zd', 'status', site.name)).status).toBe(0);
  };

  const newest = async () => {
    const { machine, site } = scene();
    return (await machine.run('readlink', `${site.base}/current`)).trim().replace('releases/', '');
  };
});
