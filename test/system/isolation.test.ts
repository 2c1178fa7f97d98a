import { beforeAll, expect, test } from 'vitest';
import { setUpSite } from '../lab/site.ts';
import { onEachSuite } from '../scene/scene.ts';

/** What commands print that a site's PHP runs. Of /run/php-zd/shop it sees its own replica's directory alone. */
const SEEN = [
  ['its own user', 'id --user --name', ['shop']],
  ['its own directory of /run/php-zd', 'ls -A /run/php-zd', ['shop']],
  ['no balancer', 'ls -A /run/php-zd/shop', ['replicas']],
  ['no other replica', 'ls -A /run/php-zd/shop/replicas', [expect.stringMatching(/^[1-4]$/)]],
  ['its own directory of /var/lib/php-zd', 'ls -A /var/lib/php-zd', ['shop']],
  [
    'no pins and no promoted release',
    'ls -A /var/lib/php-zd/shop',
    ['home', 'identity', 'notes', 'php', 'php-fpm.conf', 'sessions'],
  ],
  ['its own sessions', 'ls -A /var/lib/php-zd/shop/sessions', ['shop']],
  ['no site file and no defaults', 'ls -A /etc/php-zd', []],
  ['its own home', 'ls -A /home', ['shop']],
  ['its own files in /tmp', 'ls /tmp', ['of-shop']],
  ['its own processes', 'ps -eo user= | sort --unique', ['shop']],
] as const;

/** What a site's PHP may not do. */
const DENIED = [
  ['stop a replica of another site', 'systemctl stop php-zd-fpm-blog@1', /Failed to connect to bus|Host is down/],
  ['stop one of its own', 'systemctl stop php-zd-fpm-shop@1', /Failed to connect to bus|Host is down/],
  ['roll its own site', 'systemctl reload php-zd@shop', /Failed to connect to bus|Host is down/],
  ['speak to HAProxy', 'socat -u UNIX-CONNECT:/run/php-zd/haproxy/admin.sock -', /No such file or directory/],
  ['write into its release', 'touch /home/shop/site/releases/.shop.live/public/written', /Read-only file system/],
  ['signal a process of another user', 'kill -0 1', /No such process|not permitted/],
] as const;

onEachSuite('isolation', { base: '/home/shop/site' }, scene => {
  beforeAll(async () => {
    const { machine, site } = scene();
    // An extension that only the first site has.
    await machine.run('sh', '-c', 'rm /etc/php/*/fpm/conf.d/*-sysvshm.ini');
    await machine.run('sh', '-c', `printf '[php]\\nini[extension] = sysvshm\\n' >>${site.file}`);
    await machine.run('systemctl', 'reload', 'php-zd@shop');
    const other = await setUpSite(machine, { name: 'blog', base: '/home/blog/site', port: 81 });
    for (const { url, name } of [site, other])
      await machine.run('curl', '-sS', '-f', `${url}?tmp=of-${name}&write=here`);
  });

  test.each(SEEN)("a site's PHP sees %s", async (_, command, lines) => {
    expect(await run(command)).toEqual({ status: 0, lines });
  });

  test.each(DENIED)("a site's PHP may not %s", async (_, command, why) => {
    const { status, lines } = await run(command);
    expect(status).not.toBe(0);
    expect(lines.join('\n')).toMatch(why);
  });

  test('reload --outdated rolls the sites that run what an upgrade replaced, and leaves the others alone', async () => {
    const { machine } = scene();
    const sh = (script: string) => machine.run('sh', '-e', '-c', script);
    const masters = async (name: string) =>
      (await sh(`systemctl show --property=MainPID --value 'php-zd-fpm-${name}@*' | grep -v '^0*$' | sort`)).trim();
    // As dpkg(1) does it: another file takes the place of one that is in use.
    const upgrade = (file: string) =>
      sh(`file=$(realpath ${file}); cp -p $file $file.dpkg-new; mv $file.dpkg-new $file`);
    const reload = () => machine.ask('php-zd', 'reload', '--outdated', '--all');

    const before = [await masters('shop'), await masters('blog')];
    expect(await reload()).toMatchObject({ status: 0 });
    expect([await masters('shop'), await masters('blog')]).toEqual(before);

    await upgrade('/usr/lib/php/*/sysvshm.so');
    expect(await machine.ask('php-zd', 'doctor', 'shop')).toMatchObject({
      stdout: expect.stringContaining('sysvshm.so'),
    });
    expect(await reload()).toMatchObject({ status: 0 });
    const after = [await masters('shop'), await masters('blog')];
    expect(after[0]).not.toBe(before[0]);
    expect(after[1]).toBe(before[1]);

    // What both run: PHP itself.
    await upgrade('/usr/sbin/php-fpm[0-9]*');
    expect(await reload()).toMatchObject({ status: 0 });
    const upgraded = [await masters('shop'), await masters('blog')];
    expect(upgraded[0]).not.toBe(after[0]);
    expect(upgraded[1]).not.toBe(after[1]);
    expect(await reload()).toMatchObject({ status: 0 });
    expect([await masters('shop'), await masters('blog')]).toEqual(upgraded);
  });

  /** Runs a command by a script of the site's, as an intruder who can write one would. */
  const run = async (command: string): Promise<{ readonly status: number; readonly lines: readonly string[] }> => {
    const { machine, site } = scene();
    return JSON.parse(await machine.run('curl', '-sS', '-f', `${site.url}?run=${encodeURIComponent(command)}`));
  };
});
