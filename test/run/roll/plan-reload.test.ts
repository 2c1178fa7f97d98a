import { expect, test } from 'vitest';
import { replicaUnit } from '../../../src/base/paths.ts';
import { describeGeneration } from '../../../src/run/generation/generation.ts';
import { planReload, requireCapacity } from '../../../src/run/roll/plan-reload.ts';
import { findRelease } from '../../../src/run/site/fit-release.ts';
import { failure } from '../../fakes/failure.ts';
import { type SiteText, World } from '../world.ts';

const IN_PLACE: SiteText = { site: { surge: 0 }, more: '[pool]\npm.max_children = 2\n' };
const SLOW = '/srv/shop/slow.php';

/** A world whose replicas have so many requests each that do not end. */
const busyWorld = async (text: SiteText, requests: number): Promise<World> => {
  const world = await World.serving(text);
  for (const [slot, { pool }] of world.replicas) {
    pool.scripts.set(SLOW, () => new Promise(() => undefined));
    const request = { scriptFilename: SLOW, documentRoot: '/', uri: '/', method: 'GET', headers: new Map() };
    for (let count = 0; count < requests; count += 1) {
      pool.run(request, () => new Promise(() => undefined)).catch(() => undefined);
    }
    world.systemd.set(replicaUnit('shop', slot), { memoryBytes: slot * 1_000_000 });
  }
  await world.files.makeDirectory('/proc');
  await world.files.write('/proc/meminfo', 'MemTotal:       24684544 kB\nMemAvailable:       1000 kB\n');
  return world;
};

const planOf = async (world: World) => {
  const { run, ...loaded } = await world.load();
  return await planReload(run, loaded);
};

/** The site, and the generation that a roll would bring. */
const toNext = async (world: World) => {
  const { run } = await world.load();
  return [run, await describeGeneration(run, run.site, await findRelease(run))] as const;
};

test('a plan has the capacity and the memory as numbers', async () => {
  const world = await busyWorld({}, 1);
  const { capacity, memory } = await planOf(world);
  expect(capacity).toEqual({
    ...{ children: 16, busy: 2, queued: 0, silent: [] },
    ...{ least: 16, leastAt: undefined, away: [], isShort: false },
  });
  expect(memory).toEqual({ more: 2, replicaBytes: 2_000_000, availableBytes: 1_024_000, isShort: true });
});

test('requests that wait in HAProxy count', async () => {
  const world = await busyWorld(IN_PLACE, 1);
  world.balancer.setSessions('shop', '1', 2, 3);
  const { capacity } = await planOf(world);
  expect(capacity).toMatchObject({ busy: 2, queued: 3, isShort: true });
});

test('a roll that leaves too few children is refused, and nothing was touched', async () => {
  const world = await busyWorld(IN_PLACE, 2);
  expect(await failure(requireCapacity(...(await toNext(world))))).toMatchObject({
    code: 'capacity-short',
    facts: { site: 'shop', children: 4, busy: 4, queued: 0, least: 2, leastAt: 3, away: [1], silent: [] },
  });
  expect(world.systemd.asked).toEqual([]);
});

test('a roll that leaves enough is not', async () => {
  const world = await busyWorld(IN_PLACE, 1);
  await expect(requireCapacity(...(await toNext(world)))).resolves.toBeUndefined();
});

test('where systemd does not count memory, the processes do', async () => {
  const world = await busyWorld({}, 0);
  for (const slot of [1, 2]) {
    world.systemd.set(replicaUnit('shop', slot), { memoryBytes: undefined });
    const { mainPid } = await world.systemd.unit(replicaUnit('shop', slot));
    await world.files.makeDirectory(`/proc/${mainPid}`);
    await world.files.write(`/proc/${mainPid}/smaps_rollup`, `Rss:  9 kB\nPss:                ${slot} kB\n`);
  }
  const { memory } = await planOf(world);
  expect(memory.replicaBytes).toBe(2048);
});
