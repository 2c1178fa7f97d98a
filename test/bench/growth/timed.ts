import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { labCommand, type Machine } from '../../lab/machine.ts';

/** What a hundred sites do one after the other takes longer than a command of a test may. */
const DEADLINE_MS = 1_200_000;

export interface Took {
  readonly wallMs: number;
  /** Processor time of the command and of what it started. */
  readonly processorMs: number;
}

/** Runs a command, which must end well, in the machine. */
export const timed = async (machine: Machine, command: string): Promise<Took> => {
  const script = `TIMEFORMAT='%R %U %S'; { time { ${command}; } >/dev/null 2>&9; } 9>/dev/null`;
  const [lab = '', ...args] = labCommand('run', machine.name, 'bash', '-c', `set -e; ${script}`);
  const { stderr } = await promisify(execFile)(lab, args, { timeout: DEADLINE_MS });
  const [wall = Number.NaN, user = Number.NaN, system = Number.NaN] = stderr.trim().split(' ').map(Number);
  return { wallMs: wall * 1000, processorMs: (user + system) * 1000 };
};

/** The least of three: whatever else is done on the host takes none of that. */
export const leastProcessorMs = async (machine: Machine, command: string): Promise<number> => {
  const times: number[] = [];
  for (let turn = 0; turn < 3; turn += 1) times.push((await timed(machine, command)).processorMs);
  return Math.min(...times);
};

/** What all of the machine has had of the processor since it was booted, ms. */
export const processorOf = async (machine: Machine): Promise<number> =>
  Number(/usage_usec (\d+)/.exec(await machine.run('cat', '/sys/fs/cgroup/cpu.stat'))?.[1]) / 1000;
