import { readlink } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { hold } from '../lab/hold.ts';
import { awaitAnswer } from '../lab/machine.ts';
import { expectServing } from '../scene/expect.ts';
import { onOneSuite } from '../scene/scene.ts';

onOneSuite('bookworm', 'deploy', {}, scene => {
  test('of two deployments at once the second waits, and when it fails the link names what the first brought', async () => {
    const { machine, site } = scene();
    const [next, bad] = [await site.release(), await site.release({ UNHEALTHY: '' })];
    const stand = await hold(machine, site, 'health');
    const first = deploy(next);
    await stand.arrived();
    const second = deploy(bad);
    await awaitAnswer('the second flip', async () => (await linkOf()) === `releases/${bad}` || undefined);
    await stand.open();
    expect((await first).status).toBe(0);
    expect((await second).status).toBe(1);
    expect(await linkOf()).toBe(`releases/${next}`);
    await expectServing(site, next);
  });

  const deploy = (release: string) =>
    scene().machine.ask('php-zd', 'deploy', scene().site.name, scene().site.directory(release));

  const linkOf = () => readlink(`${scene().machine.root}${scene().site.base}/current`);
});
