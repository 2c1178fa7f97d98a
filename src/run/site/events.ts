import type { Blocker } from '../../base/blocker.ts';
import type { PhpZdError, RecordedError } from '../../base/errors.ts';
import type { LeftProcess } from '../../base/left-process.ts';
import type { Step } from '../../plan/step.ts';
import type { ServerAnswers } from '../../ports/balancer.ts';
import type { Problem } from '../../site/problem.ts';
import type { RollOutcome } from '../receipt/outcome.ts';
import type { Receipt } from '../receipt/receipt.ts';

/** What happened, as data. report/ makes words, journal fields and STATUS= of it. Times are milliseconds. */
export type Event =
  | { readonly kind: 'warnings'; readonly warnings: readonly Problem[] }
  /** A user asks systemd for a job by php-zd. Written by that user's own process, by which the journal knows the user. */
  | {
      readonly kind: 'asked';
      readonly job: 'start' | 'stop' | 'restart' | 'reload' | 'abort';
      /** SUDO_USER in that process's environment. */
      readonly sudoUser: string | undefined;
    }
  /** A roll was refused, before anything that runs was touched. */
  | { readonly kind: 'refused'; readonly error: PhpZdError }
  /** Files were rendered anew, and the programs that read them were told. */
  | { readonly kind: 'applied'; readonly files: readonly string[] }
  | { readonly kind: 'balancer-reloaded' }
  /** The site file is broken, or what is new in it cannot be written (`error`): the promoted generation's is used. */
  | { readonly kind: 'using-promoted'; readonly problems: readonly Problem[]; readonly error?: PhpZdError }
  | { readonly kind: 'promoted-missing'; readonly release: string; readonly instead: string }
  /** No replica of the promoted release can be started. */
  | {
      readonly kind: 'promoted-broken';
      readonly release: string;
      readonly instead: string;
      readonly error: PhpZdError;
    }
  | {
      readonly kind: 'roll-started';
      readonly from: string | undefined;
      readonly release: string;
      readonly steps: number;
      /** The slots that are in use, as they were found. */
      readonly slots: readonly FoundSlot[];
    }
  | {
      readonly kind: 'step-started';
      readonly step: Step;
      readonly index: number;
      readonly total: number;
      /** How long the step may take; missing for one that takes an instant, and for one without a bound. */
      readonly deadlineMs?: number;
    }
  | {
      readonly kind: 'step-done';
      readonly step: Step;
      readonly index: number;
      readonly total: number;
      readonly ms: number;
    }
  | {
      readonly kind: 'step-failed';
      readonly step: Step;
      readonly index: number;
      readonly total: number;
      readonly error: PhpZdError;
    }
  /** The last roll to this release failed by the fault of the release. Emitted before the release is tried again. */
  | { readonly kind: 'known-bad'; readonly release: string; readonly at: number; readonly error: RecordedError }
  /** The mount point changed: the replicas serve under the former one too, while the web server uses it. */
  | { readonly kind: 'mount-changed'; readonly from: string; readonly to: string }
  /** The path of the site's socket changed: web servers find the site at the former one too, while they name it. */
  | { readonly kind: 'socket-changed'; readonly from: string; readonly to: string }
  /** Not everything of [warmup] went well, which is no reason to end the roll. */
  | { readonly kind: 'warmup-failed'; readonly slot: number; readonly error: PhpZdError }
  /** A site without [health] is proven by an answer that sends visitors elsewhere. */
  /** How replicas that serve answered while they were watched, beside those that they are to replace. */
  | {
      readonly kind: 'compared';
      readonly slots: readonly number[];
      readonly against: readonly number[];
      readonly fresh: ServerAnswers;
      readonly old: ServerAnswers;
      /** Whether there were so many answers that one could be told to be worse. */
      readonly isEnough: boolean;
    }
  | {
      readonly kind: 'proof-redirected';
      readonly slot: number;
      readonly path: string;
      readonly status: number;
      readonly location: string;
    }
  | {
      readonly kind: 'warmed';
      readonly slot: number;
      readonly requests: number;
      readonly scripts: number;
      readonly ms: number;
    }
  /** The replica was not idle in time: it stays drained, and is stopped once it is free. */
  | ({ readonly kind: 'parked'; readonly slot: number } & Holders)
  /** A parked replica was stopped: it came free, or was cut off. */
  | { readonly kind: 'unparked'; readonly slot: number; readonly isCut: boolean }
  /** A replica has been parked for as long as [drain] park_timeout says, and is stopped all the same. */
  | ({ readonly kind: 'cut-off'; readonly slot: number } & Holders)
  /** The replica was not idle in time, and is stopped all the same, as [drain] on_timeout = kill says. */
  | ({ readonly kind: 'killed'; readonly slot: number } & Holders)
  /** A drain goes on: emitted when its requests change, and once a second. */
  | ({ readonly kind: 'draining'; readonly slot: number; readonly busy: number } & Holders)
  /** A hook that runs when the roll is over failed, which changes nothing. */
  | { readonly kind: 'hook-failed'; readonly error: PhpZdError }
  | {
      readonly kind: 'roll-done';
      readonly from: string | undefined;
      readonly release: string;
      readonly replicas: number;
      readonly receipt: Receipt;
    }
  /** The last word of every roll that began, however it ended. */
  | { readonly kind: 'receipt'; readonly outcome: RollOutcome; readonly receipt: Receipt }
  | { readonly kind: 'roll-failed'; readonly failure: RollFailure }
  | { readonly kind: 'roll-killed'; readonly release: string; readonly from: string | undefined }
  /** A roll failed, and what was before it serves again. */
  | { readonly kind: 'rolled-back'; readonly failed: string | undefined; readonly release: string }
  /** What settle found to mend; 0: nothing. */
  | { readonly kind: 'settle-started'; readonly steps: number }
  | { readonly kind: 'settled'; readonly release: string; readonly ms: number }
  | { readonly kind: 'unsettled'; readonly failures: readonly SlotFailure[]; readonly serving: readonly number[] }
  | {
      readonly kind: 'started';
      readonly release: string;
      readonly serving: number;
      readonly replicas: number;
      /** Why the first of those that serve without a proof has none. */
      readonly unproven?: PhpZdError;
      /** The socket of HAProxy's that somebody removed: nobody comes to those that serve. */
      readonly frontGone?: string;
    }
  | { readonly kind: 'start-failed'; readonly failures: readonly SlotFailure[] }
  | { readonly kind: 'stopped'; readonly replicas: number }
  | { readonly kind: 'replica-admitted'; readonly slot: number }
  | { readonly kind: 'replica-drained'; readonly slot: number; readonly ms: number }
  | { readonly kind: 'replica-not-drained'; readonly slot: number; readonly error: PhpZdError }
  | { readonly kind: 'replica-not-admitted'; readonly slot: number; readonly error: PhpZdError }
  /** An operator took the replica out: it gets no new request until it is made ready, or until a roll. */
  | { readonly kind: 'withdrawn-by-hand'; readonly slot: number }
  /** The replica that was taken out has nothing left to do. */
  | { readonly kind: 'drained-by-hand'; readonly slot: number; readonly ms: number }
  | { readonly kind: 'ready-by-hand'; readonly slot: number }
  /** The site is held: new requests wait in HAProxy until `until`, and those in flight go on. Times are since 1970. */
  | { readonly kind: 'held'; readonly now: number; readonly until: number; readonly inFlight: number }
  /** The requests that were in flight when the site was held have ended. */
  | { readonly kind: 'held-idle'; readonly ms: number }
  /** The hold was ended by hand. `waited`: how many requests waited, undefined when HAProxy did not say. */
  | { readonly kind: 'hold-released'; readonly waited: number | undefined; readonly ms: number }
  | { readonly kind: 'maintenance-on'; readonly inFlight: number }
  | { readonly kind: 'maintenance-off'; readonly ms: number };

/** What keeps a replica from its stop. */
export interface Holders {
  readonly blockers: readonly Blocker[];
  /** What requests left running. Missing in what an older php-zd wrote. */
  readonly processes?: readonly LeftProcess[] | undefined;
}

export interface FoundSlot {
  readonly slot: number;
  readonly release: string | undefined;
  readonly isServing: boolean;
}

export type EventKind = Event['kind'];
export type EventOf<Kind extends EventKind> = Extract<Event, { kind: Kind }>;

export interface RollFailure {
  readonly from: string | undefined;
  readonly release: string;
  readonly index: number;
  readonly total: number;
  readonly step: Step;
  readonly error: PhpZdError;
}

export interface SlotFailure {
  readonly slot: number;
  readonly error: PhpZdError;
}

/** Takes events. Never throws. */
export type Emit = (event: Event) => void;

/** For work that only looks, and so has no events of note. */
export const toNobody: Emit = () => undefined;
