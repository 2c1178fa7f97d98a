import { execFileSync } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { onceBooted } from '../lab/booted.ts';
import { bootMachine, SUITES } from '../lab/machine.ts';
import { typedIn } from '../scene/typed.ts';

const tree = fileURLToPath(new URL('../..', import.meta.url));

/** Directories and links with what makes them what they are. Without /run, /proc and the like: file systems of their own. */
const DIRECTORIES = "find / -xdev \\( -type d -o -type l \\) -printf '%p %y %m %U:%G %l\\n' | sort";

describe.each(SUITES)('%s', suite => {
  const machine = onceBooted(() => bootMachine(`sys-install-${suite}-${process.pid}`, suite, 'bare'));
  const type = (script: string) => machine().ask('bash', '-c', `set -euo pipefail; cd /root; ${script}`);

  beforeAll(async () => {
    // By somebody whose new files are nobody else's.
    execFileSync('sh', ['-c', 'umask 077 && make --silent tarball'], { cwd: tree });
    await copyFile(`${tree}dist/php-zd.tar.gz`, `${machine().root}/root/php-zd.tar.gz`);
  });

  test("unpacked and made ready by the README's lines, it changes no directory or link that was there", async () => {
    const before = (await machine().run('sh', '-c', DIRECTORIES)).split('\n');
    const script = typedIn('Install');
    expect(script).toContain('php-zd.tar.gz');
    expect(await type(script)).toMatchObject({ status: 0 });
    const after = new Set((await machine().run('sh', '-c', DIRECTORIES)).split('\n'));
    expect(before.filter(line => !after.has(line))).toEqual([]);
    expect(await machine().run('readlink', '/lib')).toBe('usr/lib\n');
    const made = ['/usr/lib/php-zd/code-cache', '/usr/lib/php-zd/start/snapshot'];
    expect(await machine().run('stat', '--format=%U %a', ...made)).toBe('root 644\nroot 644\n');
    expect(await machine().run('runuser', '-u', 'nobody', '--', 'php-zd', '--version')).toMatch(/^php-zd \d/);
  });

  test("the README's first site serves there, and its first deployment", async () => {
    const { status, stdout, stderr } = await type(typedIn('A first site in five minutes'));
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stdout).toMatch(/^release 1$/m);
    expect(stdout).toMatch(/^release 2$/m);
    expect(await machine().run('journalctl', '-x', '--no-pager', 'PHP_ZD_EVENT=started')).toContain(
      'Subject: shop was',
    );
    expect((await machine().ask('php-zd', 'status')).status).toBe(0);
  });

  test('a site starts on a host that was not made ready: its units see to it', async () => {
    await machine().run('systemctl', 'stop', 'php-zd@shop', 'php-zd-haproxy.service', 'php-zd-haproxy.socket');
    // As after a boot: /run has nothing, and nothing is mounted there.
    await machine().run(
      'sh',
      '-c',
      'awk \'$5 ~ "^/run/php-zd/" { print $5 }\' /proc/self/mountinfo | tac | xargs umount',
    );
    await machine().run('sh', '-c', 'userdel php-zd-haproxy; rm -r /run/php-zd');
    await machine().run('mv', '/var/lib/php-zd/haproxy', '/root/haproxy');
    expect(await machine().ask('php-zd', 'start', 'shop')).toMatchObject({ status: 0 });
    const curl = await machine().run('curl', '--silent', '-H', 'Host: shop.example.com', 'http://localhost/');
    expect(curl).toBe('release 2\n');
    expect(await machine().ask('php-zd', 'doctor')).toMatchObject({ status: 0 });
  });
});
