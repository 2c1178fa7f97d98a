import { expect, test } from 'vitest';
import type { Goal } from '../../src/plan/goal.ts';
import { forecastMemory } from '../../src/plan/memory.ts';
import { planRoll } from '../../src/plan/roll.ts';
import { goal, serving, site } from './sites.ts';

const FIGURES = { replicaBytes: 100, availableBytes: 150 };
const forecast = (to: Goal, figures: Parameters<typeof forecastMemory>[2] = FIGURES) =>
  forecastMemory(planRoll(to, site(...[1, 2, 3, 4].map(slot => serving(slot)))), [1, 2, 3, 4], figures);

test.each([
  ['a roll in place starts none beside the others', goal({ replicas: 4, surge: 0 }), 0, false],
  ['a roll with surge runs up to twice as many more', goal({ replicas: 4, surge: 1 }), 2, true],
  ['blue-green runs all of them twice', goal({ replicas: 4, surge: 4, strategy: 'blue-green' }), 4, true],
] as const)('%s', (_, to, more, isShort) => {
  expect(forecast(to)).toEqual({ ...FIGURES, more, isShort });
});

test('what fits is not warned of', () => {
  expect(forecast(goal({ replicas: 4 }), { replicaBytes: 100, availableBytes: 200 })).toMatchObject({ isShort: false });
});

test.each([
  { replicaBytes: undefined, availableBytes: 1 },
  { replicaBytes: 100, availableBytes: undefined },
])('nobody is warned by guesses: %o', figures => {
  expect(forecast(goal({ replicas: 4 }), figures)).toEqual({ ...figures, more: 2, isShort: false });
});
