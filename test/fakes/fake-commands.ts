import { PhpZdError } from '../../src/base/errors.ts';
import type { Commands } from '../../src/ports/commands.ts';

export interface FakeRun {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A program: its standard output, or how it failed. */
export type FakeProgram = (run: FakeRun) => string | { readonly status: number | string; readonly output: string };

/** Programs in memory. One that was not put there is not found. */
export class FakeCommands implements Commands {
  readonly programs = new Map<string, FakeProgram>();
  /** What was run, in order. */
  readonly runs: FakeRun[] = [];

  constructor(programs: Readonly<Record<string, FakeProgram>> = {}) {
    for (const [name, program] of Object.entries(programs)) this.programs.set(name, program);
  }

  async run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    const run = { program, args, env };
    this.runs.push(run);
    const result = this.programs.get(program)?.(run) ?? { status: 'ENOENT', output: '' };
    if (typeof result === 'string') return result;
    const { status, output } = result;
    throw new PhpZdError('command-failed', { command: [program, ...args].join(' '), status: String(status), output });
  }

  async hear(program: string, args: readonly string[]): Promise<string> {
    return await this.run(program, args);
  }
}
