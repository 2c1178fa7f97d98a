import { expect, test } from 'vitest';
import { awaitAnswer } from '../lab/machine.ts';
import { underLoad } from '../load/start.ts';
import {
  findMasters,
  type Ini,
  LOAD,
  readGenerated,
  readServers,
  reconfigure,
  runInPhp,
  socketOf,
  visit,
  writeConfig,
} from '../scene/configure.ts';
import { expectNothingLost, expectServing } from '../scene/expect.ts';
import { onOneSuite, type Scene } from '../scene/scene.ts';
import { standProof } from '../scene/stand.ts';

const MOUNT = '/srv/shop/releases';

/** Configurations that pass every check, and whose replicas do not. */
const UNFIT: readonly { readonly title: string; readonly changes: Ini }[] = [
  {
    title: 'with which no request succeeds',
    changes: {
      site: { replicas: '3', mount: `${MOUNT}/unfit.live` },
      php: { 'ini[auto_prepend_file]': '/srv/missing.php' },
      pool: { 'pm.max_children': '6' },
      health: { deadline: '1s' },
    },
  },
  {
    title: 'that asks for another answer than there is',
    changes: { health: { status: '204', deadline: '500ms' }, listen: { mode: '0666' }, env: { GREETING: 'hello' } },
  },
];

// Each roll goes from the configuration that the test before it left to the one that is meant.
onOneSuite('bookworm', 'config', {}, scene => {
  test('a roll that changes nothing does not reload HAProxy', async () => {
    await reconfigure(scene());
    const mark = scene().journal.mark();
    await reconfigure(scene());
    await expectBalancerReloads(scene(), mark, 0);
  });

  test('more children, of which HAProxy knows as FPM does, and a way in over HTTP', async () => {
    const mark = scene().journal.mark();
    await reconfigure(scene(), { pool: { 'pm.max_children': '6' }, listen: { http: '127.0.0.1:8080' } });
    expect((await askOverHttp(scene())).stdout).toMatch(/^release=1 done$/);
    const { replicas } = await scene().site.status();
    expect(replicas.map(({ busy, idle }) => (busy ?? 0) + (idle ?? 0))).toEqual([6, 6]);
    expect(await readServers(scene())).toEqual({ 1: 6, 2: 6, 3: 6, 4: 6 });
    // Once before the roll, with the smaller number while old replicas run, and once after it.
    await expectBalancerReloads(scene(), mark, 2);
    // It goes on without a line that it does not want (facts.md N117).
    const own = '/usr/lib/php-zd/haproxy.cfg';
    const { stderr } = await scene().machine.ask('haproxy', '-c', '-f', own, '-f', '/var/lib/php-zd/haproxy');
    expect(stderr.match(/^\[(?:WARNING|ALERT)\].*$/gm)).toEqual([expect.stringContaining("resolvers 'default'")]);
  });

  test('two replicas become three, and two again, and nobody comes in over HTTP any more', async () => {
    const { site, machine } = scene();
    await reconfigure(scene(), { site: { replicas: '3' } });
    expect((await askOverHttp(scene())).stdout).toBe('');
    expect(Object.keys(await readServers(scene()))).toEqual(['1', '2', '3', '4', '5', '6']);
    await expectServing(site, await site.promoted());
    await reconfigure(scene());
    expect(await readServers(scene())).toEqual({ 1: 4, 2: 4, 3: 4, 4: 4 });
    const units = await machine.run('systemctl', 'list-units', '--plain', '--no-legend', 'php-zd-fpm-shop@*');
    expect(units.trim().split('\n')).toHaveLength(2);
    expect((await machine.run('ls', '/var/lib/php-zd/shop/slots')).trim().split('\n')).toHaveLength(2);
    expect(await machine.run('sh', '-c', 'ls /etc/systemd/system | grep "php-zd-fpm-shop@[0-9]" || true')).toBe('');
  });

  test('another PHP binary, other settings and another environment are what PHP runs with', async () => {
    await installOtherPhp(scene());
    await reconfigure(scene(), otherPhp);
    expect((await findMasters(scene())).map(({ exe }) => exe)).toEqual([OTHER_PHP, OTHER_PHP]);
    expect(await runInPhp(scene(), 'printenv GREETING')).toBe('hello');
    expect(await visit(scene(), 'ini=memory_limit')).toBe('77M');
    await reconfigure(scene());
    expect((await findMasters(scene())).map(({ exe }) => exe)).not.toContain(OTHER_PHP);
    expect(await runInPhp(scene(), 'printenv GREETING')).toBe('');
  });

  test('an old replica that crashes while a new one is proven comes back as it was', async () => {
    const { machine, site } = scene();
    const [old, other] = await findMasters(scene());
    if (old === undefined || other === undefined) throw new Error('two replicas should serve');
    const stand = await standProof(scene());
    await writeConfig(scene(), otherPhp);
    const reloaded = site.reload();
    await stand.reached();
    await machine.run('kill', '-KILL', old.pid);
    const back = await awaitAnswer('the replica that crashed to serve', async () =>
      (await findMasters(scene())).find(({ slot, pid }) => slot === old.slot && pid !== old.pid && pid !== '0'),
    );
    expect(back.exe).toBe(old.exe);
    const report = await underLoad(machine, LOAD, async () => {
      expect(await runInPhp(scene(), 'printenv GREETING')).toBe('');
      await stand.open();
      expect(await reloaded).toMatchObject({ status: 0 });
    });
    expectNothingLost(report);
    await expectServing(site, await site.promoted());
    expect((await findMasters(scene())).map(({ exe }) => exe)).toEqual([OTHER_PHP, OTHER_PHP]);
    expect(await runInPhp(scene(), 'printenv GREETING')).toBe('hello');
    await reconfigure(scene());
  });

  test.each(UNFIT)('a configuration $title brings back all of the one before it', async ({ changes }) => {
    const { machine, site } = scene();
    await writeConfig(scene());
    expect(await machine.ask('php-zd', 'reload', '--if-changed', site.name)).toMatchObject({ status: 0 });
    const [before, masters, socket] = [
      await readGenerated(scene()),
      await findMasters(scene()),
      await socketOf(scene()),
    ];
    const report = await underLoad(machine, LOAD, async () => {
      await writeConfig(scene(), changes);
      expect(await site.reload()).toMatchObject({ status: 1 });
      expect(await readGenerated(scene())).toBe(before);
      await expectServing(site, await site.promoted());
    });
    expectNothingLost(report);
    expect(await findMasters(scene())).toEqual(masters);
    expect(await socketOf(scene())).toBe(socket);
  });
});

const askOverHttp = ({ machine }: Scene) => machine.ask('curl', '--silent', '--fail', 'http://127.0.0.1:8080/');

const OTHER_PHP = '/opt/php/php-fpm';

const installOtherPhp = async ({ machine }: Scene): Promise<void> => {
  await machine.run('mkdir', '--parents', '/opt/php');
  await machine.run('sh', '-c', `cp /usr/sbin/php-fpm8.? ${OTHER_PHP}`);
  await machine.write('/srv/prepend.php', "<?php if (isset($_GET['ini'])) exit(ini_get($_GET['ini']));\n");
};

const otherPhp: Ini = {
  php: { binary: OTHER_PHP, 'ini[memory_limit]': '77M', 'ini[auto_prepend_file]': '/srv/prepend.php' },
  env: { GREETING: 'hello' },
};

/** Expects that HAProxy was reloaded `count` times since the mark. */
const expectBalancerReloads = async ({ journal }: Scene, mark: number, count: number): Promise<void> => {
  await journal.await({ PHP_ZD_EVENT: 'receipt' }, mark);
  expect(journal.since({ PHP_ZD_EVENT: 'balancer-reloaded' }, mark)).toHaveLength(count);
};
