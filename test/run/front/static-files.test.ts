import { expect, test } from 'vitest';
import { intercepted } from '../intercepted.ts';
import { paths, release, type SiteText, World } from '../world.ts';

const shown = async ({ files }: World) => ({
  first: await files.readLink(paths.staticFiles),
  second: await files.readLink(paths.formerStaticFiles),
});

test.each<[string, SiteText]>([
  ['with surge', {}],
  ['in place', { site: { surge: 0 } }],
  ['blue-green', { site: { strategy: 'blue-green', surge: 2 } }],
])('at every moment of a roll %s the files of each release that serves are shown', async (_, site) => {
  const world = await World.serving(site);
  await world.linkTo('42');
  const foreign: string[] = [];
  const after = async () => {
    const { first, second } = await shown(world);
    const served = (await world.picture()).filter(line => line.endsWith(' UP')).map(line => line.split(' ')[1] ?? '');
    for (const name of served) if (![first, second].includes(release(name))) foreign.push(name);
  };
  expect(await world.roll({ ports: intercepted(world.ports, { after }) })).toBe('done');
  expect(await world.settle()).toBe('rolled');
  expect(foreign).toEqual([]);
  expect(await shown(world)).toEqual({ first: release('42'), second: release('41') });
});

test('a release that never served is not shown', async () => {
  const world = await World.serving();
  await world.linkTo('42');
  world.health.set(release('42'), { status: 500, stderr: 'PHP Fatal error:  no database' });
  expect(await world.roll()).toBe('failed');
  expect(await world.settle()).toBe('rolled-back');
  expect(await shown(world)).toEqual({ first: release('41'), second: undefined });
});

test('a roll of the configuration alone leaves what is shown', async () => {
  const world = await World.serving();
  expect(await world.rollTo('42')).toBe('rolled');
  await world.configure({ site: { surge: 2 } });
  expect(await world.roll({ id: 'again' })).toBe('done');
  expect(await world.settle()).toBe('rolled');
  expect(await shown(world)).toEqual({ first: release('42'), second: release('41') });
});
