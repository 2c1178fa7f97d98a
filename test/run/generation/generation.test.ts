import { expect, test } from 'vitest';
import { writeGenerated } from '../../../src/run/generation/generation.ts';
import { failure } from '../../fakes/failure.ts';
import { World } from '../world.ts';

test('a file for a group that the host does not have is not written', async () => {
  const world = await World.serving();
  const file = { path: '/run/php-zd/shop/x.conf', text: 'x', mode: 0o640, group: 'nobodys' };
  expect(await failure(writeGenerated(world.ports, file))).toMatchObject({
    code: 'group-unknown',
    facts: { path: file.path, group: 'nobodys' },
  });
  expect(await world.files.exists(file.path)).toBe(false);
});
