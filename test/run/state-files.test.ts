import { beforeAll, describe, expect, test } from 'vitest';
import { beginRequestHold, readRequestHold } from '../../src/run/front/request-hold.ts';
import { linkedGeneration, promotedMeta, releaseOf } from '../../src/run/generation/generation.ts';
import { readHistory } from '../../src/run/record/history.ts';
import { readLastRoll } from '../../src/run/record/last-roll.ts';
import type { Hosted } from '../../src/run/site/site-run.ts';
import { paths, release, World } from './world.ts';

interface StateFile {
  readonly path: (world: World) => string;
  /** What is read of it; a history has one entry here. */
  readonly read: (hosted: Hosted) => Promise<unknown>;
  /** As it is kept, beside the number of its format. */
  readonly kept: object;
}

const error = { code: 'replica-unproven', facts: { replica: 2, reason: 'answered / with 500', ms: 1_000 } };
const totals = {
  ...{ worker: 7, requests: 9, connectionErrors: 0, responseErrors: 0, serverAborts: 0, clientAborts: 1 },
  ...{ retries: 0, redispatches: 0, queued: 0, longestQueue: 2 },
};
const { worker: _, queued: __, longestQueue: ___, ...sums } = totals;
const receipt = {
  ...{ requests: 9, lost: 0, unreached: 0, brokenOff: 0, clientAborts: 1, retries: 0, redispatches: 0 },
  ...{ longestQueue: 2, workerChanges: 0, isComplete: true, ms: 2_000, phases: { prove: 500, settle: 20 } },
};
const roll = {
  ...{ id: '0b2f', startedAt: 1_000, endedAt: 3_000, from: release('41'), release: release('42') },
  ...{ outcome: 'rolled-back', error },
};
const meta = {
  ...{ release: release('41'), mount: '/srv/shop/releases/.shop.live', user: 'shop', maxChildren: 8, replicas: 2 },
  formerMount: '/srv/shop/live',
};

const files: Readonly<Record<string, StateFile>> = {
  'roll.json': {
    path: () => paths.lastRoll,
    read: readLastRoll,
    kept: {
      ...{ ...roll, state: 'failed', generation: 'aa', fromGeneration: 'bb', phases: { prove: 500 } },
      count: { sums, last: totals, workers: 1, longestQueue: 2, queueRecord: 0, isBehind: false },
    },
  },
  'history.jsonl': {
    path: () => paths.history,
    read: async hosted => (await readHistory(hosted)).at(-1),
    kept: { ...roll, receipt, by: 'alice' },
  },
  'generation.json': {
    path: world => `${world.files.resolve(paths.promoted)}/generation.json`,
    read: promotedMeta,
    kept: { ...meta, link: '/srv/shop/current' },
  },
  hold: {
    path: () => paths.requestHold,
    read: async hosted => {
      const [held, { clock }] = [await readRequestHold(hosted), hosted.ports];
      const bootedAt = clock.now() - clock.uptimeMs();
      return held && { sinceUptimeMs: held.since - bootedAt, untilUptimeMs: held.until - bootedAt };
    },
    kept: { sinceUptimeMs: 1_000, untilUptimeMs: 9e12 },
  },
};

describe.each(Object.entries(files))('%s', (_name, { path, read, kept }) => {
  let world: World;
  beforeAll(async () => {
    world = await World.serving();
  });
  const readOf = async (text: string): Promise<unknown> => {
    await world.files.write(path(world), text);
    return await read((await world.load()).run);
  };

  test('of this php-zd is read, with every key', async () => {
    expect(await readOf(`${JSON.stringify({ format: 1, ...kept })}\n`)).toEqual(kept);
  });

  test('of a newer php-zd is not judged', async () => {
    expect(await readOf(`${JSON.stringify({ format: 2, ...kept })}\n`)).toBeUndefined();
  });

  test('that was cut is none', async () => {
    const text = JSON.stringify({ format: 1, ...kept });
    for (const length of [0, 1, text.length / 2, text.length - 1])
      expect(await readOf(text.slice(0, length))).toBeUndefined();
  });

  test('that is huge is none, and no more of it is read than it may have', async () => {
    const before = JSON.stringify({ format: 1, note: 'x'.repeat(17 * 1024 * 1024), ...kept });
    expect(await readOf(before)).toBeUndefined();
  });

  test.each(Object.keys(kept))('whose %s has another type is none', async key => {
    for (const wrong of [null, [[]], { a: {} }, true])
      expect(await readOf(JSON.stringify({ format: 1, ...kept, [key]: wrong }))).toBeUndefined();
  });
});

test('each of them is written with the number of its format', async () => {
  const world = await World.serving();
  await world.rollTo('42');
  const { run } = await world.load();
  await world.systemd.start('php-zd@shop.service');
  await beginRequestHold(run, 30_000);
  for (const { path } of Object.values(files)) expect(await world.files.read(path(world))).toMatch(/^\{"format":1,/);
});

test('of a generation that a newer php-zd wrote the release is known all the same', async () => {
  const world = await World.serving();
  const { path = () => '' } = files['generation.json'] ?? {};
  await world.files.write(path(world), '{"format":2}');
  const { run } = await world.load();
  expect(await releaseOf(run, await linkedGeneration(run, paths.promoted))).toBe(release('41'));
});
