/**
 * fuzz.ts SECONDS: tries the properties by turns, with another seed in each round, until the time is over. What is found is kept in
 * found.jsonl, which the tests and the next run try first. One process tries and this one looks on: a value that ends the
 * process or keeps it busy is found too. Status 1 when something was found.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Found, keep, readFound } from './found.ts';
import { properties } from './properties.ts';
import { Broken } from './property.ts';

/** What the process that tries says. */
type Said =
  | { readonly kind: 'trying'; readonly property: string; readonly value: unknown }
  | { readonly kind: 'tried'; readonly property: string; readonly runs: number }
  | { readonly kind: 'found'; readonly found: Found };

/** Longer than any deadline, and than smaller values of one that was found take to be looked for. */
const SILENT_MS = 30_000;
const RUNS = 200;
/** Of what V8 keeps for a process that has read a megabyte at most. */
const HEAP_MIB = 400;

const tell = (said: Said): void => void process.send?.(said);

const tryAll = async (seed: number): Promise<void> => {
  // Not only for what a property is told: an exception in the handler of a socket is nobody's.
  process.on('uncaughtException', error => {
    console.error(error);
    process.exit(70);
  });
  for (const { property: name, value } of readFound()) {
    const found = properties.find(each => each.name === name);
    tell({ kind: 'trying', property: name, value });
    await found
      ?.again(value)
      .catch(error => tell({ kind: 'found', found: { property: name, value, error: String(error.stack) } }));
  }
  for (let round = seed; ; round += 1) {
    for (const { name, attempt } of properties) {
      try {
        await attempt(RUNS, round, value => tell({ kind: 'trying', property: name, value }));
      } catch (error) {
        if (!(error instanceof Broken)) throw error;
        tell({ kind: 'found', found: { property: name, value: error.value, error: error.message } });
      }
      tell({ kind: 'tried', property: name, runs: RUNS });
    }
  }
};

interface Outcome {
  readonly runs: Map<string, number>;
  readonly found: Found[];
}

/** One process, until it ends, is silent, or the time is over. */
const lookOn = async (child: ChildProcess, untilMs: number, { runs, found }: Outcome): Promise<void> => {
  let trying: Pick<Found, 'property' | 'value'> | undefined;
  let heardAt = Date.now();
  child.on('message', (said: Said) => {
    heardAt = Date.now();
    if (said.kind === 'trying') trying = said;
    if (said.kind === 'tried') runs.set(said.property, (runs.get(said.property) ?? 0) + said.runs);
    if (said.kind === 'found') note(found, said.found);
  });
  let isOver = false;
  const timer = setInterval(() => {
    isOver = Date.now() >= untilMs;
    if (isOver || Date.now() - heardAt > SILENT_MS) child.kill('SIGKILL');
  }, 200);
  const [status, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  clearInterval(timer);
  if (isOver) return;
  if (trying === undefined)
    throw new Error(`the process that tries ended with ${signal ?? status} before it tried anything`);
  const error = signal === 'SIGKILL' ? `no end in ${SILENT_MS / 1000} s` : `the process ended with ${signal ?? status}`;
  note(found, { property: trying.property, value: trying.value, error });
};

/** One of a kind is enough. */
const note = (all: Found[], found: Found): void => {
  const kind = ({ property, error }: Found) => `${property} ${error.split('\n')[0]}`;
  if (all.some(known => kind(known) === kind(found))) return;
  all.push(found);
  const where = keep(found) ? 'kept in test/fuzz/found.jsonl' : 'as in test/fuzz/found.jsonl';
  console.log(
    `${found.property}: ${found.error.split('\n')[0]} (${where})\n    ${JSON.stringify(found.value).slice(0, 300)}`,
  );
};

const watch = async (seconds: number): Promise<void> => {
  const untilMs = Date.now() + seconds * 1000;
  const outcome: Outcome = { runs: new Map(), found: [] };
  const program = fileURLToPath(import.meta.url);
  while (Date.now() < untilMs) {
    const seed = Date.now() & 0x7fff_ffff;
    const execArgv = [...process.execArgv, `--max-old-space-size=${HEAP_MIB}`];
    const child = fork(program, ['--seed', String(seed)], { execArgv });
    console.log(`Seed ${seed}.`);
    await lookOn(child, untilMs, outcome);
  }
  for (const { name } of properties) console.log(`${String(outcome.runs.get(name) ?? 0).padStart(8)} ${name}`);
  console.log(`${outcome.found.length} found in ${seconds} s.`);
  process.exitCode = outcome.found.length > 0 ? 1 : 0;
};

const [first, second] = process.argv.slice(2);
if (first === '--seed') await tryAll(Number(second));
else await watch(Number(first));
