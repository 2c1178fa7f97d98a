import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { onceBooted } from '../lab/booted.ts';
import { bootMachine, SUITES } from '../lab/machine.ts';
import { addRepositories, apt } from '../scene/apt.ts';
import { tree } from '../scene/make-package.ts';
import { typedToFirstAnswer, typingSeconds } from '../scene/typed.ts';

test.each(SUITES)(
  'on %s without PHP and HAProxy the first answer comes, with the typing of README.md, in less than five minutes',
  async suite => {
    const machine = await bootMachine(`sys-typed-${suite}-${process.pid}`, suite, 'bare');
    try {
      await addRepositories(machine);
      expect(await apt(machine, 'purge', 'php*', 'haproxy')).toMatchObject({ status: 0 });
      await machine.run('sh', '-c', 'rm /etc/apt/keyrings/php-zd.gpg /etc/apt/sources.list.d/php-zd.list');
      await machine.write('/etc/apt/apt.conf.d/yes', 'APT::Get::Assume-Yes "true";\n');
      // init writes what is typed after it.
      const blocks = typedToFirstAnswer().map(block => block.replace('php-zd init shop\n', ''));
      const typing = typingSeconds(blocks.join(''));
      const begun = performance.now();
      let answer = '';
      for (const block of blocks) {
        // The repository is on the machine.
        const typed = block.replace('https://apt.', 'file:/srv/apt.');
        const there = 'cd /srv/apt.example.com/php-zd; export DEBIAN_FRONTEND=noninteractive';
        answer = await machine.run('bash', '-euc', `${there}\n${typed}`);
      }
      expect(answer).toMatch(/release 1\n$/);
      const took = (performance.now() - begun) / 1000;
      process.stderr.write(`${suite}: ${typing.toFixed(0)} s of typing, ${took.toFixed(0)} s of the machine\n`);
      expect(typing + took).toBeLessThan(300);
    } finally {
      await machine.down();
    }
  },
);

/** All of a machine's own disk, without what dpkg, apt, ucf and systemd note about themselves. */
const FILES = `find / -xdev \\( -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/cache -o -path /var/log \
  -o -path /var/lib/systemd -o -path /var/lib/ucf -o -path /etc/machine-id -o -path '/etc/*-' \\) -prune -o -printf '%p\\n' | sort`;

/** What people wrote while the package was there, README.md's first site, and what Debian's PHP and nginx make by themselves. */
const OTHERS = [
  /^\/etc\/systemd\/system\/multi-user\.target\.wants\/php[\d.]+-fpm\.service$/,
  /^\/etc\/systemd\/system\/timers\.target\.wants\/phpsessionclean\.timer$/,
  /^\/etc\/alternatives\/php-fpm\.sock$/,
  /^\/var\/lib\/nginx\//,
  /^\/srv\/shop(\/|$)/,
  /^\/etc\/nginx\/sites-(available|enabled)\/shop$/,
  /^\/etc\/php-zd(\/sites(\/shop\.ini)?)?$/,
];

/** systemctl removes such a directory where it is empty, and the lab leaves some. */
const EMPTY = /^\/etc\/systemd\/system\/[\w-]+\.target\.wants$/;

describe.each(SUITES)('%s', suite => {
  const machine = onceBooted(() => bootMachine(`sys-installing-${suite}-${process.pid}`, suite, 'bare'));
  const files = async () => (await machine().run('sh', '-c', FILES)).split('\n');
  let before: readonly string[] = [];

  beforeAll(async () => {
    await addRepositories(machine());
    before = await files();
  });

  const visit = () => machine().ask('curl', '--silent', '--fail', '-H', 'Host: shop.example.com', 'http://localhost/');

  test('it is installed from the signed repository on a host without PHP, which apt brings along', async () => {
    expect(await apt(machine(), 'purge', 'php*')).toMatchObject({ status: 0 });
    expect(await machine().ask('sh', '-c', 'ls /usr/sbin/php-fpm*')).toMatchObject({ stdout: '' });
    const { status, stdout } = await apt(machine(), 'install', 'php-zd');
    expect({ status, stdout }).toMatchObject({ status: 0 });
    expect(stdout).toMatch(/NEW packages.*\bphp-fpm\b/s);
    expect(stdout).not.toContain('cannot be authenticated');
    expect(await machine().run('dpkg', '--audit')).toBe('');
    // As before: what php-zd does not need is no part of it.
    expect(await apt(machine(), 'install', 'php-cli')).toMatchObject({ status: 0 });
  });

  test('a repository that was changed after it was signed is refused by apt', async () => {
    await machine().run(
      'sh',
      '-c',
      'cd /srv/apt.example.com/php-zd && cp InRelease /root/ && sed -i s/^Origin.*/Origin:\\ x/ InRelease',
    );
    const { status, stderr } = await apt(machine(), '-o', 'APT::Update::Error-Mode=any', 'update');
    expect({ status, stderr }).toEqual({
      status: 100,
      stderr: expect.stringMatching(/BADSIG|Message has been manipulated/),
    });
    await machine().run('mv', '/root/InRelease', '/srv/apt.example.com/php-zd/InRelease');
    expect(await apt(machine(), 'update')).toMatchObject({ status: 0 });
  });

  test("autopkgtest's script serves README.md's first site and its first deployment", async () => {
    cpSync(`${tree}packaging/debian/tests`, `${machine().root}/root/tests`, { recursive: true });
    expect(execFileSync('cat', [`${tree}packaging/debian/tests/control`], { encoding: 'utf8' })).toContain(
      'first-site',
    );
    const { status, stdout, stderr } = await machine().ask('/root/tests/first-site');
    expect({ status, stdout, stderr }).toMatchObject({ status: 0 });
    await machine().run('rm', '-r', '/root/tests');
  });

  test('a second PHP leaves the site as it is until it is rolled, which is refused with what to write', async () => {
    const version = (await machine().run('ls', '/etc/php')).trim();
    await machine().run('sh', '-c', `cp /usr/sbin/php-fpm${version} /usr/sbin/php-fpm9.0`);
    expect(await visit()).toMatchObject({ status: 0, stdout: 'release 2\n' });
    const { status, stderr } = await machine().ask('php-zd', 'check', 'shop');
    expect(status).not.toBe(0);
    const line = new RegExp(`(version = ${version.replace('.', '\\.')})`).exec(stderr)?.[1] ?? '';
    await machine().run(
      'sh',
      '-c',
      `cp /etc/php-zd/sites/shop.ini /root/; printf '[php]\\n${line}\\n' >>/etc/php-zd/sites/shop.ini`,
    );
    expect(await apt(machine(), '--reinstall', 'install', 'php-zd')).toMatchObject({ status: 0 });
    expect(await machine().ask('php-zd', 'reload', 'shop')).toMatchObject({ status: 0 });
    expect(await visit()).toMatchObject({ status: 0, stdout: 'release 2\n' });
    await machine().run('sh', '-c', 'rm /usr/sbin/php-fpm9.0 && mv /root/shop.ini /etc/php-zd/sites/shop.ini');
  });

  test('its removal stops the sites with a word, and nothing of them runs', async () => {
    const { status, stdout } = await apt(machine(), 'remove', 'php-zd');
    expect({ status, stdout }).toMatchObject({ status: 0 });
    expect(stdout).toContain('php-zd: stops these sites, which nobody answers for from now on: php-zd@shop.service');
    expect((await visit()).status).not.toBe(0);
    expect(await machine().run('systemctl', 'list-units', '--plain', '--no-legend', 'php-zd*')).toBe('');
    expect((await machine().ask('pgrep', '--full', 'php-zd|pool shop|haproxy')).stdout).toBe('');
    expect(await machine().run('awk', '$5 ~ "^/run/php-zd"', '/proc/self/mountinfo')).toBe('');
  });

  test('installed again it names the site, and what it says brings the site back', async () => {
    const { status, stdout } = await apt(machine(), 'install', 'php-zd');
    expect({ status, stdout }).toMatchObject({ status: 0 });
    const advice = /php-zd@shop\.service is enabled and does not run\. Start it with: (.*)/.exec(stdout)?.[1] ?? '';
    await machine().run('sh', '-c', advice);
    expect(await visit()).toMatchObject({ status: 0, stdout: 'release 2\n' });
    expect(await machine().ask('php-zd', 'doctor')).toMatchObject({ status: 0 });
  });

  test('its purge leaves the host as it was, but for what people wrote, which it names', async () => {
    const { status, stdout } = await apt(machine(), 'purge', 'php-zd');
    expect({ status, stdout }).toMatchObject({ status: 0 });
    const named = /remove them by hand:\s*(.*)/s.exec(stdout)?.[1]?.split(/\r?\n/) ?? [];
    expect(named).toContain('/etc/php-zd/sites/shop.ini');
    const after = await files();
    const were = new Set(before);
    const are = new Set(after);
    expect(before.filter(path => !are.has(path) && !EMPTY.test(path))).toEqual([]);
    const left = after.filter(path => !were.has(path) && !OTHERS.some(pattern => pattern.test(path)));
    expect(left.filter(path => !named.some(name => name !== '' && path.startsWith(name)))).toEqual([]);
    expect(await machine().run('systemctl', 'list-units', '--plain', '--no-legend', 'php-zd*')).toBe('');
    expect(await machine().ask('getent', 'passwd', 'php-zd-haproxy')).toMatchObject({ status: 2 });
  });
});
