import { beforeAll, describe, expect, test } from 'vitest';
import { isLost } from '../load/report.ts';
import { underLoad } from '../load/start.ts';
import { expectNothingLost, expectServing } from '../scene/expect.ts';
import { mastersOf } from '../scene/masters.ts';
import { befallRoll, expectNextRoll, overlaps } from '../scene/mid-roll.ts';
import { onEachSuite, type Scene } from '../scene/scene.ts';
import { standProof, standRequest, standStart } from '../scene/stand.ts';
import { hasSprung, installTrap, setTrap, sprungAt } from '../scene/trap.ts';

const LOAD = { fast: 3, post: 1, after: 1, slow: 1, slowSeconds: 0.4, afterSeconds: 0.3, pauseMs: 10 } as const;
const INI = '[pool]\npm.max_children = 4\n[health]\npath = /health\npasses = 1\ninterval = 50ms\ndeadline = 10s\n';
const BALANCER = 'php-zd-haproxy.service';
const STORM = 20;

const STANDS = [
  ['proves', standProof],
  ['retires', standRequest],
] as const;

const RESTART = `systemctl restart --no-block ${BALANCER}`;
const KILL = `systemctl kill --kill-whom=main --signal=KILL ${BALANCER}`;

/** The ways in which HAProxy's process ends, and with it every connection of that instant. */
const ENDS = [
  ['restarted', 'before the switch of', RESTART, 'switching', 'before'],
  ['restarted', 'within the switch of', RESTART, 'switching', 1],
  ['killed', 'before the switch of', KILL, 'switching', 'before'],
  ['killed', 'within the switch of', KILL, 'switching', 1],
  ['restarted', 'while it retires a replica in', RESTART, 'waiting for the requests', 20],
  ['killed', 'while it retires a replica in', KILL, 'waiting for the requests', 20],
] as const;

/** Holds all places that the system bus has for those who have not said yet who they are. */
const FLOOD = `use IO::Socket::UNIX; use IO::Select; my $all = IO::Select->new;
while (1) {
  while ($all->count < 64) {
    my $one = IO::Socket::UNIX->new(Peer => "/run/dbus/system_bus_socket") or last;
    syswrite $one, pack("x"); $all->add($one);
  }
  $all->remove($_) for $all->can_read(0.2);
}`;

onEachSuite('meanwhile', { ini: INI }, scene => {
  test('somebody without any right keeps the system bus from root: a site is looked at, stopped and started all the same', async () => {
    const { machine, site } = scene();
    await machine.write('/tmp/flood.pl', FLOOD);
    const isKeptAway = async () => (await machine.ask('timeout', '2', 'busctl', 'list')).status === 124;
    await machine.run('systemd-run', '--quiet', '--unit=flood', '--property=User=nobody', 'perl', '/tmp/flood.pl');
    try {
      await expect.poll(isKeptAway, { timeout: 30_000 }).toBe(true);
      expect(await machine.ask('timeout', '10', 'php-zd', 'status', site.name)).toMatchObject({ status: 0 });
      expect(await machine.ask('timeout', '20', 'systemctl', 'stop', `php-zd@${site.name}`)).toMatchObject({
        status: 0,
      });
      expect(await mastersOf(scene())).toEqual({});
      await machine.run('systemctl', 'start', '--no-block', `php-zd@${site.name}`);
      await expect.poll(async () => (await site.status()).serving, { timeout: 120_000 }).toBe(2);
      expect(await isKeptAway()).toBe(true);
    } finally {
      await machine.run('systemctl', 'stop', 'flood');
    }
  });

  test("somebody empties the host's /tmp: all that is started after it starts, and nothing is lost", async () => {
    const { machine, site } = scene();
    const report = await underLoad(machine, LOAD, async () => {
      await machine.run('find', '/tmp', '/var/tmp', '-mindepth', '1', '-delete');
      await site.roll();
      await machine.run('systemctl', 'reload', BALANCER);
      const { replicas } = await site.status();
      // Its drain and its admission are services of their own.
      for (const { slot } of replicas.filter(({ isServing }) => isServing)) {
        await machine.run('systemctl', 'restart', `php-zd-fpm-${site.name}@${slot}`);
      }
      expect(await machine.ask('php-zd', 'hold', site.name, '--for', '1s')).toMatchObject({ status: 0 });
    });
    expectNothingLost(report);
    await machine.run('systemctl', 'restart', `php-zd@${site.name}`, BALANCER);
    await expectServing(site, await site.promoted());
  });

  test.each(STANDS)('a roll whose link is flipped while it %s a replica goes on with what it began', async (...one) => {
    const { machine, site } = scene();
    const [, makeStand] = one;
    const later = await site.release();
    const fault = () => site.flip(later);
    const { old, next, report, isThrough } = await befallRoll(scene(), { load: LOAD, makeStand, fault });
    expectNothingLost(report);
    expect(isThrough).toBe(true);
    expect(report.releases).toEqual([old, next]);
    expect(await machine.ask('systemctl', 'reload', `php-zd@${site.name}`)).toMatchObject({ status: 0 });
    await expectServing(site, later);
  });

  test(`${STORM} reloads while a roll goes on become one more`, async () => {
    const { machine, site, journal } = scene();
    const mark = journal.mark();
    const next = await site.release();
    const stand = await standProof(scene());
    const report = await underLoad(machine, LOAD, async () => {
      await site.flip(next);
      const reloaded = site.reload();
      await stand.reached();
      const storm = `for _ in $(seq ${STORM}); do systemctl reload --no-block php-zd@${site.name}; done`;
      await machine.run('sh', '-c', storm);
      // This reload joins the last of them, and ends when that one does.
      const joined = machine.ask('systemctl', 'reload', `php-zd@${site.name}`);
      await stand.open();
      expect(await reloaded).toMatchObject({ status: 0 });
      expect(await joined).toMatchObject({ status: 0 });
      await expectServing(site, next);
    });
    expectNothingLost(report);
    expect(journal.since({ PHP_ZD_EVENT: 'roll-started' }, mark)).toHaveLength(2);
  });

  test.each(STANDS)('a site stopped while a roll %s a replica answers what it has accepted', async (_, makeStand) => {
    const { machine, site, journal } = scene();
    const old = await site.promoted();
    const stand = await makeStand(scene());
    const mark = journal.mark();
    let stoppedAt = 0;
    const report = await underLoad(machine, LOAD, async load => {
      await site.flip(await site.release());
      const reloaded = site.reload();
      await stand.reached();
      stoppedAt = Date.now();
      const stopped = machine.ask('systemctl', 'stop', `php-zd@${site.name}`);
      await journal.await({ PHP_ZD_EVENT: 'roll-failed' }, mark);
      // What the roll left is put right before the site is stopped.
      if (!('answer' in stand)) await stand.open();
      await expect.poll(() => isReachable(scene()), { timeout: 20_000 }).toBe(false);
      await stand.open();
      expect(await stopped).toMatchObject({ status: 0 });
      expect(await reloaded).toMatchObject({ status: 1 });
      await machine.run('systemctl', 'start', `php-zd@${site.name}`);
      await load.round();
      await expectServing(site, old);
    });
    expect(report.samples.filter(isLost).filter(({ startedAt }) => startedAt < stoppedAt)).toEqual([]);
    expect(report.lastReleases).toEqual([old]);
    if ('answer' in stand) expect(await stand.answer).toMatchObject({ status: 0 });
    await expectNextRoll(scene());
  });

  test('a site stopped while it starts is stopped', async () => {
    const { machine, site } = scene();
    const old = await site.promoted();
    await machine.run('systemctl', 'stop', `php-zd@${site.name}`);
    const stand = await standStart(scene());
    const started = machine.ask('systemctl', 'start', `php-zd@${site.name}`);
    await stand.reached();
    const stopped = machine.ask('systemctl', 'stop', `php-zd@${site.name}`);
    expect((await started).status).not.toBe(0);
    await stand.open();
    expect(await stopped).toMatchObject({ status: 0 });
    expect(await mastersOf(scene())).toEqual({});
    await machine.run('systemctl', 'start', `php-zd@${site.name}`);
    await expectServing(site, old);
  });

  test('a start that fails by itself stops nothing that runs', async () => {
    const { machine, site } = scene();
    const old = await site.promoted();
    const socket = `/run/php-zd/${site.name}/fastcgi.sock`;
    await machine.run('systemctl', 'stop', `php-zd@${site.name}`);
    await machine.run('systemctl', 'start', `php-zd-fpm-${site.name}@1`);
    await machine.run('mv', socket, `${socket}.kept`);
    await machine.write(socket, 'not ours');
    expect((await machine.ask('systemctl', 'start', `php-zd@${site.name}`)).status).not.toBe(0);
    expect(Object.keys(await mastersOf(scene()))).toEqual([`php-zd-fpm-${site.name}@1.service`]);
    await machine.run('mv', `${socket}.kept`, socket);
    await machine.run('systemctl', 'start', `php-zd@${site.name}`);
    await expectServing(site, old);
  });

  describe('blue-green', () => {
    beforeAll(async () => {
      const { machine, site } = scene();
      await installTrap(machine, site.name);
      await site.writeIni(`strategy = blue-green\n${INI}`);
      expect(await site.reload()).toMatchObject({ status: 0 });
    });

    test.each(ENDS)('HAProxy %s %s a roll loses what it has then, and no more', async (...one) => {
      const [, , command, at, moment] = one;
      const { machine, site, journal } = scene();
      const next = await site.release();
      const window = { from: 0, to: 0 };
      const mark = journal.mark();
      const report = await underLoad(machine, LOAD, async () => {
        await setTrap(machine, { at: `Step * of *: ${at}*`, moment, command });
        await site.flip(next);
        expect(await site.reload()).toMatchObject({ status: 0 });
        expect(hasSprung(machine)).toBe(true);
        window.from = await sprungAt(machine);
        const started = await journal.await({ UNIT: BALANCER, MESSAGE: /^Started / }, mark);
        // nginx takes a moment to hear of the connections that were cut.
        window.to = Number(started['__REALTIME_TIMESTAMP']) / 1000 + 100;
        await expectServing(site, next);
      });
      expect(report.samples.filter(isLost).filter(sample => !overlaps(sample, window))).toEqual([]);
      await expectNextRoll(scene());
    });
  });
});

/** A stopped site's socket takes nobody. */
const isReachable = async ({ machine, site }: Scene): Promise<boolean> =>
  (await machine.ask('curl', '--silent', '--fail', '--max-time', '5', site.url)).status === 0;
