import { expect, test } from 'vitest';
import { FRONT, reconfigure, runInPhp, socketOf, visit } from '../scene/configure.ts';
import { expectServing } from '../scene/expect.ts';
import type { Found } from '../scene/fixes.ts';
import { onEachSuite, type Scene } from '../scene/scene.ts';

// Each roll goes from the configuration that the test before it left to the one that is meant.
onEachSuite('owners', {}, scene => {
  test('another user: its processes, its sessions', async () => {
    const { machine, site } = scene();
    await machine.run('useradd', 'other');
    await visit(scene(), 'session');
    await machine.run('sed', '-i', 's/^user = shop$/user = other/', site.file);
    const warning = "'user' was 'shop', and 'other' reads no session of that one's";
    expect(await machine.ask('php-zd', 'check', 'shop')).toMatchObject({
      status: 0,
      stderr: expect.stringContaining(warning),
    });
    await reconfigure(scene(), { site: { user: 'other' } });
    expect((await machine.ask('php-zd', 'check', 'shop')).stderr).not.toContain('reads no session');
    expect(await runInPhp(scene(), 'id --user --name')).toBe('other');
    const owners = await machine.run('sh', '-c', 'ps -C php-fpm8.2,php-fpm8.4 -o user= | sort -u');
    expect(owners.trim()).toBe('other');
    expect(await visit(scene(), 'session')).toMatch(/ count=1 /);
    const sessions = await machine.run('sh', '-c', 'stat --format=%U /var/lib/php-zd/shop/sessions/other/sess_*');
    expect(sessions.trim()).toBe('other');
    await reconfigure(scene());
    expect(await runInPhp(scene(), 'id --user --name')).toBe('shop');
  });

  test('the socket gets another group and another owner while it is in use', async () => {
    const { machine } = scene();
    await machine.run('groupadd', 'web');
    await machine.run('usermod', '--append', '--groups', 'web', 'www-data');
    await machine.run('useradd', 'visitor');
    await machine.run('systemctl', 'reload', 'nginx');
    await reconfigure(scene(), { listen: { group: 'web', owner: 'visitor' } });
    expect(await socketOf(scene())).toBe('web 660');
    // A socket that HAProxy has only just made is like one that was there.
    for (const verb of ['reload', 'restart']) {
      await machine.run('systemctl', verb, 'php-zd-haproxy');
      await expect.poll(() => mayConnect(scene(), 'visitor')).toBe(true);
      expect(await mayConnect(scene(), 'www-data', 'web')).toBe(true);
      expect(await mayConnect(scene(), 'nobody')).toBe(false);
      expect((await machine.ask('php-zd', 'doctor', 'shop')).stdout).not.toContain('(directories)');
    }
  });

  test('the socket gets another mode while it is in use, and is what it was again', async () => {
    await reconfigure(scene(), { listen: { group: 'web', mode: '0666' } });
    expect(await socketOf(scene())).toBe('web 666');
    expect(await mayConnect(scene(), 'nobody')).toBe(true);
    await reconfigure(scene());
    expect(await socketOf(scene())).toBe('www-data 660');
    expect(await mayConnect(scene(), 'visitor')).toBe(false);
    expect(await mayConnect(scene(), 'nobody')).toBe(false);
  });

  test('the socket has another path, and the former one too', async () => {
    const { machine } = scene();
    await reconfigure(scene(), { listen: { fastcgi: '/run/shop.sock' } });
    const links = await machine.run('readlink', '/run/shop.sock', '/run/php-zd/shop/fastcgi.sock');
    expect(new Set(links.trim().split('\n'))).toEqual(new Set(['/var/lib/php-zd/shop/front']));
    await reconfigure(scene());
  });

  test('a user that was removed and made anew has another number, and the site serves', async () => {
    const { machine, site } = scene();
    const release = await site.promoted();
    const before = await machine.run('id', '--user', 'shop');
    await machine.run('systemctl', 'stop', 'php-zd@shop');
    await machine.run('sh', '-e', '-c', 'userdel shop; useradd another; useradd shop');
    expect(await machine.run('id', '--user', 'shop')).not.toBe(before);
    await machine.run('systemctl', 'start', 'php-zd@shop');
    await expectServing(site, release);
    expect(await visit(scene(), 'session')).toMatch(/ count=1 /);
  });

  test('a user that was made anew while the site runs keeps his visitors logged in, once the files are his again', async () => {
    const { machine, site } = scene();
    const ask = async (id: string) => {
      const cookie = ['--cookie', `PHPSESSID=${id}`] as const;
      return await machine.run('curl', '--silent', '--fail', ...cookie, `${site.url}?session`);
    };
    const renew = () =>
      machine.run('sh', '-e', '-c', 'userdel --force shop; useradd "another$(date +%s%N)"; useradd shop');
    /** Follows what doctor finds, and says what that was. */
    const give = async (): Promise<readonly string[]> => {
      const { stdout } = await machine.ask('php-zd', 'doctor', '--json', 'shop');
      const found: readonly Found[] = JSON.parse(stdout).findings;
      for (const command of found.flatMap(({ steps }) => steps.type ?? [])) await machine.run(...command);
      return found.map(({ check }) => check);
    };
    // What former users have left.
    await give();
    const before = (await machine.run('id', '--user', 'shop')).trim();
    expect(await ask('visitor')).toContain('count=1 ');
    await renew();
    for (const verb of ['check', 'reload']) {
      const refused = await machine.ask('php-zd', verb, 'shop');
      expect(refused).toMatchObject({ status: 6, stderr: expect.stringContaining('all visitors would be logged out') });
      expect(refused.stderr).toContain(`"chown --from=${before} -hR shop /var/lib/php-zd/shop/sessions/shop`);
    }
    expect(await ask('visitor')).toContain('count=2 ');
    const { stderr } = await machine.ask('php-zd', 'reload', 'shop');
    await machine.run('sh', '-c', /"(chown [^"]*)"/.exec(stderr)?.[1] ?? 'false');
    await site.roll();
    expect(await ask('visitor')).toContain('count=3 ');
    expect(await give()).toEqual([]);
    // Where the directories were given to him, as a boot does it, doctor finds what is in them.
    await renew();
    await machine.run('systemd-tmpfiles', '--create', '/etc/tmpfiles.d/php-zd-shop.conf');
    expect(await give()).toEqual(['directories']);
    expect(await ask('visitor')).toContain('count=4 ');
    expect(await machine.ask('php-zd', 'doctor', 'shop')).toMatchObject({ status: 0 });
  });

  test('a site that has another name serves under it, and nothing is left of the former one', async () => {
    const { machine, site } = scene();
    const release = await site.promoted();
    await machine.run('php-zd', 'stop', 'shop');
    await machine.run('php-zd', 'rename', 'shop', 'store');
    await machine.run('php-zd', 'start', 'store');
    const server = '/etc/nginx/sites-enabled/shop';
    await machine.run('sed', '-i', 's#/run/php-zd/shop/#/run/php-zd/store/#; s#[.]shop[.]live#.store.live#', server);
    await machine.run('systemctl', 'restart', 'nginx');
    expect(await machine.run('curl', '--silent', '--show-error', site.url)).toBe(`release=${release} done`);
    expect(await machine.ask('php-zd', 'status', 'shop')).toMatchObject({ status: 4 });
    expect((await machine.ask('ls', '-d', '/run/php-zd/shop', '/var/lib/php-zd/shop')).stdout).toBe('');
    expect(await machine.ask('php-zd', 'doctor', 'store')).toMatchObject({ status: 0 });
  });
});

const mayConnect = async ({ machine }: Scene, user: string, group = 'nogroup'): Promise<boolean> => {
  const as = ['setpriv', '--reuid', user, '--regid', group, '--clear-groups'] as const;
  return (await machine.ask(...as, 'socat', '-u', 'OPEN:/dev/null', `UNIX-CONNECT:${FRONT}`)).status === 0;
};
