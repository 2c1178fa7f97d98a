/**
 * soak.ts MACHINE SUITE ROLLS SEED: a site behind nginx on that machine, rolled so often in every way while requests come in,
 * with faults; the seed says which. Ends with a table, and status 0 only when nothing was lost and every roll left the site as
 * it may be.
 */
import { readdir } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { findMachine, type Machine, type Suite } from '../lab/machine.ts';
import { type LabSite, setUpSite } from '../lab/site.ts';
import { type Load, underLoad } from '../load/start.ts';
import { type Config, choose, renderIni } from './choose.ts';
import { readBalancerMemory } from './machine-memory.ts';
import { type Random, randomOf } from './random.ts';
import { findFailures, renderRoll, renderSoak, type Soak } from './report.ts';
import { type Roll, roll } from './roll.ts';

/** A load that outlives every soak; it ends with it. */
const LOAD = {
  fast: 3,
  post: 1,
  after: 1,
  slow: 2,
  slowSeconds: 1,
  afterSeconds: 0.5,
  pauseMs: 20,
  seconds: 86_400,
} as const;
const FIRST: Config = { replicas: 2, maxChildren: 6, greeting: 0 };

const say = (text: string): void => void process.stdout.write(`${text}\n`);

interface Plan {
  readonly suite: Suite;
  readonly rolls: number;
  readonly seed: number;
}

const main = async (name: string, plan: Plan): Promise<boolean> => {
  say(`Soak of ${plan.rolls} rolls on ${plan.suite}, seed ${plan.seed}.`);
  const machine = await findMachine(name, plan.suite);
  const soak = await soakSite(machine, await setUpSite(machine, { ini: renderIni('rolling', FIRST) }), plan);
  const failures = findFailures(soak);
  say(`\n${renderSoak(soak)}\n`);
  for (const failure of failures) say(`! ${failure}`);
  say(
    `soak: ${soak.rolls.length} rolls, ${soak.load.requests} requests, ${soak.load.lost} lost, ${failures.length} failures`,
  );
  return failures.length === 0;
};

const soakSite = async (machine: Machine, site: LabSite, { suite, seed, rolls: count }: Plan): Promise<Soak> => {
  const idleMs = await timeIdleRolls(site);
  const before = await readBalancerMemory(machine);
  const rolls: Roll[] = [];
  let error: string | undefined;
  const load = await underLoad(machine, LOAD, async running => {
    try {
      await rollOften({ machine, site, running, rolls, random: randomOf(seed), count });
    } catch (reason) {
      // What was counted until then is worth its table.
      error = `ended early: ${reason instanceof Error ? reason.message : reason}`;
    }
  });
  const memory = { before, after: await readBalancerMemory(machine) };
  return {
    seed,
    suite,
    rolls,
    load,
    idleMs,
    memory,
    error,
    unfinished: await unfinishedWork(machine, site, load.afterIds),
  };
};

const timeIdleRolls = async (site: LabSite): Promise<readonly number[]> => {
  const times: number[] = [];
  for (let roll = 0; roll < 3; roll += 1) {
    const startedAt = Date.now();
    const { status, stderr } = await site.reload();
    if (status !== 0) throw new Error(`a roll without load failed: ${stderr}`);
    times.push(Date.now() - startedAt);
  }
  return times;
};

interface Course {
  readonly machine: Machine;
  readonly site: LabSite;
  readonly running: Load;
  readonly rolls: Roll[];
  readonly random: Random;
  readonly count: number;
}

const rollOften = async ({ machine, site, running, rolls, random, count }: Course): Promise<void> => {
  let config = FIRST;
  while (rolls.length < count) {
    const choice = choose(random, config);
    config = choice.config;
    const done = await roll(machine, site, choice);
    rolls.push(done);
    say(`${String(rolls.length).padStart(4)}  ${renderRoll(done)}`);
    for (const fault of done.faults) say(`      ! ${fault}`);
    await setTimeout(choice.pauseMs);
    await running.round();
  }
};

/** A stop of the site waits for the last of it. */
const unfinishedWork = async (machine: Machine, site: LabSite, ids: readonly string[]): Promise<readonly string[]> => {
  await machine.run('php-zd', 'stop', site.name);
  const finished = new Set(await readdir(`${machine.root}/var/lib/php-zd/${site.name}/tmp/${site.user}`));
  return ids.filter(id => !finished.has(`after-${id}`));
};

const [name = '', suite, rolls, seed] = process.argv.slice(2);
const plan: Plan = { suite: suite === 'trixie' ? suite : 'bookworm', rolls: Number(rolls), seed: Number(seed) };
process.exitCode = (await main(name, plan)) ? 0 : 1;
