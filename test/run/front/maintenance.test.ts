import { expect, test } from 'vitest';
import { beginMaintenance, endMaintenance, readMaintenance, readPage } from '../../../src/run/front/maintenance.ts';
import { namedRun } from '../../../src/run/site/site-run.ts';
import { failure } from '../../fakes/failure.ts';
import { paths, World } from '../world.ts';

const serving = async () => {
  const world = await World.serving();
  return { world, run: namedRun('shop', world.ports, world.emit) };
};

test('a maintenance is a file with the whole answer, and tells neither systemd nor HAProxy', async () => {
  const { world, run } = await serving();
  await beginMaintenance(run, { type: 'text/plain', text: 'back at 4\n' });
  expect(await world.files.read(paths.maintenance)).toBe(
    [
      `${new Date(world.clock.now()).toISOString()}\n`,
      'Status: 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n',
      'Retry-After: 60\r\nCache-Control: no-store\r\n\r\nback at 4\n',
    ].join(''),
  );
  expect(world.systemd.asked).toEqual([]);
});

test('another page leaves the maintenance as old as it is', async () => {
  const { world, run } = await serving();
  await beginMaintenance(run);
  const since = world.clock.now();
  world.clock.advance(60_000);
  await beginMaintenance(run, { type: 'text/plain', text: 'back at 5\n' });
  expect(await readMaintenance(run)).toEqual({ since });
  expect(await world.files.read(paths.maintenance)).toMatch(/back at 5\n$/);
});

test('a maintenance whose file does not say its beginning is one, and begins when it gets another page', async () => {
  const { world, run } = await serving();
  for (const text of ['', 'soon\n<p>', '<p>']) {
    await world.files.write(paths.maintenance, text);
    expect(await readMaintenance(run)).toEqual({ since: undefined });
    await beginMaintenance(run);
    expect(await readMaintenance(run)).toEqual({ since: world.clock.now() });
  }
});

test('a maintenance that is ended leaves no file', async () => {
  const { world, run } = await serving();
  expect(await endMaintenance(run)).toBeUndefined();
  await beginMaintenance(run);
  expect(await endMaintenance(run)).toEqual({ since: world.clock.now() });
  expect(await world.files.exists(paths.maintenance)).toBe(false);
});

test('a roll and its settle leave a maintenance as it is', async () => {
  const { world, run } = await serving();
  await beginMaintenance(run);
  const maintenance = await readMaintenance(run);
  expect(await world.rollTo('42')).toBe('rolled');
  expect(await readMaintenance(run)).toEqual(maintenance);
});

test('a site that HAProxy would not answer for is refused', async () => {
  const { world, run } = await serving();
  await world.files.remove(paths.balancerConfig);
  expect(await failure(beginMaintenance(run))).toMatchObject({ code: 'front-outdated' });
});

test.each([
  ['/srv/page.html', 'text/html'],
  ['/srv/page.json', 'application/json'],
  ['/srv/page.txt', 'text/plain'],
  ['/srv/page', 'text/html'],
])('a page of the name %s is %s', async (path, type) => {
  const { world, run } = await serving();
  await world.files.makeDirectory('/srv');
  await world.files.write(path, 'soon');
  expect(await readPage(run, path)).toEqual({ type, text: 'soon' });
});

test.each([
  ['that there is not', undefined, { kind: 'missing' }],
  ['of another encoding', 'zur\uFFFDck', { kind: 'no-utf8' }],
  ['that is too large', 'x'.repeat(1_000_001), { kind: 'too-long', limit: 1_000_000 }],
])('a page %s is refused', async (_, text, reason) => {
  const { world, run } = await serving();
  await world.files.makeDirectory('/srv');
  if (text !== undefined) await world.files.write('/srv/page', text);
  expect(await failure(readPage(run, '/srv/page'))).toMatchObject({ code: 'page-unfit', facts: { reason } });
});
