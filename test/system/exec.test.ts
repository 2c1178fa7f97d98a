import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { awaitAnswer, labCommand, type Result } from '../lab/machine.ts';
import { onOneSuite } from '../scene/scene.ts';

const SECRET = 's3cret "quoted" \\ $HOME %i';
const INI = `[pool]\npm.max_children = 4\n[php]\nini[memory_limit] = 77M\n[health]\npath = /health\ninterval = 100ms\n[env]\nSECRET = ${SECRET}\n`;

/** Commands that print what the kernel says of a process's rights and view, without what differs from process to process. */
const FACTS = [
  "grep -E '^(Uid|Gid|Groups|CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp|Seccomp_filters|Umask):' /proc/self/status",
  'ls -A /var/lib/php-zd /etc/php-zd /home /root',
  'ls -A /tmp',
  'env | grep ^SECRET=',
  // Root of the mount, where it is, and its options.
  `awk '{ print $4, $5, $6 }' /proc/self/mountinfo | grep -v -E ' /(run/php-zd/shop/|run/php-zd-mounts/|var/lib/php-zd/shop/(php|bin|identity|php-fpm.conf))' | sort`,
].join('; ');

/** The site's /tmp, as the host has it. */
const TMP = '/var/lib/php-zd/shop/tmp/shop';

onOneSuite('bookworm', 'exec', { ini: INI }, scene => {
  const exec = (...args: readonly string[]): Promise<Result> => scene().machine.ask('php-zd', 'exec', ...args);

  test('a command is who a replica is, and sees, may and knows what it does', async () => {
    const { machine, site } = scene();
    const asked = await machine.run('curl', '-sS', '-f', `${site.url}?run=${encodeURIComponent(FACTS)}`);
    const { status, stdout } = await exec('shop', '--', 'sh', '-c', FACTS);
    expect(status).toBe(0);
    expect(withoutReplica(stdout.trim().split('\n'))).toEqual(withoutReplica(JSON.parse(asked).lines));
    expect(stdout).toContain(`SECRET=${SECRET}\n`);
  });

  test('a lock that PHP has in /tmp is one for it, and none for a job of the host', async () => {
    const { machine, site } = scene();
    const hold = 'flock /tmp/app.lock sh -c "touch /tmp/locked; while [ -e /tmp/locked ]; do sleep 0.05; done"';
    const held = machine.run('curl', '-sS', '-f', `${site.url}?run=${encodeURIComponent(hold)}`);
    await awaitAnswer(
      'the lock',
      async () => (await exec('shop', '--', 'test', '-e', '/tmp/locked')).status === 0 || undefined,
    );
    expect(await exec('shop', '--', 'flock', '--nonblock', '/tmp/app.lock', 'true')).toMatchObject({ status: 1 });
    const job = await machine.ask('runuser', '-u', 'shop', '--', 'flock', '--nonblock', '/tmp/app.lock', 'true');
    expect(job).toMatchObject({ status: 0 });
    await exec('shop', '--', 'rm', '/tmp/locked');
    expect(JSON.parse(await held)).toMatchObject({ status: 0 });
  });

  test("what drop-ins of the replicas' unit say of each process holds for a command, and what they say of a service's life does not", async () => {
    const { machine, site } = scene();
    const directory = '/etc/systemd/system/php-zd-fpm-shop@.service.d';
    await machine.run('install', '-d', '-o', 'shop', '/srv/data');
    await machine.write(`${directory}/10-own.conf`, '[Service]\nLimitNOFILE=1234\nReadWritePaths=/srv/data\nNice=3\n');
    await machine.write(
      `${directory}/20-life.conf`,
      '[Service]\nEnvironment="OWN=a b"\nExecStartPost=/usr/bin/false\n',
    );
    await machine.run('systemctl', 'daemon-reload');
    const said = 'ulimit -n; nice; echo $OWN; touch /srv/data/x && echo x';
    const asked = await exec('shop', '--', 'sh', '-c', said);
    expect({ ...asked, stderr: '' }).toEqual({ status: 0, stderr: '', stdout: '1234\n3\na b\nx\n' });
    await machine.write(`${directory}/20-life.conf`, '[Service]\nEnvironment="OWN=a b"\n');
    await machine.run('systemctl', 'daemon-reload');
    await machine.run('systemctl', 'reload', 'php-zd@shop');
    const limits = await machine.run(
      'curl',
      '-sS',
      '-f',
      `${site.url}?run=${encodeURIComponent('ulimit -n; touch /srv/data/y && echo y')}`,
    );
    expect(JSON.parse(limits).lines).toEqual(['1234', 'y']);
    expect(await machine.run('sh', '-c', 'ls -d /run/systemd/system/php-zd-*.d 2>/dev/null || true')).toBe('');
    await machine.run('rm', '-r', directory);
    await machine.run('systemctl', 'daemon-reload');
    await machine.run('systemctl', 'reload', 'php-zd@shop');
  });

  test('it starts at the mount point, with the php of the site and its settings', async () => {
    const php = "echo getcwd(), ' ', PHP_BINARY, ' ', ini_get('memory_limit');";
    expect(await exec('shop', '--', 'php', '-r', php)).toEqual({
      ...{ status: 0, stderr: '' },
      stdout: '/srv/shop/releases/.shop.live /var/lib/php-zd/shop/bin/php 77M',
    });
  });

  test('its input and output pass through a pipe byte for byte', () => {
    const [program = '', ...args] = labCommand('run', scene().machine.name, 'php-zd', 'exec', 'shop', '--', 'cat');
    const input = randomBytes(300_000);
    const { stdout, status } = spawnSync(program, args, { input, maxBuffer: 1e6, timeout: 30_000 });
    expect({ status, isSame: input.equals(stdout) }).toEqual({ status: 0, isSame: true });
  });

  test('on a terminal it has one, as wide as ours, and makes no other', async () => {
    const command = "stty cols 123; php-zd exec shop -- sh -c 'tty && stty size; script -qc true /dev/null; exit 5'";
    const { status, stdout } = await scene().machine.ask('script', '-qec', command, '/dev/null');
    // systemd 257 itself writes to the terminal too.
    expect({ status, said: stdout.match(/\/dev\/pts\/|\b\d+ 123\b|pseudo-terminal/g) }).toEqual({
      status: 5,
      said: ['/dev/pts/', '0 123', 'pseudo-terminal'],
    });
  });

  test('where one of the three is no terminal it gets none of the caller', async () => {
    const mixtures = ['<F', '>F', '2>F', '<F >F', '<F 2>F', '>F 2>F', '<F >F 2>F'];
    const show = `perl -e 'open my $f, ">>", "/tmp/fds"; print $f readlink("/proc/self/fd/$_") . "\\n" for 0 .. 2'`;
    const lines = mixtures.map(to => `php-zd exec shop -- ${show} ${to.replaceAll('F', '/srv/handed-on')}`);
    const { machine } = scene();
    await machine.write('/srv/handed-on', '');
    await machine.run('rm', '-f', `${TMP}/fds`);
    await machine.write('/srv/mixtures.sh', `set -e\n${lines.join('\n')}\n`);
    await machine.run('script', '-qec', 'bash /srv/mixtures.sh', '/dev/null');
    const shown = (await machine.run('cat', `${TMP}/fds`))
      .replaceAll(/\[\d+\]|\/srv\//g, '')
      .trim()
      .split('\n');
    expect(mixtures.map((_, at) => shown.slice(3 * at, 3 * at + 3).join(' '))).toEqual([
      'handed-on pipe: pipe:',
      'pipe: handed-on pipe:',
      'pipe: pipe: handed-on',
      'handed-on handed-on pipe:',
      'handed-on pipe: handed-on',
      'pipe: handed-on handed-on',
      'handed-on handed-on handed-on',
    ]);
  });

  test.each([
    ['its own status', ['sh', '-c', 'exit 3'], 3],
    ['128 and the number of the signal that ended it', ['sh', '-c', 'kill -TERM $$'], 143],
    ['127 when there is no such command', ['no-such-command'], 127],
    ['126 when it cannot be executed', ['/etc/passwd'], 126],
  ] as const)('it gives %s', async (_, command, status) => {
    expect((await exec('shop', '--', ...command)).status).toBe(status);
    expect(await scene().machine.run('systemctl', 'list-units', '--all', '--no-legend', 'php-zd-exec-*')).toBe('');
  });

  test.each([
    [
      ['shoop'],
      `php-zd: there is no site 'shoop': /etc/php-zd/sites/shoop.ini does not exist.\nSee those that are there with "php-zd list", or write it with "php-zd init shoop".\n`,
    ],
    [
      ['shop', '--release', '/srv/nix'],
      'php-zd: the release /srv/nix is no directory.\nName a directory that is there: "php-zd releases" shows those of each site, and "php-zd deploy SITE DIR" goes to one.\n',
    ],
  ])('it is 125 when php-zd itself fails: %j', async (args, stderr) => {
    expect(await exec(...args, '--', 'true')).toEqual({ status: 125, stdout: '', stderr });
  });

  test('a release that is not promoted is warmed where it will be, and not written to unless it is said', async () => {
    const { machine, site } = scene();
    const next = await site.release();
    await machine.run('chown', '--recursive', 'shop', site.directory(next));
    const warm = ['--', 'sh', '-c', 'pwd > cache && cat RELEASE'];
    expect((await exec('shop', '--release', site.directory(next), ...warm)).status).not.toBe(0);
    expect(await exec('shop', '--write', '--release', site.directory(next), ...warm)).toMatchObject({ stdout: next });
    expect(await readFile(`${machine.root}${site.directory(next)}/cache`, 'utf8')).toBe(
      '/srv/shop/releases/.shop.live\n',
    );
    expect(await site.promoted()).not.toBe(next);
  });

  test("the site's secrets are in no command line and in no setting of a unit, and the end of php-zd ends the command", async () => {
    const { machine } = scene();
    const ended = exec('shop', '--', 'sh', '-c', 'touch /tmp/runs; exec sleep 300');
    await awaitAnswer('the command', async () =>
      (await sees('/var/lib/php-zd/shop/tmp/shop/runs')) ? true : undefined,
    );
    const shown = await machine.run(
      'sh',
      '-c',
      'systemctl show "php-zd-exec-*"; cat /proc/[0-9]*/cmdline; id -u nobody',
    );
    expect(shown).toContain('EnvironmentFiles=/run/php-zd/shop/views/');
    expect(shown).not.toContain('s3cret');
    expect((await machine.ask('runuser', '-u', 'shop', '--', 'ls', '/run/php-zd/shop/views')).status).not.toBe(0);
    await machine.run('sh', '-c', 'kill -TERM $(pgrep -f "php-zd.* exec shop -- sh" | head -n 1)');
    expect((await ended).status).toBe(143);
    expect(await machine.run('systemctl', 'list-units', '--all', '--no-legend', 'php-zd-exec-*')).toBe('');
    expect(await machine.run('ls', '-A', '/run/php-zd/shop/views')).toBe('');
  });

  const WORKER = (end: string) =>
    `trap 'echo "got $1" >>/tmp/log; stopping=1' TERM INT HUP; touch /tmp/up; while [ -z "$stopping" ]; do sleep 0.05; done; ${end}`;
  const starts = async (service: string, end: string, ...settings: readonly string[]) => {
    const { machine } = scene();
    const script = `#!/bin/bash\n${WORKER(end)}\n`;
    await machine.write('/srv/shop/worker.sh', script);
    const lines = ['[Service]', 'ExecStart=php-zd exec shop -- bash /srv/shop/worker.sh', ...settings, ''];
    await machine.write(`/etc/systemd/system/${service}`, lines.join('\n'));
    await machine.run('systemctl', 'daemon-reload');
    await machine.run('rm', '-f', `${TMP}/up`, `${TMP}/log`);
    await machine.run('systemctl', 'start', service);
    await awaitAnswer('the worker', async () => ((await sees(`${TMP}/up`)) ? true : undefined));
  };
  const shown = async (service: string) =>
    (await scene().machine.run('systemctl', 'show', '--property=ActiveState,Result,ExecMainStatus', service))
      .trim()
      .split('\n')
      .map(line => line.slice(line.indexOf('=') + 1))
      .sort()
      .join(' ');
  const noCommand = async () =>
    expect(
      await scene().machine.run(
        'systemctl',
        'list-units',
        '--no-legend',
        '--state=activating,deactivating',
        'php-zd-exec-*',
      ),
    ).toBe('');

  test.each([
    ['ends well', 'exit 0', [], '0 inactive success'],
    ['fails', 'exit 7', [], '7 exit-code failed'],
    ['goes on to the end of its job', 'sleep 3; exit 0', ['TimeoutStopSec=20'], '0 inactive success'],
    ['is to end by another signal', 'exit 0', ['KillSignal=SIGINT'], '0 inactive success'],
    [
      'is ended by the signal',
      'trap - TERM; kill -TERM $$',
      ['SuccessExitStatus=143', 'Restart=always'],
      '0 inactive success',
    ],
    // In a loop: a process that is born while systemd goes through the service's has the signal as well.
    ['does not end in time', 'while :; do sleep 1; done', ['TimeoutStopSec=1'], '9 failed timeout'],
  ] as const)('a service whose command %s when it is stopped ends as that does', async (_, end, settings, state) => {
    const { machine } = scene();
    await starts('worker.service', end, ...settings);
    await machine.run('systemctl', 'stop', 'worker.service');
    expect(await shown('worker.service')).toBe(state);
    // By php-zd, or with the service: twice may be more than a command bears.
    expect(await machine.run('grep', '-c', 'got', `${TMP}/log`)).toBe('1\n');
    await awaitAnswer(
      'the end of the command',
      async () =>
        (await machine.run('pgrep', '-fc', '/srv/shop/[w]orker.sh').catch(() => '0')).trim() === '0' || undefined,
    );
    await noCommand();
    await machine.ask('systemctl', 'reset-failed', 'worker.service', 'php-zd-exec-*');
  });

  test('a php-zd that is killed at once leaves no command behind, where it is what the service runs', async () => {
    const { machine } = scene();
    await starts('worker.service', 'exit 0');
    await machine.run('systemctl', 'kill', '--kill-whom=main', '--signal=KILL', 'worker.service');
    await awaitAnswer(
      'the end of the command',
      async () =>
        (await machine.run('pgrep', '-fc', '/srv/shop/[w]orker.sh').catch(() => '0')).trim() === '0' || undefined,
    );
    await machine.ask('systemctl', 'reset-failed', 'worker.service', 'php-zd-exec-*');
  });

  test.each(['TERM', 'INT', 'HUP'] as const)(
    "SIG%s to php-zd alone is the command's, whose status php-zd has",
    async signal => {
      const { machine } = scene();
      await machine.run('rm', '-f', `${TMP}/up`);
      const ended = exec('shop', '--', 'bash', '-c', WORKER('sleep 1; exit 7'));
      await awaitAnswer('the worker', async () => ((await sees(`${TMP}/up`)) ? true : undefined));
      await machine.run('sh', '-c', `kill -${signal} $(pgrep -f "php-zd.* [e]xec shop -- bash" | head -n 1)`);
      expect((await ended).status).toBe(7);
      await noCommand();
    },
  );

  const sees = async (path: string) => (await scene().machine.ask('test', '-e', path)).status === 0;
});

/** The lines without what a replica has alone: its sockets' directory, no command-line php, a unit of another name. */
const withoutReplica = (lines: readonly string[]): readonly string[] =>
  lines
    .filter(line => !/^(bin|shop)$/.test(line))
    .map(line => line.trimEnd().replace(/php-zd-(fpm|exec)-shop[@-]\w+\.service/g, 'UNIT'));
