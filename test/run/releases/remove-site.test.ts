import { expect, test } from 'vitest';
import { planRemoval } from '../../../src/run/releases/remove-site.ts';
import { sitesWithoutFile } from '../../../src/run/releases/site-remains.ts';
import { World } from '../world.ts';

test('a site that is started, or of which a replica runs, is not given up', async () => {
  const world = await World.serving();
  await expect(planRemoval(world.ports, 'shop')).rejects.toMatchObject({ code: 'site-started' });
  world.systemd.set('php-zd@shop.service', { activeState: 'inactive' });
  await expect(planRemoval(world.ports, 'shop')).rejects.toMatchObject({ code: 'site-started' });
});

test('whatever is left of a site without a file is found, and nothing of a site that has one', async () => {
  const world = await World.serving();
  expect(await sitesWithoutFile(world.ports)).toEqual([]);
  await world.files.write('/var/lib/php-zd/haproxy/one.cfg.off', '');
  await world.files.write('/etc/systemd/system/php-zd-fpm-two@.service', '');
  await world.files.write('/etc/tmpfiles.d/php-zd-three.conf', '');
  await world.files.write('/etc/tmpfiles.d/other.conf', '');
  await world.files.makeDirectory('/var/lib/php-zd/four');
  await world.files.write('/var/lib/php-zd/trace.jsonl', '');
  expect(await sitesWithoutFile(world.ports)).toEqual(['four', 'one', 'three', 'two']);
});
