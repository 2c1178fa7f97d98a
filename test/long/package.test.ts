import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bootMachine, type Machine, SUITES } from '../lab/machine.ts';
import { typedIn } from '../scene/typed.ts';

const tree = fileURLToPath(new URL('../..', import.meta.url));
const make = (...args: readonly string[]): string =>
  execFileSync('make', ['--silent', ...args], { cwd: tree, encoding: 'utf8' });

/** The package's path below the tree. */
const makePackage = (): string => make('deb').match(/^Made (dist\/\S+\.deb)\.$/m)?.[1] ?? '';

/** What is on the disk but for what other programs write while the machine runs, and what the README has a person write. */
const LEFT_OUT = ['/var/log', '/var/cache', '/var/lib/dpkg', '/var/lib/nginx', '/var/lib/systemd', '/tmp', '/root'];
const BY_HAND = ['/srv', '/etc/nginx', '/etc/php-zd'];
const pruned = [...LEFT_OUT, ...BY_HAND].map(path => `-path ${path}`).join(' -o ');
const ON_DISK = `find / -xdev \\( ${pruned} \\) -prune -o -printf '%p %y %m %U:%G %l\\n' | sort`;
/** What systemd and the kernel know of php-zd. */
const IN_USE = `systemctl list-units --all --plain --no-legend 'php-zd*' 'run-php*' | grep -v not-found; grep -o ' /run/php-zd[^ ]*' /proc/self/mountinfo; getent passwd php-zd-haproxy`;
const ANSWER = ['--silent', '-H', 'Host: shop.example.com', 'http://localhost/'] as const;

/** Debian's names of what is there under another one, or for every package. */
const asInstalled = (path: string): string => path.replace(/(man\/man.*)\.gz$/, '$1').replace(/copyright$/, 'LICENSE');
const ofDebianAlone = /^usr\/share\/(doc\/php-zd\/changelog\.gz|lintian\/.*)$/;

test('the package has the files that make install puts below /usr', () => {
  const packed = execFileSync('sh', ['-c', `dpkg-deb --fsys-tarfile ${makePackage()} | tar -t`], { cwd: tree });
  const paths = packed
    .toString()
    .split('\n')
    .map(path => path.replace(/^\.\//, ''));
  const files = paths.filter(path => path !== '' && !path.endsWith('/') && !ofDebianAlone.test(path)).map(asInstalled);
  const into = mkdtempSync(`${tmpdir()}/php-zd-install-`);
  try {
    make('install', `DESTDIR=${into}`, 'PREFIX=/usr');
    const installed = execFileSync('find', [into, '-not', '-type', 'd', '-printf', '%P\n'], { encoding: 'utf8' });
    expect(files.sort()).toEqual(installed.trim().split('\n').sort());
  } finally {
    rmSync(into, { recursive: true });
  }
});

describe.each(SUITES)('%s', suite => {
  let booted: Machine | undefined;
  const machine = (): Machine => {
    if (booted === undefined) throw new Error('the machine did not boot');
    return booted;
  };
  const shell = (script: string) => machine().run('bash', '-c', script);
  let before: readonly string[] = [];
  const stillThere = async (): Promise<readonly string[]> => (await shell(ON_DISK)).split('\n');

  beforeAll(async () => {
    booted = await bootMachine(`long-package-${suite}-${process.pid}`, suite, 'bare');
    before = await stillThere();
    await copyFile(`${tree}${makePackage()}`, `${booted.root}/root/php-zd.deb`);
  });
  afterAll(() => booted?.down());

  test("installed, it is ready for the README's first site and its first deployment, and starts nothing by itself", async () => {
    await shell('dpkg --install /root/php-zd.deb');
    expect(await machine().ask('sh', '-c', IN_USE)).toMatchObject({
      stdout: expect.stringMatching(/^php-zd-haproxy:.*\n$/),
    });
    expect(await machine().run('stat', '--format=%U %a', '/usr/lib/php-zd/code-cache')).toBe('root 644\n');
    expect(await machine().ask('php-zd', 'doctor')).toMatchObject({ status: 0 });
    const first = await machine().ask('bash', '-c', `set -euo pipefail\n${typedIn('A first site in five minutes')}`);
    expect(first).toMatchObject({ status: 0, stdout: expect.stringMatching(/^release 1$.*^release 2$/ms) });
    expect(await machine().run('journalctl', '-x', '--no-pager', 'PHP_ZD_EVENT=started')).toContain('Subject: shop');
  });

  test('installed over itself, it leaves every process of a running site alone, and makes the code cache anew', async () => {
    const processes = `systemctl show --property=Id,MainPID,NRestarts,ActiveEnterTimestampMonotonic 'php-zd*'`;
    await shell('rm /usr/lib/php-zd/code-cache');
    const ran = await shell(processes);
    expect(ran).toMatch(/^Id=php-zd-fpm-shop@\d\.service$/m);
    await shell('dpkg --install /root/php-zd.deb');
    expect(await shell(processes)).toBe(ran);
    await shell('test -s /usr/lib/php-zd/code-cache');
    expect((await machine().ask('php-zd', 'doctor')).stdout).toContain('0 problems');
  });

  test("a change of Debian's Node.js makes the code cache anew", async () => {
    const inode = () => machine().run('stat', '--format=%i', '/usr/lib/php-zd/code-cache');
    const made = await inode();
    await shell('dpkg-trigger --by-package=nodejs /usr/bin/node && dpkg --triggers-only --pending');
    expect(await inode()).not.toBe(made);
  });

  test('removed, it names the sites that it stops, and leaves nothing that runs', async () => {
    expect(await shell('dpkg --remove php-zd 2>&1')).toContain(
      'php-zd: stops these sites, which nobody answers for from now on: php-zd@shop.service',
    );
    expect((await machine().ask('sh', '-c', IN_USE)).stdout).toMatch(/^php-zd-haproxy:.*\n$/);
  });

  test('installed again, it names the site that waits, which starts with the release that it had', async () => {
    expect(await shell('dpkg --install /root/php-zd.deb 2>&1')).toContain(
      'php-zd: php-zd@shop.service is enabled and does not run. Start it with: systemctl start php-zd@shop.service',
    );
    await machine().run('systemctl', 'start', 'php-zd@shop');
    expect(await machine().run('curl', ...ANSWER)).toBe('release 2\n');
  });

  test('purged, it leaves the disk as it was, but for what people wrote, which it names', async () => {
    await shell('echo note >/var/lib/php-zd/shop/home/shop/note');
    expect(await shell('dpkg --purge php-zd 2>&1')).toContain(
      'php-zd: these stay, since people wrote them; remove them by hand:\n/etc/php-zd/sites/shop.ini\n/var/lib/php-zd/shop/home\n',
    );
    expect((await machine().ask('sh', '-c', IN_USE)).stdout).toBe('');
    const now = await stillThere();
    const kept = ['', '/shop', '/shop/home', '/shop/home/shop', '/shop/home/shop/note'];
    expect(now.filter(line => !before.includes(line)).map(line => line.split(' ', 1)[0])).toEqual(
      expect.arrayContaining(kept.map(path => `/var/lib/php-zd${path}`)),
    );
    expect(now.filter(line => !before.includes(line) && !line.startsWith('/var/lib/php-zd'))).toEqual([]);
    expect(before.filter(line => !now.includes(line))).toEqual([]);
  });
});
