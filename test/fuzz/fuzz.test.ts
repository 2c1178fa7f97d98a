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
