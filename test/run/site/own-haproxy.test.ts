import { beforeEach, expect, test } from 'vitest';
import { paths as hostPaths } from '../../../src/base/paths.ts';
import { renderOwnBackend } from '../../../src/render/own-haproxy.ts';
import { beginMaintenance } from '../../../src/run/front/maintenance.ts';
import { beginRequestHold } from '../../../src/run/front/request-hold.ts';
import { SiteProblems } from '../../../src/run/site/load-site.ts';
import { requireOwnHaproxies } from '../../../src/run/site/own-haproxy.ts';
import { siteRun } from '../../../src/run/site/site-run.ts';
import { formatProblem } from '../../../src/site/problem.ts';
import type { OwnHaproxy, Site } from '../../../src/site/site.ts';
import { failure } from '../../fakes/failure.ts';
import { paths, World } from '../world.ts';

const ADMIN = '/run/haproxy/admin.sock';
const CONFIG = '/etc/haproxy/haproxy.cfg';
const [MASTER, WORKER] = [700, 701];
const haproxy: OwnHaproxy = {
  processes: [{ socket: ADMIN, master: '/run/haproxy-master.sock' }],
  ...{ backend: 'shop', server: '%N', user: 'store', mode: 'tcp' },
};
const servers = (maxconn = 8) =>
  new Map(['1', '2', '3', '4'].map(name => [name, { maxconn, isChecked: true }] as const));
const running = { master: MASTER, worker: WORKER, threads: 1, servers: servers() };

let world: World;
let site: Site;
let positions: Awaited<ReturnType<World['load']>>['positions'];

beforeEach(async () => {
  world = await World.serving();
  const loaded = await world.load();
  site = { ...loaded.site, haproxy, maxChildren: 8 };
  positions = { ...loaded.positions, haproxy: { file: site.file, line: 9 } };
  world.haproxies.processes.set(ADMIN, running);
  world.files.startProcess(WORKER);
  for (const path of [hostPaths.run, `/proc/${MASTER}`, `/proc/${WORKER}`, '/etc/haproxy'])
    await world.files.makeDirectory(path);
  await world.files.write(`/proc/${MASTER}/cmdline`, ['haproxy', '-Ws', '-f', CONFIG, '-p', '/x'].join('\0'));
  await runAs(1002);
  await world.files.write(CONFIG, `global\nbackend shop\n${renderOwnBackend(site, haproxy, '  ')}`);
});

const runAs = (uid: number) =>
  world.files.write(`/proc/${WORKER}/status`, `Name:\thaproxy\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\n`);

const judge = async (changed: Partial<Site> = {}, isRoot = true): Promise<readonly string[]> => {
  const run = siteRun({ ...site, ...changed }, { ...world.ports, isRoot }, world.emit);
  const loaded = { ...(await world.load()), site: run.site, positions };
  try {
    await requireOwnHaproxies(run, loaded);
    return [];
  } catch (error) {
    if (error instanceof SiteProblems) return error.problems.map(formatProblem);
    throw error;
  }
};

const AT = '/etc/php-zd/sites/shop.ini:9: ';
const THIS = `${AT}the HAProxy at '${ADMIN}'`;

test('one that is as it must be is no problem, and one that nobody named is not looked for', async () => {
  expect(await judge()).toEqual([]);
  world.haproxies.processes.clear();
  expect(await judge({ haproxy: undefined })).toEqual([]);
  expect(await judge({}, false)).toEqual([]);
});

test('one that does not answer is a problem where the site file names it', async () => {
  world.haproxies.processes.clear();
  expect(await judge()).toEqual([
    `${AT}nobody answers at '${ADMIN}', 'socket' in [haproxy] (ENOENT): start that HAProxy, write 'stats socket ${ADMIN} mode 660 level admin' in its [global], or take it out here`,
  ]);
});

test('what its configuration lacks is a problem there, once for two that have one configuration', async () => {
  await world.files.write(CONFIG, 'global\nbackend shop\n');
  const second = { socket: '/run/b', master: '/run/bm' };
  world.haproxies.processes.set(second.socket, running);
  const problems = await judge({ haproxy: { ...haproxy, processes: [...haproxy.processes, second] } });
  expect(problems).toContain(
    `${CONFIG}:2: 'backend shop' lacks a line: write 'balance leastconn' ('php-zd snippet shop haproxy' prints it whole)`,
  );
  expect(new Set(problems).size).toBe(problems.length);
});

test('two share what a replica can do at once', async () => {
  const second = { socket: '/run/b', master: '/run/bm' };
  world.haproxies.processes.set(second.socket, running);
  const problems = await judge({ haproxy: { ...haproxy, processes: [...haproxy.processes, second] } });
  expect(problems[0]).toMatch(/maxconn 8': write '.* maxconn 4'/);
});

test('a directory of configuration is read as HAProxy reads it', async () => {
  await world.files.makeDirectory('/etc/haproxy/conf.d');
  const text = (await world.files.read(CONFIG)) ?? '';
  await world.files.write('/etc/haproxy/conf.d/shop.cfg', text);
  await world.files.write('/etc/haproxy/conf.d/shop.cfg.old', 'backend shop\n');
  await world.files.write(`/proc/${MASTER}/cmdline`, ['haproxy', '-f', '/etc/haproxy/conf.d'].join('\0'));
  expect(await judge()).toEqual([]);
});

test.each([
  [
    'has an older configuration',
    { servers: servers(80) },
    'does not have 1, 2, 3, 4 as its configuration has it: reload it',
  ],
  [
    'has no such backend yet',
    { servers: undefined },
    "knows no backend 'shop', which its configuration has: reload it",
  ],
] as const)('one that %s is to be reloaded', async (_, change, problem) => {
  world.haproxies.processes.set(ADMIN, { ...running, ...change });
  expect(await judge()).toEqual([`${THIS} ${problem}`]);
});

test('one that runs as somebody else, or in a chroot, cannot come to the replicas', async () => {
  await runAs(33);
  expect(await judge()).toEqual([
    `${THIS} runs as user number 33, and 'worker_user' is store: write the user of its [global]`,
  ]);
  await runAs(1002);
  world.haproxies.processes.set(ADMIN, { ...running, worker: WORKER + 1 });
  expect(await judge()).toEqual([
    `${THIS} does not see /run/php-zd, where the replicas of shop are: where its [global] has 'chroot DIR' write BindReadOnlyPaths=/run/php-zd:DIR/run/php-zd in a drop-in of its unit, and restart it once`,
  ]);
});

test('one with several threads cannot be switched at one moment', async () => {
  world.haproxies.processes.set(ADMIN, { ...running, threads: 2 });
  expect(await judge()).toEqual([]);
  expect(await judge({ strategy: 'blue-green' })).toEqual([
    `${THIS} has 2 threads, which cannot be switched at one moment: write nbthread 1 in its [global], or strategy = rolling in [site]`,
  ]);
});

test('who comes by one can neither be held nor be answered in maintenance', async () => {
  const { run } = await world.load();
  await world.systemd.start('php-zd@shop.service');
  await world.files.write(paths.ownHaproxies, '{}');
  for (const refused of [beginRequestHold(run, 1_000), beginMaintenance(run)])
    expect(await failure(refused)).toMatchObject({ code: 'front-bypassed', facts: { site: 'shop' } });
});
