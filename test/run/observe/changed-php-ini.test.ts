import { beforeEach, expect, test } from 'vitest';
import { replicaUnit } from '../../../src/base/paths.ts';
import { changedPhpIni } from '../../../src/run/observe/changed-php-ini.ts';
import { hasChanged } from '../../../src/run/roll/if-changed.ts';
import type { HostedSite } from '../../../src/run/site/site-run.ts';
import { World } from '../world.ts';

const CONF = '/etc/php/8.2/fpm';
const INI = `${CONF}/php.ini`;
const OWN = `${CONF}/conf.d/99-own.ini`;

let world: World;
/** What the files say, and when each was changed, in milliseconds since 1970. */
const texts = new Map<string, string>();
const changes = new Map<string, number>();
const modes = new Map<string, number>();

const withIni = () => {
  const { host } = world.ports;
  const phpIniFiles = () => [...texts].map(([file, text]) => ({ file, text }));
  const changedAt = (path: string) => changes.get(path);
  const stepsTo = (paths: readonly string[]) =>
    paths.map(path => ({ path, mode: modes.get(path) ?? 0o644, uid: 0, gid: 0, isDirectory: false }));
  Object.assign(world.ports, { host: { ...host, phpIniFiles, changedAt, stepsTo } });
};

const started = async (slot: number, at: number) => world.systemd.set(replicaUnit('shop', slot), { activeSince: at });

const look = async () => {
  const { run } = await world.load();
  return { files: await changedPhpIni(run, run.site), hasChanged: await hasChanged(run satisfies HostedSite) };
};

beforeEach(async () => {
  texts.clear();
  changes.clear();
  modes.clear();
  for (const path of [INI, OWN]) texts.set(path, 'precision = 14\n');
  world = new World();
  withIni();
  await world.serve({});
  for (const slot of [1, 2]) await started(slot, 10_000);
});

test('a file that was closed or opened since is a change, though it says the same', async () => {
  modes.set(OWN, 0o640);
  changes.set(OWN, 20_000);
  expect(await look()).toEqual({ files: [OWN], hasChanged: true });
});

test('a file that came and went is told where a replica was started in between, until that is started anew', async () => {
  const noted = world.clock.now();
  const [began, went] = [noted + 20_000, noted + 30_000];
  // By hand, or since it crashed.
  await started(1, began);
  expect(await look()).toEqual({ files: [], hasChanged: false });
  changes.set(`${CONF}/conf.d`, went);
  expect(await look()).toEqual({ files: [`${CONF}/conf.d`], hasChanged: true });
  await started(1, went + 10_000);
  expect(await look()).toEqual({ files: [], hasChanged: false });
  await started(1, began);
  expect(await world.rollTo('42')).toBe('rolled');
  for (const slot of [3, 4]) await started(slot, went + 20_000);
  expect(await look()).toEqual({ files: [], hasChanged: false });
});

test('a php.ini that says what it said when the site was started is no change, though it was written anew', async () => {
  changes.set(INI, 20_000);
  expect(await look()).toEqual({ files: [], hasChanged: false });
});

test('one that was changed since is named, until all replicas that serve are younger', async () => {
  texts.set(INI, 'precision = 9\n');
  changes.set(INI, 20_000);
  expect(await look()).toEqual({ files: [INI], hasChanged: true });
  await started(1, 30_000);
  expect(await look()).toEqual({ files: [INI], hasChanged: true });
  await started(2, 30_000);
  expect(await look()).toEqual({ files: [], hasChanged: false });
});

test('a file that was removed is told by its directory', async () => {
  texts.delete(OWN);
  texts.set(`${CONF}/conf.d/10-other.ini`, '');
  changes.set(`${CONF}/conf.d`, 20_000);
  expect(await look()).toEqual({ files: [`${CONF}/conf.d`], hasChanged: true });
});

test('what a roll brought is known afterwards, and what was changed while it went on is told', async () => {
  texts.set(INI, 'precision = 9\n');
  changes.set(INI, 20_000);
  expect(await world.rollTo('42')).toBe('rolled');
  for (const slot of [3, 4]) await started(slot, world.clock.now());
  texts.set(INI, 'precision = 8\n');
  changes.set(INI, Date.now() + 10_000);
  expect(await look()).toEqual({ files: [INI], hasChanged: true });
  texts.set(INI, 'precision = 9\n');
  expect(await look()).toEqual({ files: [], hasChanged: false });
});

test('nothing is known of a site that an older php-zd started', async () => {
  const { run } = await world.load();
  await world.files.remove(run.paths.servedPhpIni);
  texts.set(INI, 'precision = 9\n');
  changes.set(INI, 20_000);
  expect(await look()).toEqual({ files: [], hasChanged: false });
});
