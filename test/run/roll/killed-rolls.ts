import { planRoll } from '../../../src/plan/roll.ts';
import type { Step } from '../../../src/plan/step.ts';
import { describeGeneration } from '../../../src/run/generation/generation.ts';
import { observeSite } from '../../../src/run/observe/site.ts';
import { goalOf } from '../../../src/run/roll/goal.ts';
import { findRelease } from '../../../src/run/site/fit-release.ts';
import { type SiteText, World } from '../world.ts';

/** A roll that may be killed: the site before it, and what it goes to. */
export interface Scenario {
  readonly name: string;
  readonly text: SiteText;
  /** Rolls that went before. */
  readonly through?: readonly string[];
  readonly to: string;
  /** What the site file says by then. */
  readonly changed?: SiteText;
}

const blueGreen = { strategy: 'blue-green', surge: 2 };

export const scenarios: readonly Scenario[] = [
  { name: 'in place', text: { site: { surge: 0 } }, to: '42' },
  { name: 'rolling', text: {}, to: '42' },
  { name: 'blue-green', text: { site: blueGreen }, to: '42' },
  { name: 'rolling with a standby', text: { site: { standby: 'yes' } }, through: ['42'], to: '43' },
  { name: 'blue-green with a standby', text: { site: { ...blueGreen, standby: 'yes' } }, through: ['42'], to: '43' },
  { name: 'rollback to the standby', text: { site: { standby: 'yes' } }, through: ['42'], to: '41' },
  { name: 'fewer replicas', text: { site: { replicas: 4 } }, to: '42', changed: {} },
  { name: 'another user', text: {}, to: '41', changed: { site: { user: 'store' } } },
];

/** Just before the roll. */
export const sceneOf = async ({ text, through = [], to, changed = text }: Scenario): Promise<World> => {
  const world = await World.serving(text);
  for (const name of through) await world.rollTo(name);
  await world.configure(changed);
  await world.linkTo(to);
  world.forget();
  return world;
};

/** What the roll of the scenario would do. */
export const stepsOf = async (scenario: Scenario): Promise<readonly Step[]> => {
  const { run, site } = await (await sceneOf(scenario)).load();
  const generation = await describeGeneration(run, site, await findRelease(run));
  return planRoll(await goalOf(run, generation), await observeSite(run));
};
