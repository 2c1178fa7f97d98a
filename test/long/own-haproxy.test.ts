import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { isDyingOfRecords } from '../../src/render/one-record.ts';
import { hold } from '../lab/hold.ts';
import { awaitAnswer } from '../lab/machine.ts';
import type { LoadReport } from '../load/report.ts';
import { underLoad } from '../load/start.ts';
import { type Ini, writeConfig } from '../scene/configure.ts';
import { expectNothingLost, expectServing, expectSwitched } from '../scene/expect.ts';
import { killRoll } from '../scene/killed-roll.ts';
import { expectNextRoll } from '../scene/mid-roll.ts';
import { lastRoll } from '../scene/receipt.ts';
import { onEachSuite, type Scene } from '../scene/scene.ts';
import { standProof } from '../scene/stand.ts';

const PORTS = [8090, 8091] as const;
const URL = `http://127.0.0.1:${PORTS[0]}/`;
const LOAD = {
  url: URL,
  ...{ fast: 3, post: 2, after: 1, slow: 2, slowSeconds: 0.4, afterSeconds: 0.3, pauseMs: 10 },
};
const CONFIG = '/etc/haproxy/haproxy.cfg';
const SECOND_CONFIG = '/etc/haproxy/second.cfg';
const ADMIN = '/run/haproxy/admin.sock';
const SECOND = { socket: '/run/haproxy/second.sock', master: '/run/haproxy-second.sock' };

/** The drop-in that shows the sockets to it in its chroot. */
const SHOW = `
mkdir -p /etc/systemd/system/haproxy.service.d
printf '[Service]\\nBindReadOnlyPaths=/run/php-zd:/var/lib/haproxy/run/php-zd\\n' >/etc/systemd/system/haproxy.service.d/php-zd.conf
`;

/** Debian's package as it is, shown the sockets in its chroot; and a second process, as an operator has who keeps two. */
const SET_UP = `${SHOW}
cp ${CONFIG} /etc/haproxy/haproxy.cfg.debian
sed 's/^ExecStart=.*/ExecStart=haproxy -Ws -f ${SECOND_CONFIG.replaceAll('/', '\\/')} -p \\/run\\/second.pid -S ${SECOND.master.replaceAll('/', '\\/')}/; /^ExecReload=.*-c/d' \
  "$(systemctl show --property=FragmentPath --value haproxy)" >/etc/systemd/system/second.service
cp -r /etc/systemd/system/haproxy.service.d /etc/systemd/system/second.service.d
systemctl daemon-reload
`;

/** The operator's configurations of now: Debian's, and what php-zd prints. */
const CONFIGURE = `
{ cat /etc/haproxy/haproxy.cfg.debian; php-zd snippet shop haproxy | sed 's/bind :80$/bind :${PORTS[0]}/'; } >${CONFIG}
{ sed 's#${ADMIN}#${SECOND.socket}#' /etc/haproxy/haproxy.cfg.debian; php-zd snippet shop haproxy | sed 's/bind :80$/bind :${PORTS[1]}/; s#/run/haproxy/shop.sock#/run/haproxy/second-shop.sock#'; } >${SECOND_CONFIG}
`;

const shell = (scene: Scene, script: string) => scene.machine.run('bash', '-e', '-o', 'pipefail', '-c', script);

/** The site file with a HAProxy of one's own, and that as the site wants it. */
const reach = async (
  scene: Scene,
  haproxy: Readonly<Record<string, string>> = {},
  changes: Ini = {},
): Promise<void> => {
  const site = { url: URL, ...changes['site'] };
  await writeConfig(scene, { ...changes, site, haproxy: { socket: ADMIN, ...haproxy } });
  await shell(scene, `${CONFIGURE} systemctl reload-or-restart haproxy second`);
  await awaitChecked(scene);
  await scene.site.roll();
};

/** A reload is over for systemd before the new worker answers. */
const awaitChecked = (scene: Scene) =>
  awaitAnswer('a right configuration', async () =>
    (await scene.machine.ask('php-zd', 'check', 'shop')).status === 0 ? true : undefined,
  );

onEachSuite('own-haproxy', {}, scene => {
  beforeAll(async () => {
    await shell(scene(), SET_UP);
    await reach(scene());
  });
  describe('a HAProxy of one’s own', () => describeRolls(scene));
  describe('two of them', () => describeTwo(scene));
  describe('what is not as it must be', () => describeProblems(scene));
});

/** A roll to a new release under load, at whose first proof something befalls. */
const rollUnderLoad = async (scene: Scene, befalls: () => Promise<unknown>): Promise<LoadReport> => {
  const { site, machine } = scene;
  const stand = await standProof(scene);
  const report = await underLoad(machine, LOAD, async ({ round }) => {
    await site.flip(await site.release());
    const rolled = site.roll().catch(() => undefined);
    await stand.reached();
    await befalls();
    await round();
    await stand.open();
    await rolled;
  });
  expectNothingLost(report);
  return report;
};

function describeRolls(scene: () => Scene): void {
  test.each([
    ['rolling', {}],
    ['in place', { surge: '0' }],
    ['with surge', { surge: '2' }],
    ['with a standby', { standby: 'yes' }],
  ] as const)('loses no request in rolls, %s, and is counted', async (_, keys) => {
    const { machine, site } = scene();
    await reach(scene(), {}, { site: keys });
    const report = await underLoad(machine, LOAD, async ({ round }) => {
      for (let n = 0; n < 3; n += 1) {
        await site.flip(await site.release());
        await site.roll();
        await round();
      }
    });
    expectNothingLost(report);
    const { receipt } = await lastRoll(scene());
    expect(receipt).toMatchObject({ lost: 0, requests: expect.any(Number) });
    expect(Number(Object(receipt).requests)).toBeGreaterThan(10);
    const { serving, wanted } = await site.status();
    expect(serving).toBe(wanted);
  });

  test('is switched at one moment, blue-green, with one thread', async () => {
    const { machine, site } = scene();
    await shell(scene(), `sed -i 's/^global$/global\\n\\tnbthread 1/' /etc/haproxy/haproxy.cfg.debian`);
    await reach(scene(), {}, { site: { strategy: 'blue-green' } });
    const old = await site.promoted();
    const next = await site.release();
    let rolledAt = 0;
    const report = await underLoad(machine, LOAD, async ({ round }) => {
      await site.flip(next);
      await site.roll();
      rolledAt = Date.now();
      await round();
    });
    expectNothingLost(report);
    expectSwitched(report, old, next, rolledAt);
    await shell(scene(), `sed -i '/nbthread 1/d' /etc/haproxy/haproxy.cfg.debian`);
    await reach(scene());
  });

  test('is reloaded in the middle of a roll, and nothing is lost', async () => {
    await rollUnderLoad(scene(), () => scene().machine.run('systemctl', 'reload', 'haproxy'));
    await expectServing(scene().site, await scene().site.promoted());
  });

  test('whose roll is killed loses nothing, and the next roll goes through', async () => {
    await rollUnderLoad(scene(), () => killRoll(scene()));
    await expectNextRoll(scene());
  });

  test('drains a replica there too, whose last request is answered, also after a reload', async () => {
    const { machine, site, journal } = scene();
    const requests = await hold(machine, site, 'own');
    const answer = machine.ask('curl', '--silent', '--fail', `${URL}?stand=own`);
    const replica = await requests.arrived();
    const mark = journal.mark();
    await site.flip(await site.release());
    await machine.run('systemctl', 'reload', '--no-block', 'php-zd@shop');
    const waits = new RegExp(`: waiting for the requests of replica ${replica}, to stop it`);
    await journal.await({ PHP_ZD_EVENT: 'step-started', MESSAGE: waits }, mark);
    // Its name and its administrative state, of which 8 is a forced drain.
    const states = await shell(scene(), `echo 'show servers state shop' | socat - ${ADMIN} | cut -d' ' -f4,7`);
    await machine.run('systemctl', 'reload', 'haproxy');
    const draining = await journal.await({ PHP_ZD_EVENT: 'draining' }, mark);
    await requests.open();
    expect(states).toContain(`\n${replica} 8\n`);
    expect(draining).toBeDefined();
    expect(await answer).toMatchObject({ status: 0 });
    await journal.await({ PHP_ZD_EVENT: 'roll-done' }, mark);
    await expectServing(site, await site.promoted());
  });

  test('lets a long query through with the lines that are printed for it', async () => {
    const ask = async (bytes: number) =>
      (
        await shell(
          scene(),
          `curl --silent --output /dev/null --write-out '%{http_code}' '${URL}?${'a'.repeat(bytes)}'`,
        )
      ).trim();
    expect([await ask(7_000), await ask(9_000)]).toEqual(['200', '500']);
    await shell(
      scene(),
      `php-zd snippet shop haproxy | sed -n 's/^# tune/tune/p' >/srv/tune; sed -i '/^global$/r /srv/tune' ${CONFIG}; systemctl restart haproxy`,
    );
    await awaitChecked(scene());
    expect(await ask(15_900)).toBe('200');
    await reach(scene());
  });

  test('takes FastCGI of a web server as well', async () => {
    const { machine, site } = scene();
    await reach(scene(), { mode: 'tcp' });
    const [from, to] = ['/run/php-zd/shop/fastcgi.sock', '/run/haproxy/shop.sock'];
    await shell(scene(), `sed -i 's#${from}#${to}#' /etc/nginx/sites-enabled/shop; systemctl reload nginx`);
    const report = await underLoad(machine, { ...LOAD, url: site.url }, async ({ round }) => {
      await round();
      for (let n = 0; n < 2; n += 1) {
        await site.flip(await site.release());
        await site.roll();
        await round();
      }
    });
    await shell(scene(), `sed -i 's#${to}#${from}#' /etc/nginx/sites-enabled/shop; systemctl reload nginx`);
    expectNothingLost(report);
    expect(Number(Object((await lastRoll(scene())).receipt).requests)).toBeGreaterThan(10);
    await reach(scene());
  });

  test('has the site again after a boot', async () => {
    const { machine, site } = scene();
    await machine.run('systemctl', 'enable', '--quiet', 'haproxy');
    await machine.reboot();
    await awaitAnswer('an answer', async () =>
      (await machine.ask('curl', '--silent', '--fail', URL)).status === 0 ? true : undefined,
    );
    await expect
      .poll(() => machine.ask('systemctl', 'is-active', 'php-zd@shop'), { timeout: 60_000 })
      .toMatchObject({ stdout: 'active\n' });
    await expectServing(site, await site.promoted());
    await machine.run('systemctl', 'start', 'second');
  });

  test('refuses what it cannot do: a hold, a maintenance', async () => {
    for (const verb of ['hold shop --for 5s', 'maintenance shop on']) {
      const { status, stderr } = await scene().machine.ask('sh', '-c', `php-zd ${verb}`);
      expect([status, stderr]).toEqual([6, expect.stringContaining('by a HAProxy of your own')]);
    }
  });
}

function describeTwo(scene: () => Scene): void {
  const both = { socket: `${ADMIN} ${SECOND.socket}`, master_socket: `/run/haproxy-master.sock ${SECOND.master}` };
  const second = { ...LOAD, url: `http://127.0.0.1:${PORTS[1]}/` };

  test('lose nothing in rolls, reloads of each in the middle included', async () => {
    const { machine, site } = scene();
    await reach(scene(), both);
    const reports: LoadReport[] = [];
    reports.push(
      await underLoad(machine, second, async () => {
        reports.push(await rollUnderLoad(scene(), () => machine.run('systemctl', 'reload', 'haproxy', 'second')));
        await site.flip(await site.release());
        await site.roll();
      }),
    );
    for (const report of reports) expectNothingLost(report);
    await expectServing(site, await site.promoted());
  });

  test('of which one is stopped in the middle of a roll let that go through', async () => {
    await rollUnderLoad(scene(), () => scene().machine.run('systemctl', 'stop', 'second'));
    await expectServing(scene().site, await scene().site.promoted());
    const { status, stderr } = await scene().machine.ask('php-zd', 'check', 'shop');
    expect([status, stderr]).toEqual([2, expect.stringContaining(`nobody answers at '${SECOND.socket}'`)]);
    expect((await scene().machine.ask('php-zd', 'status', 'shop')).stdout).toContain(
      `the HAProxy at ${SECOND.socket} does not answer`,
    );
    await scene().machine.run('systemctl', 'start', 'second');
    await reach(scene());
  });
}

/** As the site wants it again: what runs, and the site file. */
const restore = async (scene: Scene): Promise<void> => {
  await writeConfig(scene, { site: { url: URL }, haproxy: { socket: ADMIN } });
  await shell(scene, `${SHOW} ${CONFIGURE} systemctl daemon-reload; systemctl restart haproxy`);
  await awaitChecked(scene);
};

const SITE_FILE = '/etc/php-zd/sites/shop.ini';
/** What HAProxy has in its memory is of a configuration that is gone. */
const STALE = `
sed -i 's/maxconn 4 proto/maxconn 3 proto/' ${CONFIG}; systemctl reload haproxy
until echo 'show stat' | socat - ${ADMIN} | cut -d, -f1,2,7 | grep -c '^shop,1,3$' >/dev/null; do sleep 0.1; done
${CONFIGURE}`;

function describeProblems(scene: () => Scene): void {
  beforeAll(() => reach(scene()));
  afterEach(() => restore(scene()));

  test.each([
    [
      's/maxconn 4/maxconn 40/',
      /haproxy.cfg:\d+: 'server 1 .* maxconn 40 proto fcgi': write 'server 1 .* maxconn 4 proto fcgi'/,
    ],
    ['s/^    server 3 .*//', /haproxy.cfg:\d+: 'backend shop' lacks a line: write 'server 3 unix@/],
    ['s/^backend shop/backend store/; s/use_backend shop/use_backend store/', /there is no backend 'shop': write one/],
  ] as const)(
    'is named where it stands, with what to write, and no roll touches anything: %s',
    async (change, says) => {
      const { machine, site } = scene();
      const before = await site.status();
      await shell(scene(), `sed -i '${change}' ${CONFIG}`);
      const checked = await machine.ask('php-zd', 'check', 'shop');
      expect([checked.status, checked.stderr]).toEqual([2, expect.stringMatching(says)]);
      await site.flip(await site.release());
      expect(await site.reload()).toMatchObject({ status: 2, stderr: expect.stringMatching(says) });
      await expect(site.roll()).rejects.toThrow();
      expect((await site.status()).replicas.map(({ slot }) => slot)).toEqual(before.replicas.map(({ slot }) => slot));
    },
  );

  test.each([
    ['a configuration that it has not read', STALE, /does not have 1, 2, 3, 4 as its configuration has it: reload it/],
    [
      'sockets that it does not see',
      'rm /etc/systemd/system/haproxy.service.d/php-zd.conf; systemctl daemon-reload; systemctl restart haproxy',
      /does not see \/run\/php-zd, .* BindReadOnlyPaths=\/run\/php-zd:DIR\/run\/php-zd/,
    ],
    [
      'another user',
      `sed -i 's/^\\[haproxy]/[haproxy]\\nworker_user = www-data/' ${SITE_FILE}`,
      /lies in '\/run\/haproxy', which is neither root's nor www-data's/,
    ],
  ] as const)('is named where it runs: %s', async (_, change, says) => {
    await shell(scene(), change);
    await awaitAnswer(`${says}`, async () =>
      says.test((await scene().machine.ask('php-zd', 'check', 'shop')).stderr) ? true : undefined,
    );
  });

  // Of an answer with more than 8 KB of headers one before 2.6.14 dies (facts.md N136).
  test('is a version that dies of long headers, and with what is written instead they come whole', async () => {
    const { machine, site } = scene();
    const [, version = ''] = /version (\S+)/.exec(await machine.run('haproxy', '-v')) ?? [];
    const isDying = isDyingOfRecords(version);
    const { stdout } = await machine.ask('php-zd', 'doctor', '--json', 'shop');
    expect(stdout.includes('"own-haproxy"')).toBe(isDying);
    const said = await machine.ask('haproxy', '-c', '-f', CONFIG);
    expect([said.status, said.stderr.includes('haproxy#2150')]).toEqual([0, isDying]);
    if (!isDying) return;
    const headers =
      'if (isset($_GET["headers"])) for ($n = 0; $n < 15; $n += 1) header("X-H$n: " . str_repeat("h", 900));';
    const index = await machine.run('cat', '/srv/shop/current/public/index.php');
    await site.flip(await site.release({ 'public/index.php': index.replace('<?php', `<?php ${headers}`) }));
    await writeConfig(scene(), { listen: { http: '127.0.0.1:8080', edge: 'headers' } });
    await site.roll();
    await shell(
      scene(),
      `{ cat /etc/haproxy/haproxy.cfg.debian; php-zd snippet --edge shop haproxy | sed 's/bind :443 .*/bind :${PORTS[0]}/; s/if { hdr(host).*//'; } >${CONFIG}
      systemctl restart haproxy`,
    );
    const ask = `curl --silent --output /dev/null --write-out '%{http_code} ' '${URL}?headers=[1-40]'`;
    expect(await machine.run('sh', '-c', ask)).toBe('200 '.repeat(40));
    expect(await machine.run('systemctl', 'show', '--property=NRestarts', '--value', 'haproxy')).toBe('0\n');
  });
}
