import { expect, test } from 'vitest';
import { awaitAnswer } from '../lab/machine.ts';
import { setUpSite } from '../lab/site.ts';
import { underLoad } from '../load/start.ts';
import { expectNothingLost } from '../scene/expect.ts';
import { END_HOARD, startHoard } from '../scene/hoard.ts';
import { onEachSuite } from '../scene/scene.ts';

const HOSTILE = ['alpha', 'gamma', 'delta', 'epsilon'] as const;
/** So few that what each site may have at least, of 500 connections, is more than a fifth of all. */
const FILES = 4_600;
const FEW = `[Service]\nLimitNOFILE=${FILES}\n`;
const ONE = 'replicas = 1\n[pool]\npm.max_children = 4\n[drain]\ntimeout = 2s\n';

onEachSuite('crowd', { name: 'alpha', port: 81, ini: ONE }, scene => {
  test('four sites have all the connections that they may have, and want more: a fifth one loses no visitor, also while it rolls', async () => {
    const { machine } = scene();
    const [, ...others] = HOSTILE;
    for (const [index, name] of others.entries()) await setUpSite(machine, { name, port: 83 + index, ini: ONE });
    const beta = await setUpSite(machine, { name: 'beta', port: 82 });
    await machine.write('/etc/systemd/system/php-zd-haproxy.service.d/few.conf', FEW);
    await machine.run('systemctl', 'daemon-reload');
    await machine.run('systemctl', 'restart', 'php-zd-haproxy');
    const info = async (key: string): Promise<number> => {
      const said = await machine.run('sh', '-c', 'echo show info | socat - /run/php-zd/haproxy/admin.sock');
      return Number(new RegExp(`^${key}: (\\d+)$`, 'm').exec(said)?.[1]);
    };
    const report = await underLoad(machine, { url: beta.url, fast: 2, post: 1, pauseMs: 40 }, async ({ round }) => {
      for (const site of HOSTILE) await startHoard(machine, site, 3_000);
      await awaitAnswer('all that they may have', async () =>
        (await info('CurrConns')) >= 4 * 500 ? true : undefined,
      );
      expect(await info('CurrConns')).toBeGreaterThan(0.8 * (await info('Maxconn')));
      await round();
      await beta.flip(await beta.release());
      await beta.roll();
      await round();
    });
    expectNothingLost(report);
    expect(report.releases).toEqual(['1', '2']);
    await machine.run(...END_HOARD);
    for (const site of HOSTILE) {
      const served = async () =>
        (await machine.ask('curl', '-sf', '-m', '5', url(site))).status === 0 ? true : undefined;
      await awaitAnswer(`${site} to serve`, served);
    }
  });
});

const url = (site: (typeof HOSTILE)[number]): string => {
  const index = HOSTILE.indexOf(site);
  return `http://127.0.0.1:${index === 0 ? 81 : 82 + index}/`;
};
