import { expect, test } from 'vitest';
import type { Machine } from '../lab/machine.ts';
import { onOneSuite } from '../scene/scene.ts';

/** Of a host with sites that run: 2.7. */
const RELEASES_TO_LIST = 3;
/**
 * As each site's user, doctor looks whether the release is readable, by systemd, and for paths in all of its text: that is a dozen
 * processes a site. Measured with sites that run: 15.
 */
const DOCTOR_TO_LIST = 25;

onOneSuite('bookworm', 'speed', {}, scene => {
  test('a look takes a few times what Node.js does, also at fifty sites', async () => {
    const { machine, site } = scene();
    const text = await machine.run('cat', site.file);
    const sites = Array.from({ length: 49 }, (_, index) => `/etc/php-zd/sites/many-${index}.ini`);
    for (const file of sites) await machine.write(file, text);
    const table = await machine.ask('php-zd', 'status');
    expect(table.status).toBe(3);
    expect(table.stdout).toContain('\n! 49 sites are not started; each by: systemctl start php-zd@SITE\n');
    const times = await leastTimes(machine, ['node -e 0', 'php-zd list', 'php-zd status shop', 'php-zd status'], 16);
    const [node = 0, list = 0, one = 0, fifty = 0] = times;
    // By the least that a command of Node.js takes: a list that became faster would make all others slower.
    expect(list / node, `${times} ms`).toBeLessThan(2.4);
    expect(one / node, `${times} ms`).toBeLessThan(3.6);
    expect(fifty / node, `${times} ms`).toBeLessThan(5.6);
    await machine.run('rm', ...sites);
  });

  test('releases and doctor over twenty sites take a few times what a list does', async () => {
    const { machine, site } = scene();
    const text = await machine.run('cat', site.file);
    for (let index = 0; index < 19; index += 1) await machine.write(`/etc/php-zd/sites/many-${index}.ini`, text);
    const times = await leastTimes(machine, ['php-zd list', 'php-zd releases', 'php-zd doctor'], 3);
    const [list = 0, releases = 0, doctor = 0] = times;
    expect(releases / list, `${times} ms`).toBeLessThan(RELEASES_TO_LIST);
    expect(doctor / list, `${times} ms`).toBeLessThan(DOCTOR_TO_LIST);
  }, 300_000);
});

/** The processor's time that each command takes, in milliseconds: the least of some runs in turn, whatever else the machine does. */
const leastTimes = async (machine: Machine, commands: readonly string[], turns: number): Promise<readonly number[]> => {
  const least = commands.map(() => Number.POSITIVE_INFINITY);
  for (let turn = 0; turn < turns; turn += 1) {
    for (const [index, command] of commands.entries()) {
      const script = `TIMEFORMAT='%U %S'; { time ${command} >/dev/null 2>&1; } 2>&1; true`;
      const [user = 0, system = 0] = (await machine.run('bash', '-c', script)).trim().split(' ').map(Number);
      least[index] = Math.min(least[index] ?? Number.POSITIVE_INFINITY, (user + system) * 1000);
    }
  }
  return least;
};
