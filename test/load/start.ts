import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { labCommand, type Machine } from '../lab/machine.ts';
import { KINDS, type Kind, type LoadReport, reportOf, type Sample } from './report.ts';

const LOAD = fileURLToPath(new URL('load.pl', import.meta.url));
const DEADLINE_MS = 90_000;

/** How many clients of each kind, and how long theirs take. */
export interface LoadOptions {
  readonly url?: string;
  readonly fast?: number;
  readonly slow?: number;
  readonly post?: number;
  readonly after?: number;
  readonly slowSeconds?: number;
  readonly afterSeconds?: number;
  /** How much a POST sends besides. */
  readonly postBytes?: number;
  /** Between two requests of a client, 20 unless told: requests take more of the processor than a roll does. */
  readonly pauseMs?: number;
  /** It ends by itself after so long: 120 s unless told. */
  readonly seconds?: number;
}

/** Load on a machine's loopback. */
export interface Load {
  /** Resolves when every fast and POST client has begun and finished one more request: the site is seen as it is now. */
  round(): Promise<void>;
}

/** Does the work under load. The load begins before the work, and goes on for a round after it. */
export const underLoad = async (
  machine: Machine,
  options: LoadOptions,
  work: (load: Load) => Promise<void>,
): Promise<LoadReport> =>
  await under(machine, { command: ['perl', LOAD, ...toArguments(options)], read: readReport }, work);

/** Does the work under two loads at once, and gives the report of each. */
export const underBothLoads = async (
  machine: Machine,
  [first, second]: readonly [LoadOptions, LoadOptions],
  work: (load: Load) => Promise<void>,
): Promise<readonly LoadReport[]> => {
  let inner: LoadReport | undefined;
  const outer = await underLoad(machine, first, async load => {
    inner = await underLoad(machine, second, async () => await work(load));
  });
  return inner === undefined ? [outer] : [outer, inner];
};

/** A program that loads a machine: it knows rounds, and ends with its input. */
export interface Loader<Report> {
  readonly command: readonly string[];
  /** The first line of its input. */
  readonly input?: string;
  /** What it wrote as its report. */
  readonly read: (output: string) => Report;
}

/** The same with a program that asks for something else. */
export const under = async <Report>(
  machine: Machine,
  loader: Loader<Report>,
  work: (load: Load) => Promise<void>,
): Promise<Report> => {
  const load = startLoad(machine, loader);
  try {
    await load.round();
    await work(load);
    await load.round();
  } catch (error) {
    load.abandon();
    throw error;
  }
  return await load.stop();
};

const startLoad = <Report>(machine: Machine, { command: program, input, read }: Loader<Report>) => {
  const [command = '', ...args] = labCommand('net', machine.name, ...program);
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  if (input !== undefined) child.stdin.write(`${input}\n`);
  const output: string[] = [];
  const errors: string[] = [];
  const waiting: (() => void)[] = [];
  child.stdout.setEncoding('utf8').on('data', text => void output.push(text));
  createInterface({ input: child.stderr }).on('line', line => {
    if (line === 'round') waiting.shift()?.();
    else errors.push(line);
  });
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()));
  const orFail = async (what: string, awaited: Promise<void>): Promise<void> => {
    let deadline: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      deadline = setTimeout(() => reject(new Error(`the load did not ${what}: ${errors.join('\n')}`)), DEADLINE_MS);
    });
    await Promise.race([awaited, late]).finally(() => clearTimeout(deadline));
  };
  return {
    round: () => {
      const round = new Promise<void>(resolve => void waiting.push(resolve));
      child.stdin.write('round\n');
      return orFail(
        'get through',
        Promise.race([round, ended.then(() => Promise.reject(new Error(errors.join('\n'))))]),
      );
    },
    stop: async (): Promise<Report> => {
      child.stdin.end();
      await orFail('end', ended);
      return read(output.join(''));
    },
    /** The load ends by itself, when its requests have ended. */
    abandon: () => void child.stdin.end(),
  };
};

const toArguments = (options: LoadOptions): readonly string[] => {
  const { url = 'http://127.0.0.1/', seconds = 120, slowSeconds = 5, afterSeconds = 1, pauseMs = 20 } = options;
  const bytes = (kind: Kind) => (kind === 'post' && options.postBytes ? `:${options.postBytes}` : '');
  const { hostname, port } = new URL(url);
  /** Long enough that requests that work on after the answer keep one PHP process, not all. */
  const pauses: Record<Kind, number> = { fast: pauseMs / 1000, post: pauseMs / 1000, slow: 0, after: afterSeconds };
  const clients = KINDS.map(kind => `${kind}=${options[kind] ?? 0}:${pauses[kind]}${bytes(kind)}`);
  return [`${hostname}:${port || 80}`, ...[seconds, slowSeconds, afterSeconds].map(String), ...clients];
};

/** A line for each request: its kind, when it began and ended, the release that answered, its id of ?after, why it is lost. */
const readReport = (text: string): LoadReport => {
  const rows = text.split('\n').flatMap(line => (line === '' ? [] : [line.split('\t')]));
  const samples = rows.map(
    ([kind, startedAt, endedAt, release, , lost]): Sample => ({
      kind: kindOf(kind),
      startedAt: Number(startedAt),
      endedAt: Number(endedAt),
      ...(release && { release }),
      ...(lost && { lost }),
    }),
  );
  return reportOf(
    samples,
    rows.flatMap(([, , , , id, lost]) => (id && !lost ? [id] : [])),
  );
};

const kindOf = (word: string | undefined): Kind => {
  const kind = KINDS.find(each => each === word);
  if (kind === undefined) throw new Error(`the load spoke of a request '${word}'`);
  return kind;
};
