import { expect, test } from 'vitest';
import { renameSite } from '../../../src/run/releases/rename-site.ts';
import { failure } from '../../fakes/failure.ts';
import { paths, World } from '../world.ts';

test('a rename is refused, or breaks off, with a code of its own', async () => {
  const world = new World();
  await world.configure({});
  await world.files.write('/etc/php-zd/sites/blog.ini', '');
  const rename = async (name: string) => await failure(renameSite(world.ports, 'shop', name));
  expect(await rename('blog')).toMatchObject({ code: 'name-taken', facts: { path: '/etc/php-zd/sites/blog.ini' } });
  world.commands.programs.set('mv', () => ({ status: 1, output: 'mv: no' }));
  expect(await rename('store')).toMatchObject({ code: 'rename-broken-off', facts: { output: 'mv: no' } });
  await world.files.makeDirectory('/proc/self');
  await world.files.write('/proc/self/mountinfo', `36 35 98:0 / ${paths.state} rw - ext4 /dev/sdb rw\n`);
  expect(await rename('store')).toMatchObject({ code: 'rename-mounted', facts: { path: paths.state } });
});
