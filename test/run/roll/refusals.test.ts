import { describe, expect, test } from 'vitest';
import { loadPromotedOrSite } from '../../../src/run/generation/site-or-promoted.ts';
import { requireNewSite } from '../../../src/run/init/first-file.ts';
import { readLastRoll } from '../../../src/run/record/last-roll.ts';
import { prepareRollback } from '../../../src/run/releases/rollback.ts';
import { stopSite } from '../../../src/run/roll/stop.ts';
import { requireRelease } from '../../../src/run/site/fit-release.ts';
import { siteRun } from '../../../src/run/site/site-run.ts';
import { requireFreeSocket } from '../../../src/run/site/validate.ts';
import { runStep } from '../../../src/run/step/execute.ts';
import { failure } from '../../fakes/failure.ts';
import { paths, release, World } from '../world.ts';

test('a site that has a file is not begun anew', async () => {
  const world = await World.serving();
  const file = '/etc/php-zd/sites/shop.ini';
  expect(await failure(requireNewSite(world.ports, 'shop'))).toMatchObject({
    code: 'site-exists',
    facts: { site: 'shop', file },
  });
});

test("what lies where the web server looks for the site, and is not the site's, is left alone", async () => {
  const world = await World.serving();
  const { run } = await world.load();
  await requireFreeSocket(run);
  const path = run.site.listen.fastcgi;
  await world.files.remove(path);
  await world.files.write(path, '');
  expect(await failure(requireFreeSocket(run))).toMatchObject({ code: 'socket-taken', facts: { path } });
});

test('a release without its front controller is none', async () => {
  const world = await World.serving();
  const { run } = await world.load();
  const ports = { ...run.ports, host: { ...run.ports.host, isFile: () => false } };
  expect(await failure(requireRelease({ site: run.site, ports }, release('42')))).toMatchObject({
    code: 'release-incomplete',
    facts: { path: release('42'), missing: ['public/index.php'] },
  });
});

test('there is no way back before a second release', async () => {
  const { run } = await (await World.serving()).load();
  expect(await failure(prepareRollback(run))).toMatchObject({ code: 'no-previous', facts: { site: 'shop' } });
});

test('a replica is not drained while too few others serve', async () => {
  const world = await World.serving();
  const { site, generation, texts } = await loadPromotedOrSite(world.ports, 'shop', world.emit);
  const run = { ...siteRun(site, world.ports, world.emit), generation, texts };
  expect(await failure(runStep(run, { kind: 'drain', slot: 1, mustServe: 2 }, { index: 1, total: 1 }))).toMatchObject({
    code: 'nobody-else-serves',
    facts: { replica: 1, serving: 1, mustServe: 2 },
  });
  expect(await world.serving()).toEqual([1, 2]);
});

test('a site that may reach some addresses alone neither rolls nor starts for the first time where the host holds none, and is asked about nowhere else', async () => {
  const world = await World.serving();
  const asked: string[] = [];
  world.commands.programs.set('systemd-run', ({ args }) => {
    if (!args.includes('--property=IPAddressDeny=any')) return '';
    asked.push('held?');
    return 'sent';
  });
  expect(await world.roll()).toBe('done');
  expect(asked).toEqual([]);
  const network = '[sandbox]\nnetwork = 10.0.0.1\n';
  await world.configure({ more: network });
  const before = await world.picture();
  expect(await world.roll()).toBe('refused');
  expect(world.events).toContainEqual(
    expect.objectContaining({
      kind: 'refused',
      error: expect.objectContaining({ code: 'network-unheld', facts: { network: ['10.0.0.1'] } }),
    }),
  );
  expect(await world.picture()).toEqual(before);
  const first = new World();
  first.commands.programs.set('systemd-run', () => 'sent');
  expect(await failure(first.serve({ more: network }))).toMatchObject({ code: 'network-unheld' });
});

test('no roll begins while nobody comes to the replicas, since HAProxy has lost its socket', async () => {
  const world = await World.serving();
  const socket = paths.openFront;
  await world.files.remove(socket);
  await world.linkTo('42');
  await world.roll();
  const { run } = await world.load();
  expect(await readLastRoll(run)).toMatchObject({ state: 'refused', error: { code: 'front-gone', facts: { socket } } });
  expect(await world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
  await world.files.write(socket, '');
  expect(await world.rollTo('42')).toBe('rolled');
});

describe('rights of the socket by which the web server may not connect', () => {
  const withNginx = async () => {
    const world = await World.serving();
    world.systemd.add('nginx.service');
    world.systemd.set('nginx.service', { activeState: 'active', mainPid: 700 });
    await world.files.makeDirectory('/proc/700/task/700');
    await world.files.makeDirectory('/proc/701');
    await world.files.write('/proc/700/task/700/children', '701 ');
    await world.files.write('/proc/700/status', 'Uid:\t0 0\nGid:\t0 0\nGroups:\t\n');
    await world.files.write('/proc/701/status', 'Uid:\t102 102\nGid:\t103 103\nGroups:\t33 \n');
    world.commands.programs.set('grep', ({ args }) =>
      args.includes('/etc/nginx') && args.includes(`${paths.run}/fastcgi.sock`) ? '' : { status: 1, output: '' },
    );
    return world;
  };
  const problem =
    'could not connect any more by owner, group and mode in [listen], and would answer 502: write owner = nginx';

  test('refuse a roll, and leave a start to what was promoted', async () => {
    const world = await withNginx();
    await world.configure({ more: '[listen]\ngroup = shop\n' });
    expect(await world.roll()).toBe('refused');
    const refused = world.events.find(({ kind }) => kind === 'refused');
    expect(refused).toMatchObject({
      error: { code: 'site-invalid', facts: { problems: [expect.stringContaining(problem)] } },
    });
    await stopSite(world.ports, 'shop', world.emit);
    world.forget();
    expect(await world.start()).toBe(true);
    expect(world.kinds()[0]).toBe('using-promoted');
    await world.configure({ more: '[listen]\ngroup = shop\nowner = nginx\n' });
    expect(await world.roll()).toBe('done');
  });

  test('are asked about nowhere else', async () => {
    const world = await withNginx();
    const asked: string[] = [];
    world.commands.programs.set('grep', ({ args }) => {
      asked.push(args.join(' '));
      return '';
    });
    expect(await world.rollTo('42')).toBe('rolled');
    await world.configure({ more: '[listen]\nmode = 0666\n' });
    expect(await world.rollTo('42')).toBe('rolled');
    world.systemd.set('nginx.service', { activeState: 'inactive', mainPid: 0 });
    await world.configure({ more: '[listen]\ngroup = shop\n' });
    expect(await world.rollTo('42')).toBe('rolled');
    expect(asked).toEqual([]);
  });
});
