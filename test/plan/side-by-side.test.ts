import { expect, test } from 'vitest';
import { planRoll } from '../../src/plan/roll.ts';
import { stretchesOf } from '../../src/plan/side-by-side.ts';
import { goal, serving, site, words } from './sites.ts';

const stretches = (...[to, ...slots]: [Parameters<typeof goal>[0], ...number[]]) =>
  stretchesOf(planRoll(goal(to), site(...slots.map(slot => serving(slot))))).map(({ lanes }) =>
    lanes.map(lane => words(lane.map(({ step }) => step)).join(', ')),
  );
const prepared = (slot: number) => `hold ${slot}, pin ${slot}, start ${slot}, warm ${slot}, prove ${slot}`;

test('two new replicas come up side by side, and old ones end so; what visitors can feel goes on one after the other', () => {
  expect(stretches({}, 1, 2)).toEqual([
    ...[['write'], [prepared(3), prepared(4)], ['serve 3'], ['hold 1'], ['drain 1'], ['serve 4'], ['hold 2']],
    ...[['drain 2'], ['retire 1', 'retire 2'], ['promote 2']],
  ]);
});

test('blue-green has all new replicas come up before the switch', () => {
  const [, raised, switched] = stretches({ strategy: 'blue-green', surge: 2 }, 1, 2);
  expect([raised, switched]).toEqual([[prepared(3), prepared(4)], ['switch 1,2 -> 3,4']]);
});

test('in place one replica ends before its successor starts', () => {
  expect(stretches({ surge: 0 }, 1, 2).slice(1, 6)).toEqual([
    ...[['hold 1'], ['drain 1'], ['retire 1'], [prepared(1)], ['serve 1']],
  ]);
});

test('each step has its number in the plan, and none is lost', () => {
  const steps = planRoll(goal({ replicas: 5, bakeMs: 5 }), site(...[1, 2, 3, 4, 5].map(slot => serving(slot))));
  const numbered = stretchesOf(steps).flatMap(({ lanes }) => lanes.flat());
  expect(numbered.map(({ index }) => index).sort((a, b) => a - b)).toEqual(steps.map((_, at) => at + 1));
  for (const { step, index } of numbered) expect(steps[index - 1]).toBe(step);
});
