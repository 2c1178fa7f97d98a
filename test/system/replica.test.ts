import { expect, test } from 'vitest';
import { awaitAnswer } from '../lab/machine.ts';
import { isLost } from '../load/report.ts';
import { underLoad } from '../load/start.ts';
import { expectNothingLost, expectServing, servingSlots } from '../scene/expect.ts';
import { onOneSuite } from '../scene/scene.ts';
import { standRequest } from '../scene/stand.ts';

const LOAD = { fast: 3, post: 1, after: 1, slow: 3, slowSeconds: 0.7, afterSeconds: 0.5 } as const;

onOneSuite('trixie', 'replica', {}, scene => {
  test('a replica that crashes comes back on its release, though the link names another by now', async () => {
    const { machine, site, journal } = scene();
    const old = await site.promoted();
    const [slot] = await servingSlots(site);
    const unit = `php-zd-fpm-${site.name}@${slot}.service`;
    const window = { from: 0, to: 0 };
    await site.flip(await site.release());
    // As a umask of 077 leaves it: Perl looks there for modules, before it looks where Debian's lie.
    await machine.run('chmod', '700', '/usr/local', '/etc/perl');
    // No slow requests: those that a killed PHP has in hand are lost, whatever stands in front of it.
    const report = await underLoad(machine, { fast: 4, post: 2 }, async () => {
      window.from = Date.now();
      await machine.run('systemctl', 'kill', '--kill-whom=main', '--signal=KILL', unit);
      // The children go on until systemd has seen the master's end; this is when the last of them is gone.
      const gone = await journal.await({ UNIT: unit, MESSAGE: /Failed with result 'signal'/ }, window.from * 1000);
      window.to = Number(gone['__REALTIME_TIMESTAMP']) / 1000;
      await awaitAnswer(`replica ${slot} to serve again`, async () =>
        (await site.status()).serving === 2 ? true : undefined,
      );
      await expectServing(site, old);
    });
    await machine.run('chmod', '755', '/usr/local', '/etc/perl');
    // A request that begins after that is never lost: HAProxy finds no listener, and gives the request to the other replica.
    const others = report.samples
      .filter(isLost)
      .filter(({ startedAt, endedAt }) => startedAt > window.to || endedAt < window.from);
    expect(others).toEqual([]);
    expect(report.releases).toEqual([old]);
  });

  test.each([
    ['systemctl restart', (slot: number) => ['systemctl', 'restart', `php-zd-fpm-shop@${slot}`]],
    ['php-zd restart --replica', (slot: number) => ['php-zd', 'restart', 'shop', '--replica', String(slot)]],
  ] as const)(
    '%s of one replica after the other by hand loses nothing, and each serves its own release again',
    async (_, by) => {
      const { machine, site } = scene();
      const old = await site.promoted();
      await site.flip(await site.release());
      const slots = await servingSlots(site);
      const before = await Promise.all(slots.map(pidOf));
      const report = await underLoad(machine, LOAD, async () => {
        for (const [command = '', ...args] of slots.map(by)) await machine.run(command, ...args);
        await awaitAnswer('both to serve', async () => ((await site.status()).serving === 2 ? true : undefined));
        await expectServing(site, old);
      });
      expectNothingLost(report);
      expect(report.releases).toEqual([old]);
      for (const pid of await Promise.all(slots.map(pidOf))) expect(before).not.toContain(pid);
    },
  );

  test('a replica stopped by hand loses nothing, and status says so until it is started again', async () => {
    const { machine, site } = scene();
    const old = await site.promoted();
    const [slot] = await servingSlots(site);
    const report = await underLoad(machine, LOAD, async () => {
      expect(await machine.ask('php-zd', 'stop', site.name, '--replica', String(slot))).toMatchObject({ status: 0 });
      const status = await machine.ask('php-zd', 'status', site.name);
      expect(status.status).toBe(3);
      expect(status.stdout).toContain(`! replica ${slot} is stopped: php-zd start shop --replica ${slot}\n`);
      expect(await machine.ask('php-zd', 'start', site.name, '--replica', String(slot))).toMatchObject({ status: 0 });
      expect(await machine.ask('php-zd', 'status', site.name)).toMatchObject({ status: 0 });
      await expectServing(site, old);
    });
    expectNothingLost(report);
  });

  test('a site whose replica was started before it is rolled like any other', async () => {
    const { machine, site } = scene();
    const unit = `php-zd@${site.name}`;
    const [slot] = await servingSlots(site);
    await machine.run('systemctl', 'stop', unit);
    await machine.run('systemctl', 'start', `php-zd-fpm-${site.name}@${slot}`);
    await machine.run('systemctl', 'start', unit);
    await site.roll();
  });

  test('a site that is stopped finishes what it has, and starts again on its release', async () => {
    const { machine, site, journal } = scene();
    const old = await site.promoted();
    await site.flip(await site.release());
    const request = await standRequest(scene());
    const mark = journal.mark();
    const stopped = machine.ask('systemctl', 'stop', `php-zd@${site.name}`);
    await journal.await({ PHP_ZD_EVENT: 'draining', MESSAGE: /1 request left/ }, mark);
    await request.open();
    expect(await stopped).toMatchObject({ status: 0 });
    expect(await request.answer).toMatchObject({ status: 0, stdout: `release=${old} done` });
    const status = await machine.ask('php-zd', 'status', site.name);
    expect(status.status).toBe(3);
    expect(status.stdout).toContain('! not started: systemctl start php-zd@shop\n');

    await machine.run('systemctl', 'start', `php-zd@${site.name}`);
    await expectServing(site, old);
  });

  test('systemctl stops a site where Node.js cannot run, and finishes what it has; a restart leaves it as it is', async () => {
    const { machine, site } = scene();
    const unit = `php-zd@${site.name}`;
    const replicas = async () =>
      (await machine.ask('systemctl', 'is-active', `php-zd-fpm-${site.name}@*`)).stdout.trim();
    const old = await site.promoted();
    const node = (await machine.run('readlink', '-f', '/usr/bin/node')).trim();
    await machine.run('mount', '--bind', '/bin/false', node);
    const restarted = await machine.ask('systemctl', 'restart', unit);
    expect({ ...restarted, replicas: await replicas() }).toMatchObject({ status: 1, replicas: 'active\nactive' });
    await machine.run('umount', node);
    await machine.run('systemctl', 'reset-failed', unit);
    await machine.run('php-zd', 'start', site.name);

    await machine.run('mount', '--bind', '/bin/false', node);
    const request = await standRequest(scene());
    const stopped = machine.ask('systemctl', 'stop', unit);
    await awaitAnswer('the replicas to stop', async () => (await replicas()).includes('deactivating') || undefined);
    await request.open();
    expect(await stopped).toMatchObject({ status: 0 });
    expect(await request.answer).toMatchObject({ status: 0, stdout: `release=${old} done` });
    expect(await machine.ask('systemctl', 'is-active', unit)).toMatchObject({ stdout: 'inactive\n' });
    expect(await replicas()).toBe('');
    await machine.run('umount', node);
    // On a fast machine these were more starts than systemd has in ten seconds.
    await machine.run('systemctl', 'reset-failed', unit);
    await machine.run('systemctl', 'start', unit);
    await expectServing(site, old);
  });

  /** Has a replica stop whose drain waits for its turn, until the unit `taken` is stopped. */
  const stopInTurn = async (unit: string) => {
    const { machine } = scene();
    const taken = ['--unit=taken', 'flock', '/run/php-zd-turns/drains/queue', 'sleep', 'infinity'];
    await machine.run('systemd-run', '--quiet', ...taken);
    await awaitAnswer(
      'the turns to be taken',
      async () =>
        (await machine.ask('flock', '--nonblock', '/run/php-zd-turns/drains/queue', 'true')).status === 1 || undefined,
    );
    await machine.run('systemctl', 'stop', '--no-block', unit);
    await awaitAnswer(
      'the drain to wait',
      async () => (await machine.ask('pgrep', '--full', '--exact', 'flock 8')).status === 0 || undefined,
    );
  };

  test('a replica drains when it is its turn, serves until then, and is not said to serve on', async () => {
    const { machine, site } = scene();
    const [slot] = await servingSlots(site);
    const unit = `php-zd-fpm-${site.name}@${slot}.service`;
    await stopInTurn(unit);
    expect(await servingSlots(site)).toContain(slot);
    expect(await machine.ask('php-zd', 'ready', site.name, String(slot))).toMatchObject({
      status: 6,
      stderr: expect.stringContaining(
        `replica ${slot} of shop is about to stop, or to start anew: "php-zd start shop --replica ${slot}" has it run again.`,
      ),
    });
    await machine.run('systemctl', 'stop', 'taken');
    await awaitAnswer('the replica to stop', async () => {
      const { stdout } = await machine.ask('systemctl', 'is-active', unit);
      return stdout.trim() === 'inactive' || undefined;
    });
    await machine.run('php-zd', 'start', site.name, '--replica', String(slot));
    expect((await site.status()).serving).toBe(2);
  });

  test('a drain whose replica ends before its turn leaves the next replica of the slot alone', async () => {
    const { machine, site, journal } = scene();
    const [slot] = await servingSlots(site);
    const unit = `php-zd-fpm-${site.name}@${slot}.service`;
    await stopInTurn(unit);
    await machine.run('systemctl', 'kill', '--kill-whom=main', '--signal=KILL', unit);
    await awaitAnswer('the replica to end', async () => {
      const { stdout } = await machine.ask('systemctl', 'is-active', unit);
      return stdout.trim() === 'failed' || undefined;
    });
    await machine.run('systemctl', 'start', unit);
    await awaitAnswer('both to serve', async () => (await site.status()).serving === 2 || undefined);
    const gate = `php-zd-gate-${site.name}@${slot}.service`;
    const mark = journal.mark();
    await machine.run('systemctl', 'stop', 'taken');
    await journal.await({ UNIT: gate, MESSAGE: /Finished/ }, mark);
    expect(journal.since({ PHP_ZD_EVENT: 'replica-drained' }, mark)).toEqual([]);
    await expectServing(site, await site.promoted());
  });

  const pidOf = (slot: number) =>
    scene().machine.run('systemctl', 'show', '--property=MainPID', '--value', `php-zd-fpm-shop@${slot}`);
});
