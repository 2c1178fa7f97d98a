import { expect, test } from 'vitest';
import { describeGeneration } from '../../../src/run/generation/generation.ts';
import { findRelease } from '../../../src/run/site/fit-release.ts';
import { lookAtShown } from '../../../src/run/site/shown.ts';
import { failure } from '../../fakes/failure.ts';
import { World } from '../world.ts';

const WEB = { more: '[web]\nserver = nginx\n[listen]\nhttp = *:8080\n' };

test('links and directories with an index are found, and none where this user may not look', async () => {
  const world = await World.serving();
  const { run } = await world.load();
  const root = '/srv/shop/releases/41/public';
  world.commands.programs.set('find', ({ args }) =>
    args.includes('l') ? `${root}\0storage\0../../shared\0` : `${root}\0${root}/admin\0`,
  );
  expect(await lookAtShown(run.ports, run.site)).toMatchObject({
    links: new Map([['storage', '../../shared']]),
    indexed: ['admin'],
  });
  world.commands.programs.set('find', () => ({ status: '1', output: 'Permission denied' }));
  expect(await lookAtShown(run.ports, run.site)).toMatchObject({ links: new Map(), indexed: [] });
});

test.each(['SIGTERM', 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER'])(
  'a root that could not be looked through has no rules for a part of it, and is no other generation: %s',
  async status => {
    const world = await World.serving();
    const { run } = await world.load();
    world.commands.programs.set('find', () => ({ status, output: '' }));
    expect(await failure(lookAtShown(run.ports, run.site))).toMatchObject({ code: 'command-failed' });
    world.programs.push('/usr/sbin/nginx');
    await world.configure(WEB);
    const { run: withWeb } = await world.load();
    const fit = await findRelease(withWeb);
    expect(await failure(describeGeneration(withWeb, withWeb.site, fit))).toMatchObject({ code: 'command-failed' });
  },
);
