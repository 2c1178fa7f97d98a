import { expect, test } from 'vitest';
import type { Machine } from '../lab/machine.ts';
import { underLoad } from '../load/start.ts';
import { expectNothingLost, expectServing } from './expect.ts';
import { onEachSuite, type Scene } from './scene.ts';
import { type Stand, standProof, standRequest, standStart } from './stand.ts';

const LOAD = { fast: 3, post: 1, after: 1, slow: 2, slowSeconds: 0.5, afterSeconds: 0.3 } as const;

/** Replica 1 has come through when replica 2 is at it: what settle finds is half and half. */
const BEFORE = [
  ['hold', 'holding replica 2'],
  ['drain', 'draining replica 2'],
  ['await-idle', 'waiting for the requests of replica 2'],
  ['pin', 'pinning replica 2'],
  ['restart', 'starting replica 2'],
  ['prove', 'proving replica 2'],
  ['serve', 'giving requests to replica 2'],
  ['promote', 'promoting'],
] as const;

/** Steps that last. */
const IN: readonly (readonly [string, (scene: Scene) => Promise<Stand>])[] = [
  ['await-idle', standRequest],
  ['restart', standStart],
  ['prove', standProof],
];

// Each roll of a table gets further than the one before it, and the last test's gets through: none was left unable to.
onEachSuite('killed', {}, (scene, suite) => {
  if (suite === 'bookworm') {
    // Without an addon for sd_notify the roll runs systemd-notify before each step, and waits for it.
    test.each(BEFORE)('a roll killed before its step %s is put right', async (_, words) => {
      await killNextRollBefore(scene().machine, words);
      await expectPutRight(scene(), async () => undefined);
    });
  } else {
    test.each(IN)('a roll killed in its step %s is put right', async (_, makeStand) => {
      const { machine, site } = scene();
      const stand = await makeStand(scene());
      await expectPutRight(scene(), async () => {
        await stand.reached();
        await machine.run('systemctl', 'kill', '--kill-whom=control', '--signal=KILL', `php-zd@${site.name}`);
        await stand.open();
      });
    });
  }

  test('after all of these the next roll goes through', async () => {
    const { machine, site } = scene();
    const next = await site.release();
    const report = await underLoad(machine, LOAD, async () => {
      await site.flip(next);
      expect(await site.reload()).toMatchObject({ status: 0 });
      await expectServing(site, next);
    });
    expectNothingLost(report);
    expect(report.lastReleases).toEqual([next]);
  });
});

/** `kill` runs beside the roll. Who asked for it hears that it failed, the old release serves on every replica, nothing is lost. */
const expectPutRight = async ({ machine, site, journal }: Scene, kill: () => Promise<void>): Promise<void> => {
  const old = await site.promoted();
  const next = await site.release();
  const mark = journal.mark();
  const report = await underLoad(machine, LOAD, async () => {
    await site.flip(next);
    const [reloaded] = await Promise.all([machine.ask('systemctl', 'reload', `php-zd@${site.name}`), kill()]);
    expect(reloaded.status).toBe(1);
    await journal.await({ PHP_ZD_EVENT: 'roll-killed' }, mark);
    await expectServing(site, old);
  });
  expectNothingLost(report);
  expect(report.lastReleases).toEqual([old]);
};

/** In front of Debian's own: ends whoever is about to say this, once. */
const killNextRollBefore = async (machine: Machine, words: string): Promise<void> => {
  await machine.write(
    '/usr/local/bin/systemd-notify',
    `#!/bin/sh
case "$*" in *'${words}'*) mv /run/kill-roll /run/killed-roll 2>/dev/null && kill -KILL $PPID ;; esac
exec /usr/bin/systemd-notify "$@"
`,
    0o755,
  );
  await machine.run('rm', '--force', '/usr/lib/php-zd/sd-notify.node');
  await machine.run('touch', '/run/kill-roll');
};
