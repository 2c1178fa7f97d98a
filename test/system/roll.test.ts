import { access, readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { Entry } from '../lab/journal.ts';
import { awaitAnswer } from '../lab/machine.ts';
import type { LoadReport } from '../load/report.ts';
import { underLoad } from '../load/start.ts';
import { expectNothingLost, expectServing, expectSwitched, servingSlots, withoutTimes } from '../scene/expect.ts';
import { onOneSuite, type Scene } from '../scene/scene.ts';
import { standProof } from '../scene/stand.ts';

/** No spare slot: each replica is restarted where it is. */
const IN_PLACE = 'surge = 0\n[pool]\npm.max_children = 4\n[health]\npath = /health\ninterval = 100ms\ndeadline = 3s\n';
const LOAD = { fast: 4, post: 2, after: 1, slow: 2, slowSeconds: 0.7, afterSeconds: 0.7, pauseMs: 10 } as const;

onOneSuite('trixie', 'roll', {}, scene => {
  test('a roll moves every request from one release to the next and loses none', async () => {
    const { machine, site } = scene();
    const old = await site.promoted();
    const next = await site.release();
    const before = await servingSlots(site);
    let rolledAt = 0;
    const report = await underLoad(machine, LOAD, async () => {
      await site.flip(next);
      const reloaded = await site.reload();
      rolledAt = Date.now();
      expect(reloaded).toMatchObject({ status: 0, stdout: '' });
      await expectServing(site, next);
      const steps = besideSteps(before, await servingSlots(site), next);
      expectProgress(linesOf(reloaded.stderr), progressOf(old, next, steps));
      expect(await machine.ask('php-zd', 'status', site.name)).toMatchObject({ status: 0 });
    });
    expectNothingLost(report);
    expectSwitched(report, old, next, rolledAt);
  });

  test('requests that last longer than everything else in a roll are all answered', async () => {
    const { machine, site } = scene();
    const old = await site.promoted();
    const next = await site.release();
    let rolledAt = 0;
    const report = await underLoad(machine, { fast: 2, post: 1, slow: 4, slowSeconds: 3 }, async () => {
      await site.flip(next);
      await site.roll();
      rolledAt = Date.now();
      await expectServing(site, next);
    });
    expectNothingLost(report);
    expectSwitched(report, old, next, rolledAt);
  });

  test('work after fastcgi_finish_request() is finished through several rolls', async () => {
    const { machine, site } = scene();
    const report = await underLoad(machine, { fast: 1, after: 4, afterSeconds: 0.5 }, async () => {
      for (const release of [await site.release(), await site.release()]) {
        await site.flip(release);
        await site.roll();
      }
    });
    expectNothingLost(report);
    await expectFinished(scene(), report);
  });

  test('a replica whose status socket was removed is replaced by a roll, and its requests are finished', async () => {
    const { machine, site } = scene();
    const next = await site.release();
    const [slot] = await servingSlots(site);
    const socket = `/run/php-zd/shop/replicas/${slot}/status.sock`;
    const report = await underLoad(machine, { ...LOAD, slow: 4, slowSeconds: 2, afterSeconds: 2 }, async load => {
      await load.round();
      await machine.run('rm', socket);
      const { stdout } = await machine.ask('php-zd', 'status');
      expect(stdout).toContain(`${socket} was removed: put it right with "php-zd reload shop"`);
      await site.flip(next);
      await site.roll();
      await expectServing(site, next);
    });
    expectNothingLost(report);
    await expectFinished(scene(), report);
  });

  test('two reloads at once are two rolls, one after the other, and both callers hear that theirs went well', async () => {
    const { machine, site, journal } = scene();
    const next = await site.release();
    const mark = journal.mark();
    const report = await underLoad(machine, LOAD, async () => {
      await site.flip(next);
      const first = site.reload();
      await journal.await({ PHP_ZD_EVENT: 'roll-started' }, mark);
      const second = machine.ask('systemctl', 'reload', `php-zd@${site.name}`);
      expect(await Promise.all([first, second])).toMatchObject([{ status: 0 }, { status: 0 }]);
      await expectServing(site, next);
    });
    expectNothingLost(report);
    const rolls = journal.since({ PHP_ZD_EVENT: /^roll-/ }, mark);
    expect(rolls.map(entry => entry['PHP_ZD_EVENT'])).toEqual([
      'roll-started',
      'roll-done',
      'roll-started',
      'roll-done',
    ]);
    const [first, , second] = rolls.map(entry => entry['PHP_ZD_ROLL']);
    expect(first).not.toBe(second);
  });

  test('a session and a file in /tmp outlive a roll', async () => {
    const { machine, site } = scene();
    const ask = (query: string) =>
      machine.run(
        'curl',
        '--silent',
        '--show-error',
        '--fail',
        '--cookie-jar',
        '/root/jar',
        '--cookie',
        '/root/jar',
        `${site.url}?${query}`,
      );
    const before = await ask('session');
    await ask('tmp=kept&write=yes');
    const next = await site.release();
    await site.flip(next);
    const report = await underLoad(machine, LOAD, async () => {
      await site.roll();
    });
    expectNothingLost(report);
    const id = /id=(\S+)/.exec(before)?.[1];
    expect(before).toMatch(/ count=1 /);
    expect(await ask('session')).toBe(`release=${next} count=2 id=${id}`);
    expect(await ask('tmp=kept')).toBe(`release=${next} tmp=yes`);
  });

  test('STATUS= of the unit follows the roll, and no process is started to tell it', async () => {
    const { machine, site } = scene();
    const called = '/run/called-systemd-notify';
    await machine.write(
      '/usr/local/bin/systemd-notify',
      `#!/bin/sh\ntouch ${called}\nexec /usr/bin/systemd-notify "$@"\n`,
      0o755,
    );
    const status = async () =>
      (await machine.run('systemctl', 'show', '--property=StatusText', '--value', `php-zd@${site.name}`)).trim();
    const next = await site.release();
    await site.flip(next);
    const stand = await standProof(scene());
    const reloaded = site.reload();
    await stand.reached();
    // Two are proven side by side.
    await awaitAnswer('the second proof', async () =>
      (await status()).startsWith('Step 11 of 20: ') ? true : undefined,
    );
    expect(await status()).toMatch(/^Step 11 of 20: proving replica \d$/);
    await stand.open();
    expect(await reloaded).toMatchObject({ status: 0 });
    expect(withoutTimes(await status())).toBe(`Rolled shop to ${site.directory(next)} in N s: 0 requests, 0 lost.`);
    // node-unix-socket comes built, for Debian 12's Node.js as for Debian 13's.
    const wasCalled = await access(machine.root + called).then(
      () => true,
      () => false,
    );
    expect(wasCalled).toBe(false);
  });

  test('the journal has a roll in fields, and the log of FPM under its own unit', async () => {
    const { site, journal } = scene();
    const before = await servingSlots(site);
    const next = await site.release();
    await site.flip(next);
    const mark = journal.mark();
    await site.roll();
    await journal.await({ PHP_ZD_EVENT: 'roll-done' }, mark);
    const said = journal.since({ SYSLOG_IDENTIFIER: 'php-zd', _SYSTEMD_UNIT: 'php-zd@shop.service' }, mark);
    const rolls = new Set(said.map(entry => entry['PHP_ZD_ROLL']));
    expect(rolls.size).toBe(1);
    expect(said.filter(entry => !isComplete(entry))).toEqual([]);
    const stepsOf = (slot: number) =>
      said.filter(entry => entry['PHP_ZD_REPLICA'] === String(slot) && entry['PHP_ZD_EVENT'] === 'step-done');
    const after = await servingSlots(site);
    expect(after.map(slot => stepsOf(slot).length)).toEqual([6, 6]);
    expect(before.map(slot => stepsOf(slot).length)).toEqual([3, 3]);
    const fpm = {
      _SYSTEMD_UNIT: `php-zd-fpm-shop@${after[0]}.service`,
      MESSAGE: /NOTICE: ready to handle connections/,
    };
    expect(await journal.await(fpm, mark)).toMatchObject({ _UID: expect.stringMatching(/^1\d\d\d$/) });
  });
});

onOneSuite('bookworm', 'in-place', { ini: IN_PLACE }, scene => {
  test('a site without spare slots is rolled in its places, one replica after the other, and loses nothing', async () => {
    const { machine, site } = scene();
    const old = await site.promoted();
    const next = await site.release();
    let rolledAt = 0;
    const report = await underLoad(machine, LOAD, async () => {
      await site.flip(next);
      const reloaded = await site.reload();
      rolledAt = Date.now();
      expect(reloaded).toMatchObject({ status: 0, stdout: '' });
      await expectServing(site, next);
      expect(await servingSlots(site)).toEqual([1, 2]);
      expectProgress(linesOf(reloaded.stderr), progressOf(old, next, inPlaceSteps([1, 2], next)));
    });
    expectNothingLost(report);
    expectSwitched(report, old, next, rolledAt);
  });
});

const isComplete = (entry: Entry): boolean =>
  entry['_SYSTEMD_UNIT'] === 'php-zd@shop.service' &&
  entry['PHP_ZD_SITE'] === 'shop' &&
  /^[0-9a-f]{32}$/.test(entry['MESSAGE_ID'] ?? '') &&
  /^[3-7]$/.test(entry['PRIORITY'] ?? '') &&
  /^[0-9a-f-]{36}$/.test(entry['PHP_ZD_ROLL'] ?? '');

const linesOf = (said: string): readonly string[] =>
  withoutTimes(said)
    .replace(/\b\d[\d ]* requests,/, 'N requests,')
    .split('\n');

/**
 * Expects every step, counted as it begins, and then a receipt, whose numbers depend on the load. The steps of one replica have an order,
 * and so have those that visitors can feel; replicas that nobody meets come up, and end, side by side.
 */
const expectProgress = (said: readonly string[], expected: readonly string[]): void => {
  const receipt = said.indexOf('Receipt of the roll of shop (rolled):');
  const steps = said.slice(0, receipt).filter(line => !line.startsWith('Draining replica '));
  const counts = (lines: readonly string[]) => lines.map(line => /^Step \d+ of \d+/.exec(line)?.[0]);
  expect(counts(steps)).toEqual(counts(expected));
  const texts = (lines: readonly string[]) => lines.map(line => line.replace(/^Step \d+ of \d+: /, ''));
  const [did, wanted] = [texts(steps), texts(expected)];
  expect([...did].sort()).toEqual([...wanted].sort());
  for (const order of [/replica 1\b/, /replica 2\b/, /replica 3\b/, /replica 4\b/, FELT]) {
    expect(did.filter(line => order.test(line))).toEqual(wanted.filter(line => order.test(line)));
  }
};

const FELT = /^(Rolling|writing|giving requests|draining|promoting|Rolled)/;

/** The lines of a roll of these steps. */
const progressOf = (old: string, next: string, replicas: readonly string[]): readonly string[] => {
  const steps = ['writing the configuration', ...replicas];
  return [
    `Rolling shop to ${pathOf(next)} (from ${pathOf(old)}) in ${steps.length} steps.`,
    ...steps.map((step, index) => `Step ${index + 1} of ${steps.length}: ${step}.`),
    `Rolled shop to ${pathOf(next)} in N s: N requests, 0 lost.`,
  ];
};

/** All work that went on after its answer came to its end. That of the last requests may go on still: a restart of the site waits for it. */
const expectFinished = async ({ machine, site }: Scene, { afterIds }: LoadReport): Promise<void> => {
  await machine.run('systemctl', 'restart', `php-zd@${site.name}`);
  const finished = new Set(await readdir(`${machine.root}/var/lib/php-zd/${site.name}/tmp/${site.user}`));
  expect(afterIds.length).toBeGreaterThan(0);
  expect(afterIds.filter(id => !finished.has(`after-${id}`))).toEqual([]);
};

const pathOf = (release: string): string => `/srv/shop/releases/${release}`;

const raise = (slot: number, next: string): readonly string[] => [
  `holding replica ${slot}`,
  `pinning replica ${slot} to ${pathOf(next)}`,
  `starting replica ${slot}`,
  `warming replica ${slot}`,
  `proving replica ${slot}`,
  `giving requests to replica ${slot}`,
];
const withdraw = (slot: number): readonly string[] => [`holding replica ${slot}`, `draining replica ${slot}`];
const retire = (slot: number): string => `waiting for the requests of replica ${slot}, to stop it`;

/**
 * The steps of a roll with surge: each new replica serves before an old one is drained, and the old ones finish side by side.
 */
const besideSteps = (from: readonly number[], to: readonly number[], next: string): readonly string[] => [
  ...to.flatMap((slot, index) => [...raise(slot, next), ...from.slice(index, index + 1).flatMap(withdraw)]),
  ...from.map(retire),
  `promoting ${pathOf(next)}`,
];

/** The steps of a roll without surge: each replica is stopped and started anew, and the next one only when it serves. */
const inPlaceSteps = (slots: readonly number[], next: string): readonly string[] => [
  ...slots.flatMap(slot => [...withdraw(slot), retire(slot), ...raise(slot, next)]),
  `promoting ${pathOf(next)}`,
];
