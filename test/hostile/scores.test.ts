import { expect, test } from 'vitest';
import { awaitAnswer } from '../lab/machine.ts';
import { onEachSuite } from '../scene/scene.ts';

/**
 * What systemd-analyze(1) may give each unit at the most. Debian's own php-fpm.service, haproxy.service and nginx.service have
 * 9.6. Each unit says what its number is made of: which lines its work does not bear.
 */
const MOST: Readonly<Record<string, number>> = {
  'php-zd@shop.service': 2.2,
  'php-zd-directories@shop.service': 2.2,
  'php-zd-host.service': 1.2,
  'php-zd-park@shop:1.service': 1.7,
  'php-zd-hold@shop.service': 0.7,
  'php-zd-places@shop:1.service': 1.6,
  'php-zd-mounts@1-1-1.service': 4.8,
  'php-zd-admit-shop@1.service': 1.6,
  'php-zd-gate-shop@1.service': 1.6,
  'php-zd-services-shop.service': 7,
  'php-zd-fpm-shop@1.service': 1.5,
  'php-zd-haproxy.service': 1.1,
  'php-zd-http@shop.service': 0.5,
};
const MOST_OF_EXEC = 1.5;
const MOST_OF_HOOK = 1.7;

onEachSuite('scores', { ini: '[pool]\npm.max_children = 2\n[hooks]\nbefore_roll = sleep 8\n' }, scene => {
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

  const unitOf = (pattern: string): Promise<string> =>
    awaitAnswer(`a unit ${pattern}`, async () => {
      const units = await scene().machine.run('systemctl', 'list-units', '--plain', '--no-legend', '--all', pattern);
      const [unit] = units.trim().split(' ');
      return unit === '' ? undefined : unit;
    });
});
