import { expect, test } from 'vitest';
import { linksIn, linksOfAll } from '../../../src/run/site/links.ts';
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
