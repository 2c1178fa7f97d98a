import { expect, test } from 'vitest';
import { isLost } from '../load/report.ts';
import { underLoad } from '../load/start.ts';
import { expectNothingLost, expectServing, servingSlots } from '../scene/expect.ts';
import { befallRoll, expectNextRoll, overlaps } from '../scene/mid-roll.ts';
import { onEachSuite, type Scene } from '../scene/scene.ts';
import { standProof, standRequest } from '../scene/stand.ts';

const LOAD = { fast: 3, post: 1, after: 1, slow: 1, slowSeconds: 0.4, afterSeconds: 0.3, pauseMs: 10 } as const;
/** Requests that a killed PHP has in hand are lost whatever stands in front of it, so there are no slow ones. */
const QUICK_LOAD = { fast: 3, post: 1, pauseMs: 10 } as const;
const INI = '[pool]\npm.max_children = 4\n[health]\npath = /health\npasses = 1\ninterval = 50ms\ndeadline = 30s\n';

const FULL = 'the file system of /run/php-zd has 0 MiB free, and a roll may need';

/** The faults of systemd and of its bus. */
const HOST = [
  ['daemon-reload', ['daemon-reload']],
  ['daemon-reexec', ['daemon-reexec']],
  ['a restart of D-Bus', ['restart', 'dbus']],
  ['a SIGKILL of D-Bus', ['kill', '--signal=KILL', 'dbus']],
] as const;

const STANDS = [
  ['proves', standProof],
  ['retires', standRequest],
] as const;

const HOST_CASES = HOST.flatMap(([fault, command]) =>
  STANDS.map(([step, makeStand]) => [fault, step, command, makeStand] as const),
);

onEachSuite('faults', { ini: INI }, scene => {
  test.each(HOST_CASES)('%s while a roll %s a replica loses nothing', async (fault, _, command, makeStand) => {
    const { report, isThrough } = await befallRoll(scene(), {
      load: LOAD,
      makeStand,
      fault: ({ machine }) => machine.run('systemctl', ...command),
    });
    expectNothingLost(report);
    // systemd survives these, and so does a roll that asks it.
    if (fault.startsWith('daemon')) expect(isThrough).toBe(true);
    await expectNextRoll(scene());
  });

  test('an old replica that crashes while the new one is proven comes back on its release, and the roll goes on', async () => {
    const window = { from: 0, to: 0 };
    const { report, isThrough } = await befallRoll(scene(), {
      load: QUICK_LOAD,
      makeStand: standProof,
      fault: async () => {
        const [slot = 0] = await servingSlots(scene().site);
        Object.assign(window, await crash(scene(), slot));
      },
    });
    expect(report.samples.filter(isLost).filter(sample => !overlaps(sample, window))).toEqual([]);
    expect(isThrough).toBe(true);
    await expectNextRoll(scene());
  });

  test('a new replica that crashes while it is proven loses nothing', async () => {
    const { site } = scene();
    const { report } = await befallRoll(scene(), {
      load: LOAD,
      makeStand: standProof,
      fault: async () => {
        const proven = (await site.status()).replicas.find(({ isServing, unit }) => !isServing && unit === 'active');
        await crash(scene(), proven?.slot ?? 0);
      },
    });
    expectNothingLost(report);
    await expectNextRoll(scene());
  });

  test.each(STANDS)(
    'a full /run while a roll %s a replica stops neither the roll nor a request',
    async (_, makeStand) => {
      const { report, isThrough } = await befallRoll(scene(), { load: LOAD, makeStand, fault: fillRun });
      await freeRun(scene());
      expectNothingLost(report);
      // What a roll writes there once it is under way are links, which take no page.
      expect(isThrough).toBe(true);
      await expectNextRoll(scene());
    },
  );

  test('a roll with a full /run is refused, says why, and loses nothing', async () => {
    const { machine, site } = scene();
    const old = await site.promoted();
    const report = await underLoad(machine, LOAD, async load => {
      await site.flip(await site.release());
      await fillRun(scene());
      const { status, stderr } = await site.reload();
      await load.round();
      await freeRun(scene());
      expect({ status, stderr }).toMatchObject({ status: 6, stderr: expect.stringContaining(FULL) });
      await expectServing(site, old);
      await expectNextRoll(scene());
    });
    expectNothingLost(report);
  });

  test('a disk that becomes full in the middle of a roll loses nothing, is named, and with room the next roll passes', async () => {
    const { machine, site } = scene();
    const state = '/var/lib/php-zd';
    const sessions = `${state}/shop/sessions/shop`;
    const shell = (line: string) => machine.run('bash', '-c', `set -e; ${line}`);
    const freeState = () => machine.run('rm', '-f', `${sessions}/full`);
    await shell(`systemctl stop php-zd@shop php-zd-haproxy && cp -a ${state} /root/state
      mount -t tmpfs -o mode=755,size=16m tmpfs ${state} && cp -a /root/state/. ${state}
      systemctl start php-zd-haproxy php-zd@shop`);
    // From then on no record can be kept.
    const fill = `cat /dev/zero >${sessions}/full || :`;
    const { report, isThrough } = await befallRoll(scene(), {
      load: LOAD,
      makeStand: standProof,
      fault: () => shell(fill),
    });
    expectNothingLost(report);
    expect(isThrough).toBe(true);
    const [{ lastRoll }] = JSON.parse(await machine.run('php-zd', 'status', '--json', site.name));
    expect(lastRoll).toMatchObject({ state: 'done', outcome: 'rolled' });
    await freeState();
    await expectNextRoll(scene());
    // And no configuration can be written.
    await machine.write('/srv/shop/fill.sh', fill);
    await site.writeIni(`${INI}[hooks]\nbefore_roll = sh /srv/shop/fill.sh\n`);
    const old = await site.promoted();
    const failed = await underLoad(machine, LOAD, async () => {
      await site.flip(await site.release());
      const { status, stderr } = await site.reload();
      expect({ status, stderr }).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(
          /no space is left on its file system\.\n.* serves on every replica\.\nMake room there, /,
        ),
      });
      await expectServing(site, old);
    });
    expectNothingLost(failed);
    await freeState();
    await site.writeIni(INI);
    await expectNextRoll(scene());
    await shell(
      `systemctl stop php-zd@shop php-zd-haproxy && umount ${state} && systemctl start php-zd-haproxy php-zd@shop`,
    );
  });

  test('a release that its user cannot read is refused before anything is touched, and the old one serves', async () => {
    const { machine, site } = scene();
    const old = await site.promoted();
    const next = await site.release();
    await machine.run('chmod', '0700', site.directory(next));
    const report = await underLoad(machine, LOAD, async () => {
      await site.flip(next);
      const { status, stderr } = await site.reload();
      expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining('Nothing was touched') });
      await expectServing(site, old);
    });
    expectNothingLost(report);
    expect(report.releases).toEqual([old]);
    await expectNextRoll(scene());
  });
});

/** Crashes a replica. Once systemd has seen the end of the master, the last of its children is gone. */
const crash = async ({ machine, site, journal }: Scene, slot: number) => {
  const unit = `php-zd-fpm-${site.name}@${slot}.service`;
  const from = Date.now();
  await machine.run('systemctl', 'kill', '--kill-whom=main', '--signal=KILL', unit);
  const gone = await journal.await({ UNIT: unit, MESSAGE: /Failed with result 'signal'/ }, from * 1000);
  return { from, to: Number(gone['__REALTIME_TIMESTAMP']) / 1000 };
};

/** Fills /run, made small first, since it is memory of the host's. systemd wants 16 MiB free there for a daemon-reload. */
const fillRun = async ({ machine }: Scene): Promise<void> => {
  await machine.run('mount', '-o', 'remount,size=64m', '/run');
  await machine.ask('dd', 'if=/dev/zero', 'of=/run/full', 'bs=4k');
};

const freeRun = async ({ machine }: Scene): Promise<void> => {
  await machine.run('rm', '/run/full');
};
