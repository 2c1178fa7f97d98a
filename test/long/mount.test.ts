import { expect, test } from 'vitest';
import { underLoad } from '../load/start.ts';
import { findMasters, LOAD, reconfigure } from '../scene/configure.ts';
import { expectNothingLost } from '../scene/expect.ts';
import { onEachSuite } from '../scene/scene.ts';

const MOUNT = '/srv/shop/releases';

onEachSuite('mount', {}, scene => {
  test('another mount: the former one answers until the web server has changed', async () => {
    const { machine, site } = scene();
    const changes = { site: { mount: `${MOUNT}/other.live` } };
    const nginx = '/etc/nginx/sites-enabled/shop';
    const mounts = async () => {
      const [master] = await findMasters(scene());
      const seen = await machine.run(
        'sh',
        '-c',
        `cd /proc/${master?.pid}/root${MOUNT} && ls -d .[!.]*.live/RELEASE *.live/RELEASE 2>/dev/null || true`,
      );
      return seen.trim().split('\n');
    };
    await reconfigure(scene(), changes);
    expect(await mounts()).toEqual(['.shop.live/RELEASE', 'other.live/RELEASE']);
    await reconfigure(scene(), changes);
    expect(await mounts()).toEqual(['.shop.live/RELEASE', 'other.live/RELEASE']);
    const report = await underLoad(machine, LOAD, async load => {
      await machine.run('sed', '--in-place', 's/[.]shop.live/other.live/', nginx);
      await machine.run('systemctl', 'reload', 'nginx');
      // So many rounds that each child of each replica has had a request since the web server changed.
      for (let round = 0; round < 50; round += 1) await load.round();
      expect(await site.reload()).toMatchObject({ status: 0 });
      await load.round();
    });
    expectNothingLost(report);
    expect(await mounts()).toEqual(['other.live/RELEASE']);
  });
});
