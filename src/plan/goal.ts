import type { StepHook } from './step.ts';

/** What a site is to be: so many replicas of one generation, and nothing else but a standby. */
export interface Goal {
  readonly generation: string;
  /** Its release, for words. */
  readonly release: string;
  readonly replicas: number;
  readonly surge: number;
  readonly strategy: 'rolling' | 'blue-green';
  readonly bakeMs: number;
  /** The slots that replicas may be started in. */
  readonly slots: readonly number[];
  /** The hooks that the site has. */
  readonly hooks: readonly StepHook[];
  /** One replica of this is kept running, drained. */
  readonly standby: Standby | undefined;
}

export interface Standby {
  readonly generation: string;
  readonly release: string;
}

/** How many must serve besides one that is to be drained (P2): with surge all, without it one less, and never none. */
export const mustServe = ({ replicas, surge }: Goal): number => (surge > 0 ? replicas : Math.max(1, replicas - 1));
