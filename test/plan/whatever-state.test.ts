import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isError } from '../../src/base/errors.ts';
import { type Goal, mustServe } from '../../src/plan/goal.ts';
import { isServing, type ObservedSite, type ObservedSlot } from '../../src/plan/observed.ts';
import { isParked, isReserve } from '../../src/plan/parts.ts';
import { planRoll } from '../../src/plan/roll.ts';
import { planSettle } from '../../src/plan/settle.ts';
import type { Step } from '../../src/plan/step.ts';
import { propertyRuns } from '../property-runs.ts';
import { afterBalancerRestart, afterSteps, type Course, carryOut, endOf } from './simulation.ts';
import { anyBlueGreenGoal, anyGoal, anyGoals, anySite } from './whatever-state.ts';

const RUNS = propertyRuns(500);

const servingOf = ({ slots }: ObservedSite) => slots.filter(isServing);
const hasParked = ({ slots }: ObservedSite) => slots.some(isParked);

/** Undefined when it is refused, which only a parked replica can cause. */
const rollOrRefusal = (goal: Goal, site: ObservedSite): readonly Step[] | undefined => {
  try {
    return planRoll(goal, site);
  } catch (error) {
    if (isError(error, 'slots-parked') && hasParked(site)) return undefined;
    throw error;
  }
};

/** Each plan there is, as it would be carried out. */
const eachCourse = (check: (course: Course, goal: Goal, kind: 'roll' | 'settle') => void): void =>
  fc.assert(
    fc.property(anySite, anyGoal, (site, goal) => {
      check(carryOut(site, rollOrRefusal(goal, site) ?? []), goal, 'roll');
      check(carryOut(site, planSettle(goal, site)), goal, 'settle');
    }),
    RUNS,
  );

const eachState = ({ states, done }: Course, check: (step: Step, before: ObservedSite, then: ObservedSite) => void) => {
  for (const [index, step] of done.entries()) {
    const [before, then] = states.slice(index, index + 2);
    if (before !== undefined && then !== undefined) check(step, before, then);
  }
};

const findSlot = ({ slots }: ObservedSite, wanted: number): ObservedSlot | undefined =>
  slots.find(({ slot }) => slot === wanted);

/** All replicas serve what they should, and nothing else runs but parked ones and one standby. */
const expectSettled = (site: ObservedSite, goal: Goal): void => {
  const others = site.slots.filter(slot => !isServing(slot) && !isParked(slot) && slot.unit !== 'inactive');
  const standbys = others.filter(slot => isReserve(slot, goal.standby?.generation));
  expect(servingOf(site).map(({ pin, isRunningPin }) => [pin, isRunningPin])).toEqual(
    Array.from({ length: goal.replicas }, () => [goal.generation, true]),
  );
  expect(servingOf(site).filter(({ slot, hold }) => hold !== undefined || !goal.slots.includes(slot))).toEqual([]);
  expect(others).toEqual(standbys);
  expect(standbys.length).toBeLessThanOrEqual(1);
  expect(site.promoted).toBe(goal.generation);
};

describe('a plan, from whatever state', () => {
  test('never leaves fewer replicas serving than it must, and never none', () => {
    eachCourse((course, goal) =>
      eachState(course, (_, before, then) => {
        const served = servingOf(before).length;
        expect(servingOf(then).length).toBeGreaterThanOrEqual(Math.min(served, mustServe(goal)));
      }),
    );
  });

  test('never starts or stops a replica while it takes requests', () => {
    eachCourse(course =>
      eachState(course, (step, before) => {
        if (step.kind !== 'start' && step.kind !== 'retire') return;
        const slot = findSlot(before, step.slot);
        expect(slot !== undefined && isServing(slot)).toBe(false);
      }),
    );
  });

  test('lets nothing serve that was not proven since it started, but what served before, or stood by, or was promoted', () => {
    eachCourse((course, { generation }, kind) => {
      const [start] = course.states;
      const isPromoted = ({ pin, isRunningPin }: ObservedSlot) =>
        kind === 'settle' && pin === generation && isRunningPin;
      const wasGood = (slot: ObservedSlot) =>
        isServing(slot) || (slot.unit === 'active' && (slot.hold === 'standby' || isPromoted(slot)));
      const good = new Set(start?.slots.filter(wasGood).map(({ slot }) => slot));
      eachState(course, (step, _, then) => {
        if (step.kind === 'pin' || step.kind === 'start' || step.kind === 'retire') good.delete(step.slot);
        if (step.kind === 'prove') {
          expect(findSlot(then, step.slot)).toMatchObject({ unit: 'active', pin: step.generation, isRunningPin: true });
          good.add(step.slot);
        }
        expect(
          servingOf(then)
            .map(({ slot }) => slot)
            .filter(slot => !good.has(slot)),
        ).toEqual([]);
      });
    });
  });

  test('starts a replica only in a slot of the site, where none runs', () => {
    eachCourse((course, goal) =>
      eachState(course, (step, before) => {
        if (step.kind !== 'start') return;
        expect(goal.slots).toContain(step.slot);
        expect(findSlot(before, step.slot)?.unit).not.toBe('active');
      }),
    );
  });

  test('does not touch a parked replica, but one that goes back to work', () => {
    eachCourse((course, { generation }, kind) => {
      const goesBack = ({ pin, isRunningPin }: ObservedSlot) => kind === 'settle' && isRunningPin && pin === generation;
      const parked = course.states[0]?.slots.filter(slot => isParked(slot) && !goesBack(slot)) ?? [];
      expect(endOf(course).slots).toEqual(expect.arrayContaining([...parked]));
      const touched = course.done.flatMap(step => ('slot' in step ? [step.slot] : []));
      expect(parked.filter(({ slot }) => touched.includes(slot))).toEqual([]);
    });
  });

  test('with surge starts no replica beyond what memory is meant for', () => {
    const running = ({ slots }: ObservedSite) =>
      slots.filter(({ unit, hold }) => unit === 'active' && hold !== 'parked' && hold !== 'standby');
    eachCourse((course, goal) => {
      if (goal.surge === 0) return;
      // The start of a standby comes last, and is beside the bound.
      const toStandBy = new Set(course.done.flatMap(step => (step.kind === 'stand-by' ? [step.slot] : [])));
      eachState(course, (step, _, then) => {
        if (step.kind !== 'start' || toStandBy.has(step.slot)) return;
        const count = running(then).filter(({ slot }) => !toStandBy.has(slot)).length;
        expect(count).toBeLessThanOrEqual(goal.replicas + 2 * goal.surge);
      });
    });
  });
});

describe('a roll, from whatever state', () => {
  test('runs its hooks once: the first of all, and the other before a visitor can tell', () => {
    fc.assert(
      fc.property(anySite, anyGoal, (site, goal) => {
        const steps = rollOrRefusal({ ...goal, hooks: ['before_roll', 'before_serve'] }, site);
        if (steps === undefined) return;
        const { states, done } = carryOut(site, steps);
        const hooks = done.flatMap((step, index) => (step.kind === 'hook' ? [{ hook: step.hook, index }] : []));
        expect(hooks.map(({ hook }) => hook)).toEqual(['before_roll', 'before_serve']);
        expect(hooks[0]?.index).toBe(0);
        const numbersServing = (state: ObservedSite) => servingOf(state).map(({ slot }) => slot);
        for (const state of states.slice(0, (hooks[1]?.index ?? 0) + 1)) {
          expect(numbersServing(state)).toEqual(numbersServing(site));
        }
        expect(done.filter(({ kind }) => kind !== 'hook')).toEqual(
          carryOut(site, rollOrRefusal(goal, site) ?? []).done,
        );
      }),
      RUNS,
    );
  });

  test('ends with every replica serving the generation, or is refused when replicas are parked', () => {
    fc.assert(
      fc.property(anySite, anyGoal, (site, goal) => {
        const steps = rollOrRefusal(goal, site);
        if (steps === undefined) return;
        const course = carryOut(site, steps);
        expect(course.refused.size).toBe(0);
        expectSettled(endOf(course), goal);
      }),
      RUNS,
    );
  });

  test('starts every replica anew that did not stand by', () => {
    fc.assert(
      fc.property(anySite, anyGoal, (site, goal) => {
        const steps = rollOrRefusal(goal, site);
        if (steps === undefined) return;
        const started = steps.flatMap(step => (step.kind === 'start' ? [step.slot] : []));
        const kept = servingOf(afterSteps(site, steps)).filter(({ slot }) => !started.includes(slot));
        expect(kept.filter(({ slot }) => findSlot(site, slot)?.hold !== 'standby')).toEqual([]);
      }),
      RUNS,
    );
  });
});

describe('a blue-green plan, from whatever state', () => {
  const isMixed = (site: ObservedSite, goal: Goal) =>
    new Set(servingOf(site).map(({ pin, isRunningPin }) => isRunningPin && pin === goal.generation)).size > 1;

  test('never has two generations serve side by side, unless a standby comes to the rescue or there is no place', () => {
    fc.assert(
      fc.property(anySite, anyBlueGreenGoal, (site, goal) => {
        fc.pre(!isMixed(site, goal) && !hasParked(site));
        const isRescue = site.promoted !== goal.generation && site.slots.some(slot => isReserve(slot, goal.generation));
        const plans = [planSettle(goal, site), ...(isRescue ? [] : [planRoll(goal, site)])];
        for (const { states } of plans.map(steps => carryOut(site, steps))) {
          expect(states.filter(state => isMixed(state, goal))).toEqual([]);
        }
      }),
      RUNS,
    );
  });
});

describe('a settle, from whatever state', () => {
  /** What it cannot do it asks for all the same, so that it is told; and that is only where replicas are parked. */
  const settle = (site: ObservedSite, goal: Goal): ObservedSite | undefined => {
    const course = carryOut(site, planSettle(goal, site));
    const end = endOf(course);
    if (course.refused.size === 0 && servingOf(end).length === goal.replicas) return end;
    expect(hasParked(site)).toBe(true);
    return undefined;
  };

  test('ends with every replica serving the generation, and then has nothing to do', () => {
    fc.assert(
      fc.property(anySite, anyGoal, (site, goal) => {
        const end = settle(site, goal);
        if (end === undefined) return;
        expectSettled(end, goal);
        expect(planSettle(goal, end)).toEqual([]);
      }),
      RUNS,
    );
  });

  test.each([
    ['a roll killed anywhere', (site: ObservedSite) => site],
    ['a roll killed anywhere, and HAProxy with it', afterBalancerRestart],
  ])('brings back the old generation after %s, and the new one once that is promoted', (_, disaster) => {
    fc.assert(
      fc.property(anySite, anyGoals, fc.nat(60), (found, goals, count) => {
        const site = { ...found, promoted: '1' };
        const killed = disaster(afterSteps(site, (rollOrRefusal(goals.new, site) ?? []).slice(0, count)));
        const goal = killed.promoted === goals.new.generation ? goals.new : goals.old;
        const end = settle(killed, goal);
        if (end !== undefined) expectSettled(end, goal);
      }),
      RUNS,
    );
  });

  test('takes up a roll killed anywhere with as many serving as before', () => {
    fc.assert(
      fc.property(anyGoals, fc.nat(60), (goals, count) => {
        const empty: ObservedSite = { slots: [], promoted: '1', previous: undefined };
        const start = afterSteps(empty, planSettle(goals.old, empty));
        const killed = afterSteps(start, planRoll(goals.new, start).slice(0, count));
        const goal = killed.promoted === goals.new.generation ? goals.new : goals.old;
        const course = carryOut(killed, planSettle(goal, killed));
        expectSettled(endOf(course), goal);
        for (const state of course.states) {
          expect(servingOf(state).length).toBeGreaterThanOrEqual(mustServe(goal));
        }
      }),
      RUNS,
    );
  });
});
