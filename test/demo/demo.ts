import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { awaitAnswer, bootMachine, labCommand, type Machine } from '../lab/machine.ts';
import { type LabSite, setUpSite } from '../lab/site.ts';
import type { LoadReport } from '../load/report.ts';
import { type Load, underLoad } from '../load/start.ts';

/** Children enough for the load on one replica: what is shown is the roll, and not a queue. */
const INI = '[pool]\npm.max_children = 10\n[health]\npath = /health\ninterval = 100ms\n';
const LOAD = { fast: 6, slow: 2, post: 2, after: 1, slowSeconds: 5, afterSeconds: 0.4, pauseMs: 100 } as const;

interface Roll {
  readonly release: string;
  readonly seconds: number;
  readonly isDone: boolean;
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** What an operator types, and what is said to it, as it comes. */
const type = (machine: Machine, ...command: readonly [string, ...string[]]): Promise<boolean> => {
  say(`\n# ${command.join(' ')}`);
  const [lab = '', ...args] = labCommand('run', machine.name, ...command);
  return new Promise((resolve, reject) => {
    const child = spawn(lab, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('close', status => resolve(status === 0));
  });
};

const rollTo = async (machine: Machine, site: LabSite, release: string): Promise<Roll> => {
  say(`\n# ln -sfn releases/${release} ${site.base}/current`);
  await site.flip(release);
  const startedAt = Date.now();
  const isDone = await type(machine, 'php-zd', 'reload', site.name);
  return { release, seconds: (Date.now() - startedAt) / 1000, isDone };
};

/** Every request that promised to work on after its answer has done so. */
const awaitAfterwork = async (machine: Machine, site: LabSite, { afterIds }: LoadReport): Promise<void> => {
  await awaitAnswer('the work after the answers', async () => {
    const done = new Set(await readdir(`${machine.root}/var/lib/php-zd/${site.name}/tmp`));
    return afterIds.every(id => done.has(`after-${id}`)) ? true : undefined;
  });
};

const runDemo = async (machine: Machine) => {
  say('A site with two releases, its replicas behind HAProxy and nginx.');
  const site = await setUpSite(machine, { ini: INI });
  const next = await site.release();
  await type(machine, 'cat', site.file);
  await type(machine, 'php-zd', 'status', site.name);

  say('\nLoad: fast requests, requests of 5 s, POSTs, and requests that work on after their answer.');
  const rolls: Roll[] = [];
  const report = await underLoad(machine, LOAD, async (load: Load) => {
    rolls.push(await rollTo(machine, site, next));
    await load.round();
    rolls.push(await rollTo(machine, site, '1'));
  });
  await awaitAfterwork(machine, site, report);
  await type(machine, 'php-zd', 'status', site.name);
  return { report, rolls };
};

const table = (
  { requests, lost, slowestFastMs, byKind, releases, lastReleases }: LoadReport,
  rolls: readonly Roll[],
) => {
  const kinds = Object.entries(byKind).map(([kind, count]) => `${count} ${kind}`);
  return [
    ['requests', `${requests} (${kinds.join(', ')})`],
    ['lost', String(lost)],
    ['slowest fast request', `${slowestFastMs} ms`],
    ['releases seen', [...releases, ...lastReleases].join(', then ')],
    ...rolls.map(({ release, seconds }) => [`roll to release ${release}`, `${seconds.toFixed(1)} s`]),
  ]
    .map(([name = '', value]) => `  ${name.padEnd(22)}${value}`)
    .join('\n');
};

say('Booting a Debian 12 machine with its own systemd (the first time its root is made, which takes half a minute).');
const machine = await bootMachine(`demo-${process.pid}`, 'bookworm');
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // The machine goes with its owner.
  process.once(signal, () => process.exit(130));
}
try {
  const { report, rolls } = await runDemo(machine);
  say(`\n${table(report, rolls)}`);
  for (const loss of report.losses) say(`  lost: ${loss}`);
  const isInOrder = report.releases.join() === '1,2' && report.lastReleases.join() === '1';
  if (!isInOrder) say('  The releases were not seen in the right order.');
  say(`\ndemo: ${report.requests} requests, ${report.lost} lost, ${rolls.length} rolls`);
  process.exitCode = report.lost === 0 && isInOrder && rolls.every(({ isDone }) => isDone) ? 0 : 1;
} finally {
  await machine.down();
}
