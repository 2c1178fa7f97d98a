import { readlink } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { underLoad } from '../load/start.ts';
import { expectNothingLost, expectServing } from '../scene/expect.ts';
import { mastersOf } from '../scene/masters.ts';
import { onOneSuite } from '../scene/scene.ts';
import { expectStandby } from '../scene/standby.ts';

const LOAD = { fast: 4, post: 2, after: 1, slow: 2, slowSeconds: 0.5, afterSeconds: 0.5 } as const;
const REST = '[pool]\npm.max_children = 4\n[health]\npath = /health\ninterval = 100ms\ndeadline = 1s\n';

onOneSuite('trixie', 'rollback', { ini: REST }, scene => {
  test('a rollback is refused with its reason while there is no release to go back to', async () => {
    const { machine, site } = scene();
    const masters = await mastersOf(scene());
    const report = await underLoad(machine, LOAD, async () => {
      expect(await rollback()).toEqual({
        status: 2,
        stdout: '',
        stderr: `php-zd: 'shop' cannot be rolled back: no release was promoted before this one.\nSee "php-zd releases shop", and go to one of them with "php-zd deploy shop DIR".\nNothing was touched.\n`,
      });
    });
    expectNothingLost(report);
    expect(await linkOf()).toBe(`releases/${await site.promoted()}`);
    expect(await mastersOf(scene())).toEqual(masters);
  });

  test('a rollback without a standby is a roll to the previous release', async () => {
    const { machine, site } = scene();
    const old = await site.promoted();
    const next = await rollToNext();
    const report = await underLoad(machine, LOAD, async () => {
      expect(await rollback()).toMatchObject({ status: 0, stdout: '' });
      await expectServing(site, old);
    });
    expectNothingLost(report);
    expect(report.releases).toEqual([next, old]);
    expect(await linkOf()).toBe(`releases/${old}`);
  });

  test('two rollbacks under load go back two releases, and lose nothing', async () => {
    const { machine, site } = scene();
    const first = await site.promoted();
    const second = await rollToNext();
    await rollToNext();
    const report = await underLoad(machine, { fast: 2, post: 1 }, async () => {
      expect(await rollback()).toMatchObject({ status: 0 });
      await expectServing(site, second);
      expect(await rollback()).toMatchObject({ status: 0 });
      await expectServing(site, first);
    });
    expectNothingLost(report);
    expect(await linkOf()).toBe(`releases/${first}`);
  });

  test('a rollback that fails leaves the link as it was', async () => {
    const { machine, site } = scene();
    const old = await site.promoted();
    const next = await rollToNext();
    await machine.write(`${site.directory(old)}/UNHEALTHY`, '');
    const report = await underLoad(machine, LOAD, async () => {
      const failed = await rollback();
      expect(failed.status).toBe(1);
      expect(failed.stderr).toContain(`answered /health with 500 (wanted 200)`);
      expect(failed.stderr).toContain(`${site.base}/current names ${site.directory(next)} again.`);
      await expectServing(site, next);
    });
    expectNothingLost(report);
    expect(report.releases).toEqual([next]);
    expect(await linkOf()).toBe(`releases/${next}`);
    await machine.run('rm', `${site.directory(old)}/UNHEALTHY`);
  });

  test('after a roll with a standby one replica of the previous release runs and serves nobody', async () => {
    const { machine, site } = scene();
    await site.writeIni(`standby = yes\n${REST}`);
    const old = await site.promoted();
    const next = await site.release();
    await site.flip(next);
    const report = await underLoad(machine, LOAD, async () => {
      await site.roll();
    });
    expectNothingLost(report);
    await expectStandby(site, next, old);
    expect(Object.keys(await mastersOf(scene()))).toHaveLength(3);
    await expectWell();
    const later = await underLoad(machine, LOAD, async () => undefined);
    expect(later.releases).toEqual([next]);
  });

  test('a rollback to a standby is answered by it before another replica of that release serves', async () => {
    const { machine, site, journal } = scene();
    // The standby that is there was started before the site file asked for one.
    const standby = await site.promoted();
    const promoted = await rollToNext();
    await expectStandby(site, promoted, standby);
    const mark = journal.mark();
    const report = await underLoad(machine, { fast: 2, pauseMs: 5 }, async () => {
      expect(await rollback()).toMatchObject({ status: 0, stdout: '' });
    });
    expectNothingLost(report);
    const first = report.samples.find(sample => sample.release === standby);
    const steps = (event: string, what: RegExp) => journal.since({ PHP_ZD_EVENT: event, MESSAGE: what }, mark);
    expect(steps('step-started', /: giving requests to replica/)).toHaveLength(2);
    const [started, ...others] = steps('step-done', /: starting replica/);
    expect(others).toEqual([]);
    expect(first?.endedAt).toBeLessThan(Number(started?.['__REALTIME_TIMESTAMP']) / 1000);
    await expectStandby(site, standby, promoted);
    expect(await linkOf()).toBe(`releases/${standby}`);
    await expectWell();
  });

  test('a rollback to a standby under load loses nothing, nor does the way forward again', async () => {
    const { machine, site } = scene();
    const { promoted, standby } = await releasesOf();
    const report = await underLoad(machine, LOAD, async () => {
      expect(await rollback('--to', standby)).toMatchObject({ status: 0 });
      await expectStandby(site, standby, promoted);
      expect(await rollback('--to', promoted)).toMatchObject({ status: 0 });
      await expectStandby(site, promoted, standby);
    });
    expectNothingLost(report);
    expect(await linkOf()).toBe(`releases/${promoted}`);
    await expectWell();
  });

  test('after a reboot what was promoted serves, and the standby is there again', async () => {
    const { machine, site } = scene();
    const { promoted, standby } = await releasesOf();
    await machine.run('systemctl', 'enable', '--quiet', 'nginx');
    await machine.reboot();
    await expectStandby(site, promoted, standby);
    await expectWell();
    const report = await underLoad(machine, LOAD, async () => {
      expect(await rollback('--to', standby)).toMatchObject({ status: 0 });
    });
    expectNothingLost(report);
    await expectStandby(site, standby, promoted);
  });

  const rollback = (...options: readonly string[]) =>
    scene().machine.ask('php-zd', 'rollback', scene().site.name, ...options);

  const linkOf = () => readlink(`${scene().machine.root}${scene().site.base}/current`);

  const expectWell = async () =>
    expect(await scene().machine.ask('php-zd', 'status', scene().site.name)).toMatchObject({
      status: 0,
      stdout: expect.not.stringContaining('!'),
    });

  const rollToNext = async (): Promise<string> => {
    const { site } = scene();
    const next = await site.release();
    await site.flip(next);
    await site.roll();
    return next;
  };

  const releasesOf = async () => {
    const { promoted, replicas } = await scene().site.status();
    const standby = replicas.find(({ hold }) => hold === 'standby')?.release ?? '';
    const nameOf = (directory: string) => directory.slice(directory.lastIndexOf('/') + 1);
    return { promoted: nameOf(promoted), standby: nameOf(standby) };
  };
});
