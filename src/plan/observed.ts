/**
 * Why a slot is held, so that the replica in it does not put itself into the balancer: a roll has the slot, the replica is the
 * standby, the replica is parked (stopped once it is free), an operator drained it.
 */
export const SLOT_HOLD_REASONS = ['roll', 'standby', 'parked', 'hand'] as const;
export type SlotHoldReason = (typeof SLOT_HOLD_REASONS)[number];

/** A slot as it is found on the host. */
export interface ObservedSlot {
  readonly slot: number;
  readonly unit: 'active' | 'inactive' | 'failed' | 'changing';
  /** The generation, a release with its configuration, that the next start of the slot's replica takes. */
  readonly pin: string | undefined;
  /** The release of the pinned generation. */
  readonly release: string | undefined;
  /**
   * The running master has the pinned generation's configuration and sees its release. False too when that release was deleted.
   */
  readonly isRunningPin: boolean;
  readonly hold: SlotHoldReason | undefined;
  readonly isGateOpen: boolean;
  /** HAProxy gives the replica requests. */
  readonly isUp: boolean;
  /** HAProxy's own words; undefined when HAProxy does not answer, or does not know the server. */
  readonly balancer: string | undefined;
  /** A standby that runs another PHP than its next start would: an upgrade has replaced it since. Of any other replica that is left out. */
  readonly isOutdated?: boolean;
}

export interface ObservedSite {
  readonly slots: readonly ObservedSlot[];
  /** Generations: the one that the site comes back on, and the one that a rollback leads to. */
  readonly promoted: string | undefined;
  readonly previous: string | undefined;
}

/** The replica in the slot takes requests now. */
export const isServing = (slot: ObservedSlot): boolean => slot.unit === 'active' && slot.isGateOpen && slot.isUp;
