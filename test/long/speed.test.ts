import { expect, test } from 'vitest';
import { onOneSuite } from '../scene/scene.ts';

/** A list looks at no release: find(1) is asked of each site. Measured with sites that run: 3.4. */
const RELEASES_TO_LIST = 6;
/**
 * As each site's user, doctor looks whether the release is readable, by systemd, and for paths in all of its text: that is a dozen
 * processes a site. Measured with sites that run: 15.
 */
const DOCTOR_TO_LIST = 25;

onOneSuite('bookworm', 'speed', {}, scene => {
  test('releases and doctor over twenty sites take a few times what a list does', async () => {
    const { machine, site } = scene();
    const text = await machine.run('cat', site.file);
    for (let index = 0; index < 19; index += 1) await machine.write(`/etc/php-zd/sites/many-${index}.ini`, text);
    const least = {
      list: Number.POSITIVE_INFINITY,
      releases: Number.POSITIVE_INFINITY,
      doctor: Number.POSITIVE_INFINITY,
    };
    for (let turn = 0; turn < 3; turn += 1) {
      for (const verb of ['list', 'releases', 'doctor'] as const) {
        const script = `TIMEFORMAT='%U %S'; { time php-zd ${verb} >/dev/null 2>&1; } 2>&1; true`;
        const [user = 0, system = 0] = (await machine.run('bash', '-c', script)).trim().split(' ').map(Number);
        least[verb] = Math.min(least[verb], user + system);
      }
    }
    expect(least.releases / least.list, JSON.stringify(least)).toBeLessThan(RELEASES_TO_LIST);
    expect(least.doctor / least.list, JSON.stringify(least)).toBeLessThan(DOCTOR_TO_LIST);
  }, 300_000);
});
