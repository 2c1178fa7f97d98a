import { beforeAll, describe, expect, test } from 'vitest';
import type { Step } from '../../src/plan/step.ts';
import type { Result } from '../lab/machine.ts';
import { isLost, type LoadReport } from '../load/report.ts';
import { expectServing } from './expect.ts';
import { type HeldLoad, holdLoad } from './held-load.ts';
import type { KillCase, Strategy } from './kill-strategies.ts';
import type { Scene } from './scene.ts';
import { expectStandby } from './standby.ts';
import { hasSprung, installTrap, KILL_ROLL, setTrap } from './trap.ts';

const LOAD = {
  fast: 3,
  post: 1,
  slow: 1,
  slowSeconds: 0.4,
  after: 1,
  afterSeconds: 0.3,
  seconds: 900,
  pauseMs: 10,
} as const;
/** A table is many rolls. */
const QUICK = '[pool]\npm.max_children = 4\n[health]\npath = /health\npasses = 1\ninterval = 20ms\ndeadline = 3s\n';

/** A strategy's table, as far as it has come. */
interface Course {
  readonly strategy: Strategy;
  readonly load: HeldLoad;
  /** The steps of each of its rolls. */
  readonly steps: readonly Step[];
  readonly done: { readonly title: string; readonly endedAt: number }[];
  promoted: string;
  previous: string;
  /** The release that the next roll brings. */
  next: string;
}

type Choose = (strategy: Strategy) => readonly KillCase[];

/** The site that is rolled, for `onEachSuite` or `onOneSuite`. */
export const KILLED_SITE = { ini: QUICK };

/** The rolls of each strategy, killed at every kind of step that is chosen. */
export const killRolls =
  (strategies: readonly Strategy[], choose: Choose) =>
  (scene: () => Scene): void => {
    beforeAll(() => installTrap(scene().machine, scene().site.name));

    describe.each(strategies.map(strategy => [strategy.name, strategy] as const))('%s', (_, strategy) => {
      let course: Course;
      beforeAll(async () => {
        course = await beginCourse(scene(), strategy);
      });

      const cases = choose(strategy).map(one => [one.title, one] as const);
      test.each(cases)('a roll killed %s is put right', (_, one) => killOne(scene(), course, one));

      test('the next roll goes through, and over all of these nothing was lost', async () => {
        expect([...new Set(course.steps.map(({ kind }) => kind))].sort()).toEqual([...strategy.kinds].sort());
        expect(await roll(scene(), course)).toMatchObject({ status: 0 });
        expect(await scene().site.promoted()).toBe(course.next);
        await expectSettled(scene(), course);
        expect(lossesIn(await course.load.end(), course)).toEqual([]);
      });
    });
  };

/** The site is as the strategy's rolls leave it, and under load. */
const beginCourse = async (scene: Scene, strategy: Strategy): Promise<Course> => {
  const { machine, site } = scene;
  await site.writeIni(strategy.ini + QUICK);
  const previous = await scene.site.promoted();
  const promoted = await site.release();
  await site.flip(promoted);
  await site.roll();
  const next = await nextOf(scene, strategy, previous);
  await site.flip(next);
  const [plan] = JSON.parse(await machine.run('php-zd', 'plan', site.name, '--json'));
  if (strategy.isRollback) await site.flip(promoted);
  return { strategy, load: await holdLoad(machine, LOAD), steps: plan.steps, done: [], promoted, previous, next };
};

/** One that is not the standby's, but in a rollback. */
const nextOf = async ({ site }: Scene, strategy: Strategy, previous: string): Promise<string> =>
  strategy.isRollback ? previous : await site.release();

/** Whoever asked for it hears how it ended: all replicas are on the one release, or all on the other. */
const killOne = async (scene: Scene, course: Course, { title, kind, moment }: KillCase): Promise<void> => {
  const isKind = (step: Step) => step.kind === kind;
  // Of several of a kind, before the last: what settle finds is half and half. Within the first.
  const index = moment === 'before' ? course.steps.findLastIndex(isKind) : course.steps.findIndex(isKind);
  await setTrap(scene.machine, { at: `Step ${index + 1} of *`, moment, command: KILL_ROLL });
  const { status, stderr } = await roll(scene, course);
  course.done.push({ title, endedAt: Date.now() });
  // A roll may have ended in the instant between its last step and this.
  if (moment !== 'previous') expect(hasSprung(scene.machine)).toBe(true);
  const isThrough = (await scene.site.promoted()) === course.next;
  expect({ status, stderr }).toMatchObject({ status: isThrough ? 0 : 1 });
  if (kind !== 'promote' || moment === 'before') expect(isThrough).toBe(false);
  await expectSettled(scene, course);
};

const roll = async ({ machine, site }: Scene, { strategy, next }: Course): Promise<Result> => {
  if (strategy.isRollback) return await machine.ask('php-zd', 'rollback', site.name, '--to', next);
  await site.flip(next);
  return await machine.ask('systemctl', 'reload', `php-zd@${site.name}`);
};

/** After a roll that went through the next one brings another release. */
const expectSettled = async (scene: Scene, course: Course): Promise<void> => {
  const { strategy, next } = course;
  if ((await scene.site.promoted()) === next) {
    Object.assign(course, { previous: course.promoted, promoted: next });
    course.next = await nextOf(scene, strategy, course.previous);
  }
  const { promoted, previous } = course;
  await (strategy.hasStandby ? expectStandby(scene.site, promoted, previous) : expectServing(scene.site, promoted));
};

/** Each with the case that it ended in. */
const lossesIn = ({ samples }: LoadReport, { done }: Course): readonly string[] =>
  samples.filter(isLost).map(({ kind, lost, endedAt }) => {
    const during = done.find(one => one.endedAt >= endedAt)?.title ?? 'after all';
    return `${kind} at ${new Date(endedAt).toISOString()}, ${during}: ${lost}`;
  });
