import { expect, test } from 'vitest';
import { makeBalancer } from '../../src/adapters/haproxy.ts';
import { paths } from '../../src/base/paths.ts';
import { awaitAnswer, type Machine } from '../lab/machine.ts';
import { isLost, type Sample } from '../load/report.ts';
import { underLoad } from '../load/start.ts';
import { expectNothingLost, expectServing } from '../scene/expect.ts';
import { onOneSuite, type Scene } from '../scene/scene.ts';
import { standProof, standRequest } from '../scene/stand.ts';

const LOAD = { fast: 3, post: 1, after: 1, slow: 2, slowSeconds: 0.5, afterSeconds: 0.5, pauseMs: 10 } as const;
const BALANCER = 'php-zd-haproxy.service';

const STEPS = [
  ['drains', standRequest],
  ['proves', standProof],
] as const;

/** The ways in which HAProxy's process ends, and with it every connection of that instant. */
const ENDS = [
  { ended: 'restarted', by: ['restart'] },
  { ended: 'killed', by: ['kill', '--kill-whom=main', '--signal=KILL'] },
] as const;

onOneSuite('trixie', 'balancer', {}, scene => {
  test.each(STEPS)('HAProxy reloaded while a roll %s a replica loses nothing', async (_, makeStand) => {
    const { machine, site } = scene();
    const next = await site.release();
    const stand = await makeStand(scene());
    const report = await underLoad(machine, LOAD, async load => {
      await site.flip(next);
      const reloaded = site.reload();
      await stand.reached();
      await machine.run('systemctl', 'reload', BALANCER);
      await load.round();
      await stand.open();
      expect(await reloaded).toMatchObject({ status: 0 });
      await expectServing(site, next);
    });
    expectNothingLost(report);
    if ('answer' in stand) expect(await stand.answer).toMatchObject({ status: 0 });
    await expectOnlyServingChecked(scene());
  });

  test('the first line of a reload has HAProxy look for replicas of all slots, and a roll that is refused ends that', async () => {
    const { machine, site } = scene();
    const lines = await machine.run('systemctl', 'show', '--property=ExecReload', '--value', `php-zd@${site.name}`);
    const [, first = ''] = /argv\[\]=(.*?) ;/.exec(lines) ?? [];
    await expectOnlyServingChecked(scene());
    const [program = '', ...words] = first.split(' ');
    await machine.run(program, ...words);
    const checks = await makeBalancerOf(machine).checks();
    expect(checks.map(({ server, isChecked }) => [server, isChecked])).toEqual(
      ['1', '2', '3', '4'].map(slot => [slot, true]),
    );
    const ini = await machine.run('cat', site.file);
    await machine.write(site.file, `${ini}\nno key\n`);
    expect((await machine.ask('systemctl', 'reload', `php-zd@${site.name}`)).status).toBe(1);
    await machine.write(site.file, ini);
    await expectOnlyServingChecked(scene());
  });

  test('a start says that the socket of HAProxy is gone, and the site answers once what it says is typed', async () => {
    const { machine, site } = scene();
    const unit = `php-zd@${site.name}`;
    await machine.run('rm', `/run/php-zd/${site.name}/balancer/fastcgi.sock`);
    await machine.run('systemctl', 'restart', unit);
    const status = await machine.run('systemctl', 'show', '--property=StatusText', '--value', unit);
    expect(status).toContain(`Nobody comes to ${site.name}: `);
    const said = await machine.run('journalctl', '--output=cat', '--lines=20', '--unit', unit);
    const [, command = ''] = /Nobody comes to shop: .* was removed\. "([^"]+)" makes it anew/.exec(said) ?? [];
    expect((await machine.ask('curl', '--silent', '--fail', site.url)).status).not.toBe(0);
    await machine.run('sh', '-c', command);
    await awaitAnswer('an answer', async () =>
      (await machine.ask('curl', '--silent', '--fail', site.url)).status === 0 ? true : undefined,
    );
    await machine.run('systemctl', 'restart', unit);
    await expectServing(site, await site.promoted());
    expect(await machine.run('systemctl', 'show', '--property=StatusText', '--value', unit)).not.toContain('Nobody');
  });

  test('HAProxy reloaded while its worker has no processor for more than a second loses nothing', async () => {
    const { machine, site } = scene();
    const report = await underLoad(machine, { fast: 150, pauseMs: 1 }, async load => {
      for (let turn = 0; turn < 3; turn += 1) {
        const [worker = 0] = (await makeBalancerOf(machine).workers()).map(({ pid }) => pid);
        // The new one then has none of its listening sockets, and makes its own.
        await machine.run(
          'sh',
          '-c',
          `kill -STOP ${worker}; systemctl reload ${BALANCER}; sleep 1.5; kill -CONT ${worker}`,
        );
        await load.round();
      }
    });
    expectNothingLost(report);
    const said = await machine.run(
      'journalctl',
      '--unit',
      BALANCER,
      '--output=cat',
      '--grep=Failed to get the',
      '--quiet',
    );
    expect(said).toMatch(/sockets/);
    await expectServing(site, await site.promoted());
  });

  test.each(['rolling', 'blue-green'])(
    '%s right behind a reload of HAProxy, whose former worker answers too for seconds, loses nothing',
    async strategy => {
      const { machine, site } = scene();
      const ini = await machine.run('cat', site.file);
      await machine.write(site.file, ini.replace('[site]\n', `[site]\nstrategy = ${strategy}\n`));
      const setGrace = async (ms: number) => {
        await machine.run('sed', '--in-place', `s/^  grace .*/  grace ${ms}/`, '/usr/lib/php-zd/haproxy.cfg');
        await machine.run('systemctl', 'restart', BALANCER);
      };
      await setGrace(4_000);
      const report = await underLoad(machine, { fast: 6, pauseMs: 5 }, async load => {
        for (let turn = 0; turn < 3; turn += 1) {
          const next = await site.release();
          await site.flip(next);
          await machine.run('systemctl', 'reload', BALANCER);
          expect(await site.reload()).toMatchObject({ status: 0 });
          await load.round();
          await expectServing(site, next);
        }
      });
      expectNothingLost(report);
      await setGrace(200);
      await machine.write(site.file, ini);
    },
  );

  describeEnds(scene);
});

const makeBalancerOf = ({ root }: Machine) =>
  makeBalancer({ admin: `${root}${paths.balancerAdmin}`, master: `${root}${paths.balancerMaster}` });

/** HAProxy looks for no replica that cannot be there: forty times a second would be a part of a processor on a host of many sites. */
const expectOnlyServingChecked = async ({ machine, site }: Scene): Promise<void> => {
  const checks = await makeBalancerOf(machine).checks();
  const checked = checks.filter(({ isChecked }) => isChecked).map(({ server }) => Number(server));
  const { replicas } = await site.status();
  expect(checked).toEqual(replicas.filter(({ isServing }) => isServing).map(({ slot }) => slot));
};

function describeEnds(scene: () => Scene): void {
  const cases = ENDS.flatMap(({ ended, by }) =>
    STEPS.map(([step, makeStand]) => [ended, step, by, makeStand] as const),
  );
  test.each(cases)('HAProxy %s while a roll %s a replica loses what it has then, and no more', async (...one) => {
    const [, , by, makeStand] = one;
    const { machine, site, journal } = scene();
    const next = await site.release();
    const stand = await makeStand(scene());
    const window = { from: 0, to: 0 };
    const report = await underLoad(machine, LOAD, async load => {
      await site.flip(next);
      const reloaded = site.reload();
      await stand.reached();
      window.from = Date.now();
      await machine.run('systemctl', ...by, BALANCER);
      const started = await journal.await({ UNIT: BALANCER, MESSAGE: /^Started / }, window.from * 1000);
      // nginx takes a moment to hear of the connections that were cut.
      window.to = Number(started['__REALTIME_TIMESTAMP']) / 1000 + 100;
      await load.round();
      await stand.open();
      expect(await reloaded).toMatchObject({ status: 0 });
      await expectServing(site, next);
    });
    expect(report.samples.filter(isLost).filter(sample => !overlaps(sample, window))).toEqual([]);
  });
}

const overlaps = ({ startedAt, endedAt }: Sample, { from, to }: { readonly from: number; readonly to: number }) =>
  startedAt <= to && endedAt >= from;
