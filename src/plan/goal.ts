import type { StepHook } from './step.ts';

/** What a site is to be: so many replicas of one generation, and nothing else but a standby. */
export interface Goal {
  readonly generation: string;
  /** The release of that generation, for words. */
  readonly release: string;
  readonly replicas: number;
  readonly surge: number;
  readonly strategy: 'rolling' | 'blue-green';
  readonly bakeMs: number;
  /** A replica that is watched is compared with those that it is to replace. */
  readonly isCompared?: boolean;
  /** The slots that replicas may be started in. */
  readonly slots: readonly number[];
  /** The hooks among the steps that the site file has a command for. */
  readonly hooks: readonly StepHook[];
  /** The generation of which one replica is kept running, drained. */
  readonly standby: Standby | undefined;
}

export interface Standby {
  readonly generation: string;
  readonly release: string;
}

/**
 * How many replicas must serve besides one that is to be drained (P2): with surge as many as are wanted, without surge one
 * fewer, and never none.
 */
export const mustServe = ({ replicas, surge }: Goal): number => (surge > 0 ? replicas : Math.max(1, replicas - 1));
