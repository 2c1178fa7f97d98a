import { expect, test } from 'vitest';
import { underLoad } from '../load/start.ts';
import { findMasters, LOAD, reconfigure } from '../scene/configure.ts';
import { expectNothingLost, expectServing } from '../scene/expect.ts';
import { onEachSuite } from '../scene/scene.ts';

const MOUNT = '/srv/shop/releases';

/** As a disk that is found late: what is wanted of it is there after five seconds. */
const LATE = '[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart=/bin/sleep 5\n';
const DISK = `[Unit]
DefaultDependencies=no
Requires=late.service
After=late.service
[Mount]
What=/srv/disk
Where=/srv/shop
Type=none
Options=bind
[Install]
WantedBy=multi-user.target
`;
const MOVE = `systemctl stop php-zd@shop
mv /srv/shop /srv/disk
mkdir /srv/shop
systemctl daemon-reload
systemctl enable --quiet srv-shop.mount`;

onEachSuite('mount', {}, scene => {
  test('another mount: the former one answers until the web server has changed', async () => {
    const { machine, site } = scene();
    const changes = { site: { mount: `${MOUNT}/other.live` } };
    const nginx = '/etc/nginx/sites-enabled/shop';
    const mounts = async () => {
      const [master] = await findMasters(scene());
      const seen = await machine.run(
        'sh',
        '-c',
        `cd /proc/${master?.pid}/root${MOUNT} && ls -d .[!.]*.live/RELEASE *.live/RELEASE 2>/dev/null || true`,
      );
      return seen.trim().split('\n');
    };
    await reconfigure(scene(), changes);
    expect(await mounts()).toEqual(['.shop.live/RELEASE', 'other.live/RELEASE']);
    await reconfigure(scene(), changes);
    expect(await mounts()).toEqual(['.shop.live/RELEASE', 'other.live/RELEASE']);
    const report = await underLoad(machine, LOAD, async load => {
      await machine.run('sed', '--in-place', 's/[.]shop.live/other.live/', nginx);
      await machine.run('systemctl', 'reload', 'nginx');
      // So many rounds that each child of each replica has had a request since the web server changed.
      for (let round = 0; round < 50; round += 1) await load.round();
      expect(await site.reload()).toMatchObject({ status: 0 });
      await load.round();
    });
    expectNothingLost(report);
    expect(await mounts()).toEqual(['other.live/RELEASE']);
  });

  test('another path of the socket: the former one answers, also after a boot, until the web server has changed', async () => {
    const { machine, site } = scene();
    const nginx = '/etc/nginx/sites-enabled/shop';
    const [former, socket] = ['/run/php-zd/shop/fastcgi.sock', '/run/shop-new.sock'];
    const found = async () => (await machine.ask('php-zd', 'doctor', site.name)).stdout;
    const answers = async () => (await machine.run('curl', '--silent', '--fail', site.url)).trim();
    const said = await answers();
    await machine.run('sh', '-c', `printf '[listen]\\nfastcgi = ${socket}\\n' >>${site.file}`);
    expect(await machine.ask('php-zd', 'status')).toMatchObject({ status: 0 });
    expect(await site.reload()).toMatchObject({
      status: 0,
      stderr: expect.stringContaining(`${former} leads there too`),
    });
    expect(await found()).toContain(`a web server names ${former}, where the socket of the site was`);
    await machine.run('systemctl', 'enable', '--quiet', 'nginx');
    await machine.reboot();
    expect(await answers()).toBe(said);
    await machine.run('sh', '-ec', `sed -i s,${former},${socket}, ${nginx}; systemctl reload nginx`);
    expect(await site.reload()).toMatchObject({ status: 0 });
    expect(await found()).not.toContain('web-server');
    await machine.run('rm', former);
    expect(await machine.ask('php-zd', 'status')).toMatchObject({ status: 0 });
    expect(await answers()).toBe(said);
  });

  test.each([
    ['stopped', 'systemctl stop php-zd@shop', 'systemctl start php-zd@shop'],
    ['serving', 'true', 'php-zd reload shop'],
  ])(
    'a site that was moved elsewhere while %s, with a link left, serves again and rolls',
    async (state, before, after) => {
      const { machine, site } = scene();
      const answers = async () => (await machine.run('curl', '--silent', '--fail', site.url)).trim();
      const places = 'shared/uploads $(printf "%s/uploads " releases/[!.]*)';
      await machine.run('sh', '-ec', `cd /srv/shop; mkdir -p ${places}; chown shop shared/uploads`);
      await reconfigure(scene(), { shared: { uploads: '/srv/shop/shared/uploads' } });
      const said = await answers();
      await machine.run('sh', '-ec', `${before}; mv /srv/shop /srv/${state}; ln -s /srv/${state} /srv/shop; ${after}`);
      expect(await answers()).toBe(said);
      await machine.run('php-zd', 'check', site.name);
      await site.roll();
      await machine.run('systemctl', 'restart', `php-zd@${site.name}`);
      expect(await answers()).toBe(said);
      await machine.run(
        'sh',
        '-ec',
        `systemctl stop php-zd@shop; rm /srv/shop; mv /srv/${state} /srv/shop; systemctl start php-zd@shop`,
      );
      await site.roll();
      await expectServing(site, await site.promoted());
    },
  );

  test('a site whose releases lie on a disk that comes late at a boot is started once, when the disk is there', async () => {
    const { machine, site } = scene();
    const release = await site.promoted();
    await machine.write('/etc/systemd/system/late.service', LATE);
    await machine.write('/etc/systemd/system/srv-shop.mount', DISK);
    await machine.run('sh', '-e', '-c', MOVE);
    await machine.reboot();
    await expectServing(site, release);
    const started = ['show', '--timestamp=unix', '--property=ActiveEnterTimestamp', '--value'] as const;
    const [disk, shop] =
      (await machine.run('systemctl', ...started, 'srv-shop.mount', 'php-zd@shop')).match(/\d+/g) ?? [];
    expect(Number(shop)).toBeGreaterThanOrEqual(Number(disk));
    expect(await machine.run('systemctl', 'show', '--property=NRestarts', '--value', 'php-zd@shop')).toBe('0\n');
  });
});
