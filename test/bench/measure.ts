import { readdir, readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import type { Machine } from '../lab/machine.ts';
import type { Sample } from '../load/report.ts';
import { underLoad } from '../load/start.ts';
import { type BenchLoad, longestMs } from './loads.ts';
import { DONE, inShell, type Method } from './methods.ts';
import type { Run } from './run.ts';

const WARM_MS = 1000;
/** What the restart is compared with. */
const BEFORE_MS = 4000;
const AFTER_MS = 1500;
/** Between two looks at the memory. */
const LOOK_MS = 100;

type Measured = Omit<Run, 'round'>;

/** Brings PHP up in one way, restarts it once under load, and takes it down. */
export const measure = async (machine: Machine, method: Method, load: BenchLoad): Promise<Measured> => {
  await inShell(machine, method.start);
  const memory: [number, number][] = [];
  let from = 0;
  let to = 0;
  const options = { ...load.clients, url: `http://127.0.0.1:${method.port}/` };
  const report = await underLoad(machine, options, async () => {
    const looking = new AbortController();
    const looks = lookAtMemory(machine, memory, looking.signal);
    await setTimeout(WARM_MS + BEFORE_MS);
    from = Date.now();
    await inShell(machine, method.restart);
    to = Date.now();
    // A reload returns at once, and has ended when the last of the old processes has answered.
    await setTimeout(AFTER_MS + longestMs(load));
    looking.abort();
    await looks;
  });
  // The last ones still work.
  if (report.afterIds.length > 0) await setTimeout(longestMs(load) + AFTER_MS);
  const done = new Set(await readdir(`${machine.root}${DONE}`));
  await inShell(machine, `${method.stop}; rm -f ${DONE}/*`);
  return {
    load: load.name,
    method: method.name,
    commandMs: to - from,
    requests: report.samples.filter(each => each.startedAt >= from - BEFORE_MS).map(each => toRequest(each, from)),
    unfinished: report.afterIds.filter(id => !done.has(id)).length,
    memory: memory.map(([at, kib]) => [at - from, kib]),
  };
};

const toRequest = (
  { kind, startedAt, endedAt, release = '', lost = '' }: Sample,
  from: number,
): Run['requests'][number] => [kind, toTenths(startedAt - from), toTenths(endedAt - startedAt), release, lost];

const toTenths = (ms: number): number => Math.round(ms * 10) / 10;

const lookAtMemory = async (machine: Machine, looks: [number, number][], signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    looks.push([Date.now(), await memoryOfPhp(machine)]);
    await setTimeout(LOOK_MS);
  }
};

/** Of each page that processes share, each has its part. KiB. */
export const memoryOfPhp = async (machine: Machine): Promise<number> => {
  const pids = (await readdir(`${machine.root}/proc`)).filter(name => /^\d+$/.test(name));
  const parts = await Promise.all(pids.map(pid => memoryOf(`${machine.root}/proc/${pid}`)));
  return parts.reduce((sum, part) => sum + part, 0);
};

const memoryOf = async (process: string): Promise<number> => {
  try {
    if (!(await readFile(`${process}/comm`, 'utf8')).startsWith('php-fpm')) return 0;
    return Number(/^Pss: +(\d+)/m.exec(await readFile(`${process}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
  } catch {
    // It has ended meanwhile.
    return 0;
  }
};
