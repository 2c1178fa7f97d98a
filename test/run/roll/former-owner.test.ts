import { expect, test } from 'vitest';
import { requireOwnDirectories } from '../../../src/run/site/former-owner.ts';
import { paths, World } from '../world.ts';

const SESSION = `${paths.sessions('shop')}/sess_1`;

const madeAnew = async (): Promise<World> => {
  const world = await World.serving();
  await world.files.write(SESSION, 'count|i:1;');
  world.files.owners.set(SESSION, 1002);
  world.owners.set(paths.sessions('shop'), 'store');
  await world.linkTo('42');
  return world;
};

test("a roll that would log all visitors out is refused, and passes once their files are the new user's", async () => {
  const world = await madeAnew();
  expect(await world.roll()).toBe('refused');
  expect(world.events).toContainEqual(
    expect.objectContaining({
      kind: 'refused',
      error: expect.objectContaining({
        code: 'former-owner',
        facts: { site: 'shop', user: 'shop', uid: 1002, directories: [paths.sessions('shop')] },
      }),
    }),
  );
  world.files.owners.set(SESSION, 1001);
  expect(await world.roll()).toBe('done');
});

test('directories that are empty, or were given to the new user already, keep no roll from beginning', async () => {
  const world = await madeAnew();
  const of = { ports: world.ports, site: { name: 'shop', user: 'shop' } };
  world.owners.set(paths.sessions('shop'), 'shop');
  await expect(requireOwnDirectories(of)).resolves.toBeUndefined();
  world.owners.set(paths.sessions('shop'), 'store');
  await world.files.remove(SESSION);
  await expect(requireOwnDirectories(of)).resolves.toBeUndefined();
});
