import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { labCommand, type Machine } from '../lab/machine.ts';
import type { LoadReport } from './report.ts';

const DEADLINE_MS = 90_000;

/** The program as one text of JavaScript: compiled once, so that each load begins in the time that Node.js alone takes. */
const bundleLoad = async (): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('load.ts', import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
};

let program: Promise<string> | undefined;

/** How many clients of each kind, and how long theirs take. */
export interface LoadOptions {
  readonly url?: string;
  readonly fast?: number;
  readonly slow?: number;
  readonly post?: number;
  readonly after?: number;
  readonly slowSeconds?: number;
  readonly afterSeconds?: number;
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
): Promise<LoadReport> => {
  program ??= bundleLoad();
  const load = startLoad(machine, await program, options);
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

const startLoad = (machine: Machine, program: string, options: LoadOptions) => {
  const node = [process.execPath, '--input-type=module', '--eval', program, '--', ...toArguments(options)];
  const [command = '', ...args] = labCommand('net', machine.name, ...node);
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
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
    stop: async (): Promise<LoadReport> => {
      child.stdin.end();
      await orFail('end', ended);
      return JSON.parse(output.join(''));
    },
    /** The load ends by itself, when its requests have ended. */
    abandon: () => void child.stdin.end(),
  };
};

const toArguments = ({ url, slowSeconds, afterSeconds, pauseMs, ...clients }: LoadOptions): readonly string[] => {
  const named = { url, 'slow-seconds': slowSeconds, 'after-seconds': afterSeconds, 'pause-ms': pauseMs, ...clients };
  return Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, String(value)]));
};
