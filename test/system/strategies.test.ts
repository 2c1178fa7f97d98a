import { expect, test } from 'vitest';
import type { Result } from '../lab/machine.ts';
import type { LoadReport } from '../load/report.ts';
import { underLoad } from '../load/start.ts';
import { expectNothingLost, expectServing } from '../scene/expect.ts';
import { mastersOf } from '../scene/masters.ts';
import { lastRoll } from '../scene/receipt.ts';
import { onOneSuite, type Scene } from '../scene/scene.ts';
import { standStart } from '../scene/stand.ts';
import { watchServers } from '../scene/watch-servers.ts';

const LOAD = { fast: 4, post: 2, after: 1, slow: 2, slowSeconds: 0.5, afterSeconds: 0.5, pauseMs: 10 } as const;
const REST = '[pool]\npm.max_children = 8\n[health]\npath = /health\npasses = 1\ninterval = 50ms\ndeadline = 3s\n';
const BLUE_GREEN_ROLLS = 5;
/** Long beside everything else in a roll, on a busy machine too: the longest and the sum differ by this. */
const SLOW_MS = 4000;
const SLOW_CLIENTS = 10;

onOneSuite('bookworm', 'strategies', { ini: REST }, scene => {
  test('in a roll HAProxy never has fewer servers up than replicas are wanted, nor more than one beyond', async () => {
    const { machine, site } = scene();
    const next = await site.release();
    await site.flip(next);
    let looks: readonly (readonly number[])[] = [];
    const report = await underLoad(machine, LOAD, async () => {
      looks = await watchServers(scene(), async () => {
        await site.roll();
      });
    });
    expectNothingLost(report);
    await expectServing(site, next);
    const numbers = looks.map(({ length }) => length);
    expect({ looks: numbers.length > 20, fewest: Math.min(...numbers), most: Math.max(...numbers) }).toEqual({
      looks: true,
      fewest: 2,
      most: 3,
    });
  });

  test('the last requests of all old replicas end side by side: a roll waits for the longest, not for their sum', async () => {
    const { machine, site } = scene();
    const roll = async () => {
      await site.flip(await site.release());
      await site.roll();
      return (await lastRoll(scene())).receipt;
    };
    const idle = await roll();
    const report = await underLoad(machine, { fast: 2, post: 1 }, async () => {
      const answers = askSlowly(scene());
      const busy = await roll();
      expect(busy.phases['retire']).toBeGreaterThan(SLOW_MS / 2);
      expect(busy.phases['retire']).toBeLessThan(1.6 * SLOW_MS);
      expect(busy.ms).toBeLessThan(1.6 * SLOW_MS + idle.ms);
      expect((await answers).filter(({ status }) => status !== 0)).toEqual([]);
    });
    expectNothingLost(report);
  });

  test('a reload --if-changed touches nothing when nothing has changed', async () => {
    const { machine } = scene();
    const masters = await mastersOf(scene());
    const report = await underLoad(machine, LOAD, async () => {
      expect(await reloadIfChanged()).toEqual({ status: 0, stdout: '', stderr: 'shop: nothing has changed.\n' });
    });
    expectNothingLost(report);
    expect(await mastersOf(scene())).toEqual(masters);
  });

  test('a reload --if-changed rolls when the link names another release, and when the site file says something else', async () => {
    const { machine, site } = scene();
    const next = await site.release();
    const report = await underLoad(machine, LOAD, async () => {
      const before = await mastersOf(scene());
      await site.flip(next);
      expect(await reloadIfChanged()).toMatchObject({ status: 0 });
      await expectServing(site, next);
      const between = await mastersOf(scene());
      expectAllNew(before, between);
      await site.writeIni(REST.replace('[pool]', '[env]\nCHANGED = yes\n[pool]'));
      expect(await reloadIfChanged()).toMatchObject({ status: 0 });
      await expectServing(site, next);
      expectAllNew(between, await mastersOf(scene()));
    });
    expectNothingLost(report);
  });

  test('a reload --if-changed rolls when a replica crashed and is not back', async () => {
    const { machine, site, journal } = scene();
    const release = await site.promoted();
    const before = await mastersOf(scene());
    const [crashed = ''] = Object.keys(before);
    const stand = await standStart(scene());
    const mark = journal.mark();
    await machine.run('systemctl', 'kill', '--kill-whom=main', '--signal=KILL', crashed);
    await journal.await({ UNIT: crashed, MESSAGE: /Failed with result 'signal'/ }, mark);
    const report = await underLoad(machine, LOAD, async () => {
      const reloaded = reloadIfChanged();
      await stand.reached();
      await stand.open();
      expect(await reloaded).toMatchObject({ status: 0 });
      await expectServing(site, release);
    });
    expectNothingLost(report);
    expectAllNew(before, await mastersOf(scene()));
  });

  test('blue-green: once the new release has answered, no request that begins later is answered by the old one', async () => {
    const { machine, site } = scene();
    await site.writeIni(`strategy = blue-green\n${REST}`);
    await site.roll();
    const releases = [await site.promoted()];
    const report = await underLoad(machine, { fast: 8, post: 2, pauseMs: 5 }, async () => {
      for (let roll = 0; roll < BLUE_GREEN_ROLLS; roll += 1) {
        const next = await site.release();
        releases.push(next);
        await site.flip(next);
        await site.roll();
      }
    });
    expectNothingLost(report);
    expect(report.releases).toEqual(releases);
    expect(strayAnswers(report)).toEqual([]);
    await expectServing(site, releases.at(-1) ?? '');
  });

  test('one replica is rolled without loss too, and at rest one PHP-FPM runs', async () => {
    const { machine, site } = scene();
    await site.writeIni(`replicas = 1\n${REST}`);
    await site.roll();
    const next = await site.release();
    await site.flip(next);
    const report = await underLoad(machine, LOAD, async () => {
      await site.roll();
    });
    expectNothingLost(report);
    await expectServing(site, next);
    expect(Object.keys(await mastersOf(scene()))).toHaveLength(1);
    expect((await machine.run('pgrep', '--count', '--full', '^php-fpm: master')).trim()).toBe('1');
  });

  const reloadIfChanged = () => scene().machine.ask('php-zd', 'reload', scene().site.name, '--if-changed');
});

/**
 * Sends slow requests, one client after the other, so that at any time every replica has one that has nearly all its time
 * before it.
 */
const askSlowly = ({ machine, site }: Scene): Promise<readonly Result[]> => {
  const clients = Array.from({ length: SLOW_CLIENTS }, (_, client) => (client * SLOW_MS) / SLOW_CLIENTS);
  const urlsOf = (firstMs: number) =>
    [firstMs, ...Array.from({ length: 4 }, () => SLOW_MS)].map(ms => `${site.url}?s=${ms / 1000}`);
  return Promise.all(clients.map(firstMs => machine.ask('curl', '--silent', '--fail', ...urlsOf(firstMs))));
};

const expectAllNew = (before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): void => {
  expect(Object.values(after)).toHaveLength(2);
  expect(Object.values(after).filter(pid => Object.values(before).includes(pid))).toEqual([]);
};

/** Answers by a release to requests that began after a later release had answered. */
const strayAnswers = ({ samples, releases }: LoadReport): readonly string[] =>
  releases.slice(1).flatMap((release, index) => {
    const former = releases.slice(0, index + 1);
    const switchedAt = Math.min(...samples.filter(sample => sample.release === release).map(({ endedAt }) => endedAt));
    return samples
      .filter(sample => former.includes(sample.release ?? '') && sample.startedAt > switchedAt)
      .map(sample => `${sample.release} ${sample.startedAt - switchedAt} ms after ${release} had answered`);
  });
