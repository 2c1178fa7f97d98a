import type { HookName } from '../site/site.ts';

/** Those that a roll can fail by; the others run when its outcome is known. */
export type StepHook = Extract<HookName, 'before_roll' | 'before_serve'>;

/**
 * What changes a site, one thing at a time. A step is data: the planner makes it, the executor carries it out, a plan prints it.
 * Each may be repeated: done twice it leaves what done once leaves, so that a roll killed in the middle can be put right.
 */
export type Step =
  /** The command that [hooks] says has run, and did not fail. */
  | { readonly kind: 'hook'; readonly hook: StepHook }
  /** Its unit no longer puts the replica into the balancer by itself: from here on somebody else decides. */
  | { readonly kind: 'hold'; readonly slot: number }
  /** The next start of the replica takes this release, with its configuration. */
  | { readonly kind: 'pin'; readonly slot: number; readonly generation: string; readonly release: string }
  /** Stopped if it ran, started, ready. */
  | { readonly kind: 'start'; readonly slot: number }
  /** What [warmup] says was asked, and the scripts that a serving replica uses are compiled. */
  | { readonly kind: 'warm'; readonly slot: number }
  /** The replica runs this release and answers as it should. */
  | { readonly kind: 'prove'; readonly slot: number; readonly generation: string; readonly release: string }
  /** Its gate is open and the balancer gives it requests. */
  | { readonly kind: 'serve'; readonly slot: number }
  /** From one moment to the next the balancer gives requests to the first and no more to the others. */
  | { readonly kind: 'switch'; readonly to: readonly number[]; readonly from: readonly number[] }
  /** It was watched for the time, and did no worse than it should. */
  | { readonly kind: 'bake'; readonly slots: readonly number[]; readonly ms: number }
  /** No new request goes to the replica: drained in HAProxy, gate closed. Refused when too few others serve. */
  | { readonly kind: 'drain'; readonly slot: number; readonly mustServe: number }
  /** The replica had nothing left to do (the barrier), and is stopped; or it is parked, or killed, as [drain] on_timeout says. */
  | { readonly kind: 'retire'; readonly slot: number }
  /** It stays as it is, drained, for a rollback. */
  | { readonly kind: 'stand-by'; readonly slot: number }
  /** From now on this is what the site comes back on. */
  | { readonly kind: 'promote'; readonly generation: string; readonly release: string };

export type StepKind = Step['kind'];
export type StepOf<Kind extends StepKind> = Extract<Step, { kind: Kind }>;
