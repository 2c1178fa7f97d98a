import { expect, test } from 'vitest';
import { isFileAhead } from '../../../src/run/generation/changed-file.ts';
import { linkedGeneration } from '../../../src/run/generation/generation.ts';
import { paths, type SiteText, World } from '../world.ts';

const FILE = '/etc/php-zd/sites/shop.ini';

const isAhead = async (world: World, isRoot = true): Promise<boolean> => {
  const hosted = { ports: { ...world.ports, isRoot }, paths, site: { name: 'shop' } };
  return await isFileAhead(hosted, (await linkedGeneration(hosted, paths.promoted)) ?? '');
};

const changed = async (text: SiteText): Promise<World> => {
  const world = await World.serving();
  await world.configure(text);
  return world;
};

test('a file that says what was promoted is not ahead, with other comments and another release in its link too', async () => {
  const world = await World.serving();
  expect(await isAhead(world)).toBe(false);
  await world.files.write(FILE, `# By hand.\n${await world.files.read(FILE)}`);
  await world.linkTo('42');
  expect(await isAhead(world)).toBe(false);
});

test.each([
  ['a key', { site: { replicas: 3 } }],
  ['a pattern of [health]', { more: 'body = .*' }],
  ['another PHP', { php: '8.4' }],
  ['another PHP and another key', { php: '8.4', more: '[pool]\npm.max_children = 3\n' }],
  ['another user', { site: { user: 'store' } }],
] satisfies readonly (readonly [string, SiteText])[])(
  'a file with %s that was not rolled is ahead',
  async (_, text) => {
    const world = await changed(text);
    expect(await isAhead(world)).toBe(true);
    await world.roll();
    await world.settle();
    expect(await isAhead(world)).toBe(false);
  },
);

test('so is defaults.ini, and for nobody but root, who may read what was kept', async () => {
  const world = await World.serving();
  await world.files.write('/etc/php-zd/defaults.ini', '[pool]\npm.max_children = 3\n');
  expect([await isAhead(world), await isAhead(world, false)]).toEqual([true, false]);
});

test('a broken file, and one that is gone, bring nothing', async () => {
  const world = await World.serving();
  await world.writeSite('[site]\nrelase = /x\n');
  expect(await isAhead(world)).toBe(false);
  await world.files.remove(FILE);
  expect(await isAhead(world)).toBe(false);
});
