import { expect, test } from 'vitest';
import type { Machine } from '../lab/machine.ts';
import { underLoad } from '../load/start.ts';
import { expectNothingLost, expectServing } from './expect.ts';
import { onEachSuite, type Scene } from './scene.ts';

const LOAD = { fast: 3, post: 1, after: 1, slow: 2, slowSeconds: 1, afterSeconds: 0.5 } as const;

/** Replica 1 has come through when replica 2 is at it: what settle finds is half and half. */
const STEPS = {
  hold: 'holding replica 2',
  drain: 'draining replica 2',
  'await-idle': 'waiting for the requests of replica 2',
  pin: 'pinning replica 2',
  restart: 'starting replica 2',
  prove: 'proving replica 2',
  serve: 'giving requests to replica 2',
  promote: 'promoting',
} as const;
type Kind = keyof typeof STEPS;

/** A start and a proof that last long enough to be met in the middle. */
const INI = '[pool]\npm.max_children = 4\n[health]\npath = /health\ninterval = 300ms\n';
const SLOW_START = '[Service]\nExecStartPre=/bin/sleep 0.5\n';

onEachSuite('killed', { ini: INI }, (scene, suite) => {
  if (suite === 'bookworm') {
    // Debian 12 has no addon for sd_notify: before each step the roll runs systemd-notify, and waits for it.
    test.each(Object.keys(STEPS) as Kind[])('a roll killed before its step %s is put right', async kind => {
      await killNextRollBefore(scene().machine, STEPS[kind]);
      await expectPutRight(scene(), async () => undefined);
    });
  } else {
    test.each(['await-idle', 'restart', 'prove'] as const)('a roll killed in its step %s is put right', async kind => {
      const { machine, site, journal } = scene();
      await machine.write(`/etc/systemd/system/php-zd-fpm-${site.name}@.service.d/slow.conf`, SLOW_START);
      await machine.run('systemctl', 'daemon-reload');
      const mark = journal.mark();
      await expectPutRight(scene(), async () => {
        await journal.await({ PHP_ZD_EVENT: 'step-started', MESSAGE: new RegExp(STEPS[kind]) }, mark);
        await machine.run('systemctl', 'kill', '--kill-whom=control', '--signal=KILL', `php-zd@${site.name}`);
        await journal.await({ PHP_ZD_EVENT: 'roll-killed' }, mark);
        const first = journal.since({ PHP_ZD_EVENT: /^(step-done|roll-killed)$/, MESSAGE: /replica 2|killed/ }, mark);
        expect(first.filter(({ MESSAGE }) => MESSAGE?.includes(`: ${STEPS[kind]}`))).toEqual([]);
      });
    });
  }
});

/** The roll is killed by `kill`, which runs beside it; its caller hears so, nothing is lost, and the next roll goes through. */
const expectPutRight = async ({ machine, site, journal }: Scene, kill: () => Promise<void>): Promise<void> => {
  const old = await promotedRelease({ site });
  const next = await site.release();
  const mark = journal.mark();
  const report = await underLoad(machine, LOAD, async load => {
    await site.flip(next);
    const [reloaded] = await Promise.all([machine.ask('systemctl', 'reload', `php-zd@${site.name}`), kill()]);
    expect(reloaded.status).toBe(1);
    await journal.await({ PHP_ZD_EVENT: 'roll-killed' }, mark);
    await expectServing(site, old);
    await load.round();
    expect(await site.reload()).toMatchObject({ status: 0 });
    await expectServing(site, next);
  });
  expectNothingLost(report);
  expect(report.lastReleases).toEqual([next]);
};

const promotedRelease = async ({ site }: Pick<Scene, 'site'>): Promise<string> =>
  (await site.status()).promoted.replace(/.*\//, '');

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
  await machine.run('touch', '/run/kill-roll');
};
