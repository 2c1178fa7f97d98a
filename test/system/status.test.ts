import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { awaitAnswer, labCommand } from '../lab/machine.ts';
import { onOneSuite } from '../scene/scene.ts';

/** The text with everything that differs from run to run in one form of one width. */
const masked = (text: string): string =>
  text
    .replace(/ +/g, ' ')
    .replace(/\b\d+(\.\d+)? ?(ms|s|min)\b/g, 'TIME')
    .replace(/ (\d+ MiB|-)(?= \d+$)/gm, ' MEMORY');

onOneSuite('bookworm', 'status', {}, scene => {
  test('a site has a page and a line in the table, and is fully serving', async () => {
    const { machine, site } = scene();
    await site.flip(await site.release());
    await site.roll();
    const [first, second] = (await site.status()).replicas.map(({ slot }) => slot);
    const page = await machine.ask('php-zd', 'status', site.name);
    expect(page).toMatchObject({ status: 0, stderr: '' });
    expect(masked(page.stdout)).toBe(`shop: 2 of 2 replicas serve /srv/shop/releases/2
Promoted: /srv/shop/releases/2
Running: /srv/shop/releases/2
Link: /srv/shop/current names /srv/shop/releases/2
Previous: /srv/shop/releases/1 (php-zd rollback shop)
HAProxy: 0 requests, 0 lost since its process started; queue 0, longest 0
PHP-FPM: 0 of 8 children at work
Sandbox: 1.6 of 10 exposed, as systemd-analyze(1) has it
Last roll: TIME ago, rolled (to 2) in TIME, 0 requests, 0 lost

REPLICA UNIT BALANCER SINCE RESTARTS BUSY IDLE QUEUE CPU MEMORY RELEASE
${first} active UP TIME 0 0 4 0 TIME MEMORY 2
${second} active UP TIME 0 0 4 0 TIME MEMORY 2
`);
    const table = await machine.ask('php-zd', 'status');
    expect(table).toMatchObject({ status: 0, stderr: '' });
    expect(masked(table.stdout)).toBe(`SITE UNIT SERVING RELEASE BUSY QUEUE LAST ROLL STATE
shop active 2/2 2 0/8 0 TIME ago, rolled ok
`);
  });

  test('--json has everything', async () => {
    const { machine } = scene();
    const [status] = JSON.parse(await machine.run('php-zd', 'status', '--json'));
    expect(Object.keys(status)).toEqual([
      ...[
        'site',
        'unit',
        'balancerUnit',
        'balancer',
        'link',
        'linked',
        'promoted',
        'exposure',
        'previous',
        'deployable',
        'running',
        'generation',
      ],
      ...['replicas', 'wanted', 'serving', 'maxChildren', 'lastRoll', 'lastReceipt', 'mount', 'installedPhp'],
      ...['problems', 'findings'],
    ]);
    expect(status).toMatchObject({ unit: 'active', balancerUnit: 'active', maxChildren: 4, problems: [] });
    expect(status.balancer.worker).toBeGreaterThan(0);
    const [replica] = status.replicas;
    expect(replica).toMatchObject({ unit: 'active', restarts: 0, result: 'success', busy: 0, idle: 4, queued: 0 });
    expect(replica.cpuMs).toBeGreaterThan(0);
    expect(replica.since).toBeGreaterThan(status.lastRoll.startedAt);
  });

  test('HAProxy that is stopped, and a replica that crashes again and again, are said with what to type', async () => {
    const { machine, site } = scene();
    await machine.run('systemctl', 'stop', 'php-zd-haproxy');
    expect(await machine.ask('php-zd', 'status', site.name)).toMatchObject({
      status: 3,
      stdout: expect.stringMatching(
        /\n! HAProxy is inactive, so nobody serves: systemctl restart php-zd-haproxy;.*\nSee what is in its way: php-zd doctor shop\n$/,
      ),
    });
    await machine.run('systemctl', 'start', 'php-zd-haproxy');
    const [slot] = (await site.status()).replicas.map(replica => replica.slot);
    const unit = `php-zd-fpm-${site.name}@${slot}.service`;
    const dropIn = `/run/systemd/system/${unit}.d/crash.conf`;
    await machine.write(dropIn, '[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStartPre=/bin/false\n');
    await machine.run('systemctl', 'daemon-reload');
    await machine.run('systemctl', 'kill', '--signal=KILL', unit);
    const looping = `! replica ${slot} keeps ending.*: systemd restarted it \\d+ times: journalctl -eu php-zd-fpm-shop@${slot}`;
    await awaitAnswer('a crash loop', async () => {
      const { status, stdout } = await machine.ask('php-zd', 'status', site.name);
      return status === 3 && new RegExp(looping).test(stdout) ? stdout : undefined;
    });
    await machine.run('rm', dropIn);
    await machine.run('systemctl', 'daemon-reload');
    await machine.run('systemctl', 'restart', unit);
    expect(await machine.ask('php-zd', 'status', site.name)).toMatchObject({ status: 0 });
  });

  test('--watch draws in place, sees what changes, and ends with ^C and the status of its last look', async () => {
    const { machine, site } = scene();
    const session = `php-zd-${randomUUID()}`;
    // On both sides there are shells that ^C does not end; nsenter(1) between them is ended.
    const watch = `trap : INT; php-zd status ${site.name} --interval 1; echo "$?" >/run/watch-status`;
    const inside = labCommand('run', machine.name, 'sh', '-c', watch);
    const command = ['sh', '-c', 'trap : INT; "$@"; exec cat', 'sh', ...inside];
    const tmux = async (...args: readonly string[]) =>
      (await promisify(execFile)('tmux', ['-L', session, ...args])).stdout;
    onTestFinished(async () => void (await tmux('kill-server').catch(() => '')));
    const shows = (what: RegExp) =>
      awaitAnswer(`${what} on the screen`, async () => {
        const screen = await tmux('capture-pane', '-p');
        return what.test(screen) ? screen : undefined;
      });
    await tmux('new-session', '-d', '-x', '90', '-y', '24', ...command);
    expect(await shows(/\d %/)).toMatch(/^shop: 2 of 2 replicas serve/);
    await site.flip('1');
    expect((await shows(/^! the link names 1/m)).match(/^shop:/gm)).toHaveLength(1);
    await tmux('resize-window', '-x', '40', '-y', '10');
    expect(await shows(/\(\d+ more lines: enlarge the terminal\)/)).toMatch(/^shop: 2 of 2/);
    await site.flip('2');
    await tmux('resize-window', '-x', '90', '-y', '24');
    await shows(/^REPLICA/m);
    await tmux('send-keys', 'C-c');
    const end = await awaitAnswer('the end of the watch', async () => {
      const text = await readFile(`${machine.root}/run/watch-status`, 'utf8').catch(() => '');
      return text === '' ? undefined : text;
    });
    expect(end).toBe('0\n');
  });
});
