/**
 * demo.ts MACHINE: a site of two releases behind nginx on that machine, rolled to the second release and back while requests
 * of every kind come in. Ends with what was lost; status 0 only when that is nothing, and the releases answered in order.
 */
import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { findMachine, labCommand, type Machine } from '../lab/machine.ts';
import { type LabSite, setUpSite } from '../lab/site.ts';
import { underLoad } from '../load/start.ts';
import { type Demo, findFaults, type Roll, renderDemo } from './receipt.ts';

const LOAD = { fast: 6, post: 2, after: 1, slow: 2, slowSeconds: 5, afterSeconds: 1 } as const;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const main = async (name: string): Promise<boolean> => {
  const demo = await rollThereAndBack(await findMachine(name, 'bookworm'));
  const faults = findFaults(demo);
  say(`\n${renderDemo(demo)}`);
  for (const fault of faults) say(`! ${fault}`);
  say(`demo: ${demo.report.requests} requests, ${demo.report.lost} lost, ${demo.rolls.length} rolls`);
  return faults.length === 0;
};

const rollThereAndBack = async (machine: Machine): Promise<Demo> => {
  say('Setting up the site shop: two replicas behind nginx, release 1. A roll starts the new ones beside them.');
  const site = await setUpSite(machine);
  await site.release();
  const rolls: Roll[] = [];
  say('Load from now on: fast requests, POSTs, requests of 5 s, and requests that work on after their answer.');
  const report = await underLoad(machine, LOAD, async load => {
    for (const to of ['2', '1']) {
      rolls.push(await roll(machine, site, to));
      await load.round();
    }
    say('\nStopping the load: the requests that run are awaited.');
  });
  return { report, rolls, finished: await finishedWork(machine, site) };
};

const roll = async (machine: Machine, site: LabSite, to: string): Promise<Roll> => {
  say(`\n# ln -sfn releases/${to} ${site.base}/current\n# php-zd reload ${site.name}`);
  await site.flip(to);
  const startedAt = Date.now();
  const status = await show(machine, 'php-zd', 'reload', site.name);
  return { to, status, startedAt, endedAt: Date.now() };
};

/** Runs a command in the machine, shows each line as it comes, and gives the exit status. */
const show = (machine: Machine, ...command: readonly string[]): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const [lab = '', ...args] = labCommand('run', machine.name, ...command);
    const child = spawn(lab, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', say);
    child.on('error', reject);
    child.on('close', status => resolve(status ?? undefined));
  });

/** The requests whose work after their answer came to its end. A stop of the site waits for the last of them. */
const finishedWork = async (machine: Machine, site: LabSite): Promise<ReadonlySet<string>> => {
  await machine.run('php-zd', 'stop', site.name);
  const names = await readdir(`${machine.root}/var/lib/php-zd/${site.name}/tmp/${site.user}`);
  return new Set(names.filter(name => name.startsWith('after-')).map(name => name.slice('after-'.length)));
};

process.exitCode = (await main(process.argv[2] ?? '')) ? 0 : 1;
