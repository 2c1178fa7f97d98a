import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { propertyRuns } from '../property-runs.ts';
import { readFound } from './found.ts';
import { properties } from './properties.ts';
import { Broken, property } from './property.ts';

test.each(readFound().map(found => [found.property, JSON.stringify(found.value).slice(0, 100), found] as const))(
  'what was found once is mended: %s, %s',
  async (name, _, { value }) => {
    const found = properties.find(each => each.name === name);
    if (found === undefined) throw new Error(`there is no property '${name}'`);
    await found.again(value);
  },
);

test.each(properties.map(each => [each.name, each] as const))(
  'whatever it is: %s ends with a right value or an error of its own, in time, and nothing is touched',
  async (_, { attempt }) => {
    await attempt(propertyRuns(250).numRuns, Date.now() & 0x7fffffff);
  },
);

test.each<[string, object]>([
  ['haproxy', { question: 'servers' }],
  ['haproxy', { question: 'totals' }],
  ['fastcgi', { question: 'status' }],
  ['fastcgi', { question: 'request' }],
  ['dbus', { question: 'unit', turn: 0 }],
  ['dbus', { question: 'unit', turn: 2 }],
])('who says a byte now and then, without end, is waited for until the deadline: %s, %o', async (name, value) => {
  const found = properties.find(each => each.name === name);
  // Of a record of FastCGI, of a line of HAProxy's, of a message of D-Bus: the beginning, which says that more comes.
  const pieces = ['\x01\x06\0\x01\xff\xff\0\0', 'l\x02\0\x01\0\0\x0f\0\x01\0\0\0\0\0\0\0'];
  for (const piece of pieces) await found?.again({ ...value, said: { pieces: [piece], after: 'drips' } });
  expect(found).toBeDefined();
});

test('a property that does not hold gives the smallest value, and one that takes long is told', async () => {
  const small = property({
    name: 'small',
    values: fc.integer({ min: 0 }),
    holds: async value => {
      if (value > 41) throw new Error('large');
    },
  });
  const broken = await small.attempt(500, 1).catch((error: unknown) => error);
  expect(broken).toBeInstanceOf(Broken);
  expect(broken).toMatchObject({ value: 42 });
  const slow = property({
    name: 'slow',
    values: fc.constant(null),
    holds: async () => {
      const from = process.cpuUsage();
      while (process.cpuUsage(from).user < 300_000);
    },
    mostMs: 50,
  });
  await expect(slow.attempt(1, 1)).rejects.toThrow(/it took \d+ ms/);
});

const MEBIBYTE = 1024 * 1024;
test.each([
  ['the process has never taken as much', { rss: 200, peak: 240 }, { rss: 210, peak: 264 }, 64],
  ['the process took more before', { rss: 200, peak: 900 }, { rss: 264, peak: 900 }, 64],
  ['it gave back what others left', { rss: 200, peak: 900 }, { rss: 150, peak: 900 }, undefined],
] as const)('what a value takes of memory is told: %s', async (_, before, after, told) => {
  const readings = [before, after].map(({ rss, peak }) => ({ rss: rss * MEBIBYTE, peak: peak * MEBIBYTE }));
  const large = property({
    ...{ name: 'large', values: fc.constant(null), mostMib: 32, holds: async () => {} },
    memory: () => readings.shift() ?? { rss: 0, peak: 0 },
  });
  const tried = large.attempt(1, 1);
  if (told === undefined) await tried;
  else await expect(tried).rejects.toThrow(`it took ${told} MiB`);
});

test('what a process takes of memory is read of the process', async () => {
  const script = `
    import fc from 'fast-check';
    import { property } from './property.ts';
    const kept = [];
    const holds = async () => kept.push(Buffer.alloc(64 * 1024 * 1024, 'x'));
    await property({ name: 'large', values: fc.constant(null), holds, mostMib: 32 }).attempt(1, 1);`;
  const ran = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  });
  expect(ran.stderr).toMatch(/Broken: Error: it took \d+ MiB/);
});
