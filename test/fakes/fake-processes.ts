import type { FoundProcess, Processes } from '../../src/ports/processes.ts';

/** Processes in memory: as many stand beside each main process as the test says. */
export class FakeProcesses implements Processes {
  /** Bytes, by a process of the control group. */
  readonly memories = new Map<number, number>();
  readonly #besides = new Map<number, readonly FoundProcess[]>();

  async besides(pid: number): Promise<readonly FoundProcess[]> {
    return this.#besides.get(pid) ?? [];
  }

  async memory(pid: number): Promise<number | undefined> {
    return this.memories.get(pid);
  }

  set(pid: number, ...processes: readonly FoundProcess[]): void {
    this.#besides.set(pid, processes);
  }
}
