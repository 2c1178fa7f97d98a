import { expect, test } from 'vitest';
import { underLoad } from '../load/start.ts';
import { expectNothingLost, expectServing } from '../scene/expect.ts';
import { onOneSuite } from '../scene/scene.ts';

/** The files of a site that php-zd writes for other programs. */
const SHARED = [
  '/etc/systemd/system/php-zd-fpm-shop@.service',
  '/etc/systemd/system/php-zd-shop.slice',
  '/etc/tmpfiles.d/php-zd-shop.conf',
  '/var/lib/php-zd/haproxy/shop.cfg',
];

onOneSuite('bookworm', 'boot', {}, scene => {
  test('after a boot a site serves the release that was promoted, and nothing was written anew', async () => {
    const { machine, site } = scene();
    const promoted = await site.release();
    await site.flip(promoted);
    await site.roll();
    await site.flip(await site.release());
    await machine.run('systemctl', 'enable', '--quiet', 'nginx');
    const before = await timesOf();
    await machine.reboot();
    await expectServing(site, promoted);
    expect(await timesOf()).toBe(before);
    expect(await warnings('--boot')).toEqual([]);
    // The web server was started after the site: its first request already is answered.
    const report = await underLoad(machine, { fast: 2, post: 1 }, async () => undefined);
    expectNothingLost(report);
    expect(report.releases).toEqual([promoted]);
  });

  test('what starts, stops and reloads as it should has no line that anybody would be called for', async () => {
    const { machine, site } = scene();
    const since = (await machine.run('date', '+%F %T.%6N')).trim();
    for (const verb of ['restart', 'stop', 'start', 'reload']) await machine.run('systemctl', verb, 'php-zd@shop');
    await machine.run('systemctl', 'restart', 'php-zd-haproxy');
    await expectServing(site, await site.promoted());
    expect(await warnings('--since', since)).toEqual([]);
  });

  test('neither a half-edited file, nor one of another site that cannot be read, nor a link that names nothing, nor a late database keeps a site from serving after a boot', async () => {
    const { machine, site } = scene();
    const promoted = await site.promoted();
    await site.flip('nothing');
    await site.writeIni('[pool]\npm.max_children = \n[heal');
    await machine.run('mkdir', '/etc/php-zd/sites/blog.ini');
    // What the application needs is not there yet.
    await machine.write(`${site.directory(promoted)}/UNHEALTHY`, '');
    await machine.reboot();
    const said = await machine.run('journalctl', '--boot', '--output=cat', 'PHP_ZD_EVENT=started');
    expect(said).toContain('are not well yet: replica 1 answered /health with 500');
    await expectServing(site, promoted);
    const report = await underLoad(machine, { fast: 2, post: 1 }, async () => undefined);
    expectNothingLost(report);
    expect(report.releases).toEqual([promoted]);
  });

  test('neither a line that is for the next release nor one that the host refuses keeps a site from what was promoted', async () => {
    const { machine, site } = scene();
    const promoted = await site.promoted();
    await site.flip(promoted);
    await machine.run('rm', '-f', `${site.directory(promoted)}/UNHEALTHY`);
    for (const line of ['[listen]\nhttp = *:80\n', '[writable]\nvar/next = yes\n']) {
      await site.writeIni(line);
      expect(await site.reload()).toMatchObject({ stderr: expect.stringContaining('Nothing was touched.') });
      await machine.run('systemctl', 'restart', `php-zd@${site.name}`);
      await expectServing(site, promoted);
    }
    await machine.reboot();
    await expectServing(site, promoted);
    const said = await machine.run('journalctl', '--boot', '--output=cat', 'PHP_ZD_EVENT=using-promoted');
    expect(said).toContain('lacks var/next); going on with what was promoted last.');
    await site.writeIni('');
    await site.roll();
  });

  test('a second php-fpm on the host keeps a site that named none from no start, and from rolls until it does', async () => {
    const { machine, site } = scene();
    const promoted = await site.promoted();
    await site.flip(promoted);
    const [version] = (await machine.run('ls', '/etc/php')).split('\n');
    await machine.run('cp', `/usr/sbin/php-fpm${version}`, '/usr/sbin/php-fpm8.1');
    await machine.run('cp', '-r', `/etc/php/${version}`, '/etc/php/8.1');
    await site.writeIni('');
    await machine.run('systemctl', 'restart', `php-zd@${site.name}`);
    await expectServing(site, promoted);
    const refused = await site.reload();
    expect(refused).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(`write version = 8.1 or version = ${version} in [php]`),
    });
    expect(await machine.ask('php-zd', 'reload', '--outdated', site.name)).toMatchObject({ status: 0 });
    await machine.run('rm', '-r', '/usr/sbin/php-fpm8.1', '/etc/php/8.1');
    expect(await machine.ask('php-zd', 'check', site.name)).toMatchObject({ status: 0 });
  });

  test('what a start lacks of the host may come later: the site serves then, and nobody does anything', async () => {
    const { machine, site } = scene();
    const promoted = await site.promoted();
    await machine.run('sh', '-c', 'mv /srv/shop /srv/late; cp -a /etc/passwd /root; sed -i /^shop:/d /etc/passwd');
    expect((await machine.ask('systemctl', 'restart', `php-zd@${site.name}`)).status).toBe(1);
    await machine.run('cp', '-a', '/root/passwd', '/etc/passwd');
    expect((await machine.ask('systemctl', 'start', `php-zd@${site.name}`)).status).toBe(1);
    await machine.run('mv', '/srv/late', '/srv/shop');
    const isServing = async () => (await machine.ask('php-zd', 'status', site.name)).status === 0;
    await expect.poll(isServing, { timeout: 40_000, interval: 1000 }).toBe(true);
    await expectServing(site, promoted);
  });

  test('a site that is given up leaves nothing of php-zd, and its releases', async () => {
    const { machine, site } = scene();
    const promoted = await site.promoted();
    expect(await machine.ask('php-zd', 'remove', 'shop')).toMatchObject({ status: 6 });
    await machine.run('php-zd', 'stop', 'shop');
    expect(await machine.run('php-zd', 'remove', 'shop')).toContain(`Its file is ${site.file}.removed.`);
    const places = ['/etc/systemd/system', '/etc/tmpfiles.d', '/run/php-zd', '/var/lib/php-zd'];
    expect(await machine.run('find', ...places, '-name', '*shop*')).toBe('');
    expect(await machine.run('systemctl', 'list-units', '--all', '--plain', '--no-legend', 'php-zd*shop*')).toBe('');
    expect(await machine.run('ls', site.directory(promoted))).toContain('public');
    expect((await machine.ask('php-zd', 'doctor')).stdout).not.toContain('leftovers');
  });

  /** What is said of php-zd's units and HAProxy at the priority of a warning, or graver. */
  const warnings = async (...which: readonly string[]): Promise<readonly string[]> => {
    const said = await scene().machine.run('journalctl', '--quiet', '--priority=warning', '--no-hostname', ...which);
    return said.split('\n').filter(line => /php-zd|haproxy/.test(line));
  };

  /** The times of these files, and of all files of all generations. */
  const timesOf = () =>
    scene().machine.run('find', ...SHARED, '/var/lib/php-zd/shop/generations', '-printf', '%p %t\n');
});
