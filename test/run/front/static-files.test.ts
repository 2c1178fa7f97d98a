import { expect, test } from 'vitest';
import { showStaticFiles } from '../../../src/run/front/static-files.ts';
import { loadPromoted } from '../../../src/run/generation/generation.ts';
import { loadSiteToRun } from '../../../src/run/site/environment.ts';
import { hostedSite } from '../../../src/run/site/site-run.ts';
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

test('each link is of the user whose its release is, and of root where another directory has the place of the release', async () => {
  const world = await World.serving();
  const owners = async () => ({
    first: (await world.files.owner(paths.staticFiles))?.uid,
    second: (await world.files.owner(paths.formerStaticFiles))?.uid,
  });
  await world.linkTo('42');
  world.files.owners.set(release('42'), 1042);
  expect(await world.rollTo('42')).toBe('rolled');
  expect(await owners()).toEqual({ first: 1042, second: 0 });
  await world.linkTo('43');
  world.files.owners.set(release('43'), 1043);
  expect(await world.rollTo('43')).toBe('rolled');
  expect(await owners()).toEqual({ first: 1043, second: 1042 });
  const run = hostedSite((await loadSiteToRun(world.ports, 'shop')).site, world.ports);
  const generation = (await loadPromoted(run))?.generation;
  if (generation === undefined) throw new Error('nothing is promoted');
  await world.files.removeTree(release('43'));
  await world.files.makeDirectory(release('43'));
  await showStaticFiles(run, generation);
  expect(await owners()).toEqual({ first: 0, second: 1042 });
});
