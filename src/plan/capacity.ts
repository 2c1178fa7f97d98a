import type { Step } from './step.ts';

/** A replica that serves, with what it does now. */
export interface ServingReplica {
  readonly slot: number;
  /**
   * pm.max_children of the replica's generation: with `pm = dynamic` and `ondemand` FPM starts that many when they are needed.
   */
  readonly children: number;
  /** Children at work. Undefined when PHP-FPM does not say: then all children are taken to be busy. */
  readonly busy: number | undefined;
}

export interface SiteWork {
  readonly replicas: readonly ServingReplica[];
  /** Requests that wait in HAProxy for a free child. */
  readonly queued: number;
}

/** Whether a roll leaves enough children for what there is to do now. */
export interface Capacity {
  /** Children of all replicas that serve now. */
  readonly children: number;
  readonly busy: number;
  readonly queued: number;
  /** Replicas that do not say what they do. */
  readonly silent: readonly number[];
  /** The fewest children that serve at any moment of the roll. */
  readonly least: number;
  /**
   * The number of the step, from 1, after which only `least` children serve; undefined when no step makes them fewer than now.
   */
  readonly leastAt: number | undefined;
  /** The replicas that serve now, and no longer after that step. */
  readonly away: readonly number[];
  /** Requests will wait, or do so now. */
  readonly isShort: boolean;
}

/**
 * Walks through the steps. `newChildren` is pm.max_children of the replicas that the steps start. A drained replica counts no
 * more, although it is still at its last requests.
 */
export const forecastCapacity = (steps: readonly Step[], now: SiteWork, newChildren: number): Capacity => {
  const { replicas, queued } = now;
  const busy = sum(replicas.map(({ busy: known, children }) => known ?? children));
  const children = sum(replicas.map(replica => replica.children));
  const serving = new Map(replicas.map(replica => [replica.slot, replica.children]));
  let lowest: Pick<Capacity, 'least' | 'leastAt' | 'away'> = { least: children, leastAt: undefined, away: [] };
  for (const [index, step] of steps.entries()) {
    serve(serving, step, newChildren);
    const least = sum([...serving.values()]);
    if (least >= lowest.least) continue;
    const away = replicas.map(({ slot }) => slot).filter(slot => !serving.has(slot));
    lowest = { least, leastAt: index + 1, away };
  }
  const silent = replicas.filter(replica => replica.busy === undefined).map(({ slot }) => slot);
  return { children, busy, queued, silent, ...lowest, isShort: busy + queued > lowest.least };
};

const serve = (serving: Map<number, number>, step: Step, children: number): void => {
  if (step.kind === 'serve') serving.set(step.slot, children);
  if (step.kind === 'drain') serving.delete(step.slot);
  if (step.kind !== 'switch') return;
  for (const slot of step.to) serving.set(slot, children);
  for (const slot of step.from) serving.delete(slot);
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
