import type { HookName } from '../site/site.ts';

/** The hooks that a roll can fail by. The other hooks run when the roll's outcome is known. */
export type StepHook = Extract<HookName, 'before_roll' | 'before_serve'>;

/**
 * What changes a site, one thing at a time. A step is data: the planner makes it, the executor carries it out, a plan prints it.
 * Each may be repeated: done twice it leaves what done once leaves, so that a roll killed in the middle can be put right.
 */
export type Step =
  /** The command that [hooks] names for this hook has run, and did not fail. */
  | { readonly kind: 'hook'; readonly hook: StepHook }
  /**
   * The generation is on disk, the files that all replicas share are as it wants them, and systemd and HAProxy know. `files`:
   * those of the shared files that had to change when it was planned.
   */
  | { readonly kind: 'write'; readonly generation: string; readonly release: string; readonly files: readonly string[] }
  /** The slot is held: its unit no longer puts the replica into the balancer by itself. */
  | { readonly kind: 'hold'; readonly slot: number }
  /** The next start of the replica takes this generation: the release with its configuration. */
  | { readonly kind: 'pin'; readonly slot: number; readonly generation: string; readonly release: string }
  /** The replica was stopped if it ran, was started, and is READY. */
  | { readonly kind: 'start'; readonly slot: number }
  /** The paths of [warmup] were asked, and the scripts that a serving replica uses are compiled in this one too. */
  | { readonly kind: 'warm'; readonly slot: number }
  /** The replica runs this release and answers as it should. */
  | { readonly kind: 'prove'; readonly slot: number; readonly generation: string; readonly release: string }
  /** The replica's gate is open, and the balancer gives it requests. */
  | { readonly kind: 'serve'; readonly slot: number }
  /** From one moment to the next the balancer gives requests to the replicas of `to`, and no more to those of `from`. */
  | { readonly kind: 'switch'; readonly to: readonly number[]; readonly from: readonly number[] }
  /**
   * The replicas were watched for this time while they served, and did no worse than they should. `against`: those that they are compared
   * with, which they are to replace.
   */
  | {
      readonly kind: 'bake';
      readonly slots: readonly number[];
      readonly ms: number;
      readonly against?: readonly number[];
    }
  /** No new request goes to the replica: drained in HAProxy, gate closed. Refused when too few others serve. */
  | { readonly kind: 'drain'; readonly slot: number; readonly mustServe: number }
  /** The replica had nothing left to do (the barrier), and is stopped; or it is parked, or killed, as [drain] on_timeout says. */
  | { readonly kind: 'retire'; readonly slot: number }
  /** The replica stays as it is, drained, for a rollback. */
  | { readonly kind: 'stand-by'; readonly slot: number }
  /** From now on the site comes back on this generation. */
  | { readonly kind: 'promote'; readonly generation: string; readonly release: string };

export type StepKind = Step['kind'];
export type StepOf<Kind extends StepKind> = Extract<Step, { kind: Kind }>;
