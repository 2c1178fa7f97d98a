import { describe, expect, test } from 'vitest';
import { type Link, linksIn, linksOfAll, strayIn } from '../../../src/run/site/links.ts';
import type { Site } from '../../../src/site/site.ts';
import { shopSite } from '../../site/shop-site.ts';
import { release, World } from '../world.ts';

const RELEASE = release('41');
const linked = (count: number): string =>
  Array.from({ length: count }, (_, at) => `${RELEASE}\0l${at}\0../x\0`).join('');

test('of more links than the packages of any application have it is said that these are not all', async () => {
  const { commands, ports } = await World.serving();
  commands.programs.set('find', () => linked(20_001));
  const { links, isWhole } = await linksIn(ports, RELEASE);
  expect([links.length, isWhole]).toEqual([20_000, false]);
  commands.programs.set('find', () => linked(20_000));
  expect((await linksIn(ports, RELEASE)).isWhole).toBe(true);
});

test.each(['no end after 5000 ms', 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER', 1])(
  'what one release keeps from being told of all at once is asked of each: %s',
  async status => {
    const world = await World.serving();
    const { run } = await world.load();
    world.commands.programs.set('find', () => ({ status, output: '' }));
    expect(await linksOfAll(world.ports, [run.site])).toEqual(new Map());
    await expect(linksIn(world.ports, RELEASE)).rejects.toMatchObject({ code: 'command-failed' });
  },
);

describe('links that lead to where a replica sees nothing', () => {
  const BASE = '/home/forge/shop';
  const at = { link: `${BASE}/current`, releases: `${BASE}/releases`, mount: `${BASE}/releases/.shop.live` };
  const env: Link = { path: '.env', target: '../../.env' };
  const storage: Link = { path: 'storage', target: `${BASE}/storage` };
  const strayOf = (links: readonly Link[], more: Partial<Site> = {}) =>
    strayIn({ links, isWhole: true }, `${BASE}/releases/1`, { ...shopSite(), ...at, ...more });

  test('are named with the lines of [shared] that mend them, where there is one for each', () => {
    expect(strayOf([env, storage])).toMatchObject({
      links: ['.env -> ../../.env', `storage -> ${BASE}/storage`],
      lines: [`.env = ${BASE}/.env`, `storage = ${BASE}/storage`],
    });
    // What has the releases in it would cover them.
    expect(strayOf([env, { path: 'base', target: BASE }])).toMatchObject({ count: 2, lines: [] });
  });

  test('are none where the site file has the line, and what that shares is seen by its own path too', () => {
    const shared = new Map([['storage', `${BASE}/storage`]]);
    const published: Link = { path: 'public/storage', target: `${BASE}/storage/app/public` };
    expect(strayOf([storage, published], { shared })).toBeUndefined();
    expect(strayOf([{ path: 'mine', target: '/home/forge/x/y' }], { home: '/home/forge/x' })).toBeUndefined();
    // Nobody lays it there where the release has a directory in the place.
    expect(strayOf([published], { shared })).toMatchObject({ count: 1 });
  });

  test('are told by a roll where they lie in the first directory of the release, once for each release', async () => {
    const world = await World.serving();
    await world.linkTo('42');
    await world.files.link(`${release('42')}/.env`, '/home/forge/shop/.env');
    const told = () => world.events.filter(({ kind }) => kind === 'warnings');
    expect(await world.roll()).toBe('done');
    expect(told()).toMatchObject([
      { warnings: [{ line: 2, message: expect.stringContaining(': write .env = /home/forge/shop/.env in [shared]') }] },
    ]);
    await world.roll();
    expect(told()).toHaveLength(1);
  });
});
