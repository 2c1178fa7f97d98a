import { expect, test } from 'vitest';
import { awaitAnswer } from '../lab/machine.ts';
import { withFirewall } from '../scene/scene.ts';

/**
 * What systemd-analyze(1) may give each unit at the most. Debian's own php-fpm.service, haproxy.service and nginx.service have
 * 9.6. Each unit says what its number is made of: which lines its work does not bear. A /tmp that is covered counts for nothing there,
 * where PrivateTmp= does (facts.md N122).
 */
const MOST: Readonly<Record<string, number>> = {
  'php-zd@shop.service': 2.4,
  'php-zd-directories@shop.service': 2.2,
  'php-zd-host.service': 1.2,
  'php-zd-park@shop:1.service': 1.8,
  'php-zd-hold@shop.service': 0.9,
  'php-zd-places@shop:1.service': 1.6,
  'php-zd-mounts@1-1-1.service': 4.8,
  'php-zd-mounts-again.service': 1.6,
  'php-zd-admit-shop@1.service': 1.7,
  'php-zd-gate-shop@1.service': 1.7,
  'php-zd-services-shop.service': 7,
  'php-zd-fpm-shop@1.service': 1.6,
  'php-zd-haproxy.service': 1.1,
  'php-zd-http@shop.service': 0.6,
};
/** What one key of [sandbox], or a directive that takes something of it, makes of a replica's: the manual has these numbers. */
const OF_KEYS: readonly (readonly [lines: string, score: number])[] = [
  ['', 1.6],
  ['[sandbox]\nsockets = /run/cups\n', 1.6],
  ['[writable]\n/srv/shop/uploads = yes\n', 1.6],
  ['[sandbox]\nnetwork = no\n', 1.3],
  ['[sandbox]\nnetwork = 127.0.0.0/8 ::1\n', 1.4],
  ['[sandbox]\nnetwork = 192.0.2.7\n', 1.5],
  ['[sandbox]\nsendmail = yes\n', 1.6],
  ['[sandbox]\nnamespaces = yes\n', 2.2],
  ['[sandbox]\ninotify = yes\n', 1.6],
  ['[sandbox]\nsetgid = yes\n', 1.7],
  [
    '[pool]\nslowlog = /srv/shop/uploads/slow.log\nrequest_slowlog_timeout = 5s\n[writable]\n/srv/shop/uploads = yes\n',
    1.7,
  ],
];
const MOST_OF_EXEC = 1.6;
const MOST_OF_HOOK = 1.8;

// With what holds the addresses of [sandbox] network.
withFirewall('bookworm', 'scores', { ini: '[pool]\npm.max_children = 2\n[hooks]\nbefore_roll = sleep 8\n' }, scene => {
  const scoreOf = async (unit: string): Promise<number> => {
    const { stdout } = await scene().machine.ask('systemd-analyze', 'security', '--no-pager', unit);
    return Number(/Overall exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1]);
  };

  test.each(Object.entries(MOST))('%s is exposed by %d at the most', async (unit, most) => {
    expect(await scoreOf(unit)).toBeLessThanOrEqual(most);
  });

  test("a hook of the site's user and a command of exec are in a sandbox too", async () => {
    const { machine } = scene();
    const inExec = machine.ask('timeout', '30', 'php-zd', 'exec', 'shop', '--', 'sleep', '3');
    const ofExec = await scoreOf(await unitOf('php-zd-exec-shop-*'));
    await inExec;
    await machine.run('systemctl', 'reload', '--no-block', 'php-zd@shop');
    const ofHook = await scoreOf(await unitOf('php-zd-hook-shop-before_roll.service'));
    expect([ofExec, ofHook]).toEqual([MOST_OF_EXEC, MOST_OF_HOOK]);
  });

  test.each(OF_KEYS)('with %j a replica is exposed by %d, and status says so', async (lines, score) => {
    const { machine, site } = scene();
    await machine.run('install', '-d', '-o', site.user, '/srv/shop/uploads');
    await site.writeIni(lines);
    await site.roll();
    expect(await scoreOf('php-zd-fpm-shop@1.service')).toBe(score);
    expect(await machine.run('php-zd', 'status', site.name)).toContain(`${score.toFixed(1)} of 10 exposed`);
    const { stdout } = await machine.ask('php-zd', 'status', site.name, '--json');
    expect(JSON.parse(stdout)[0].exposure).toBe(score);
  });

  const unitOf = (pattern: string): Promise<string> =>
    awaitAnswer(`a unit ${pattern}`, async () => {
      const units = await scene().machine.run('systemctl', 'list-units', '--plain', '--no-legend', '--all', pattern);
      const [unit] = units.trim().split(' ');
      return unit === '' ? undefined : unit;
    });
});
