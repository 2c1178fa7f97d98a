/**
 * What changes a site, one thing at a time. A step is data: the planner makes it, the executor carries it out, a plan prints it.
 * Each may be repeated: done twice it leaves what done once leaves, so that a roll killed in the middle can be put right.
 */
export type Step =
  /** Its unit no longer puts the replica into the balancer by itself: from here on somebody else decides. */
  | { readonly kind: 'hold'; readonly slot: number }
  /** No new request goes to the replica: drained in HAProxy, gate closed. Refused when too few others serve. */
  | { readonly kind: 'drain'; readonly slot: number; readonly mustServe: number }
  /** The replica has nothing left to do (the barrier). */
  | { readonly kind: 'await-idle'; readonly slot: number }
  /** The next start of the replica binds this release. */
  | { readonly kind: 'pin'; readonly slot: number; readonly release: string }
  /** Stopped if it ran, started, ready. */
  | { readonly kind: 'restart'; readonly slot: number }
  | { readonly kind: 'stop'; readonly slot: number }
  /** The replica runs this release and answers as it should. */
  | { readonly kind: 'prove'; readonly slot: number; readonly release: string }
  /** Its gate is open and the balancer gives it requests. */
  | { readonly kind: 'serve'; readonly slot: number }
  /** From now on this is the release that the site comes back on. */
  | { readonly kind: 'promote'; readonly release: string };

export type StepKind = Step['kind'];
export type StepOf<Kind extends StepKind> = Extract<Step, { kind: Kind }>;
