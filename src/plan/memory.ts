import type { Step } from './step.ts';

/** What is known of the host's memory. */
export interface MemoryFigures {
  /** What the largest replica takes; undefined when no replica runs, or when its memory cannot be read. */
  readonly replicaBytes: number | undefined;
  /** What new processes can have without swapping: MemAvailable in /proc/meminfo. */
  readonly availableBytes: number | undefined;
}

/** Whether there is room for the replicas that a roll starts beside those that run. */
export interface Memory extends MemoryFigures {
  /** How many more replicas run at the same time than now, at most. */
  readonly more: number;
  readonly isShort: boolean;
}

/** Walks through the steps; `running` are the slots whose replica runs now. */
export const forecastMemory = (
  steps: readonly Step[],
  running: readonly number[],
  { replicaBytes, availableBytes }: MemoryFigures,
): Memory => {
  const now = new Set(running);
  let most = now.size;
  for (const step of steps) {
    if (step.kind === 'start') now.add(step.slot);
    if (step.kind === 'retire') now.delete(step.slot);
    most = Math.max(most, now.size);
  }
  const more = most - new Set(running).size;
  const isKnown = replicaBytes !== undefined && availableBytes !== undefined;
  return { more, replicaBytes, availableBytes, isShort: isKnown && more * replicaBytes > availableBytes };
};
