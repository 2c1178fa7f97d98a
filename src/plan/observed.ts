/**
 * Why a replica does not put itself into the balancer: a roll has it, it is the standby, it is stopped when it is free, an
 * operator drained it.
 */
export const SLOT_HOLD_REASONS = ['roll', 'standby', 'parked', 'hand'] as const;
export type SlotHoldReason = (typeof SLOT_HOLD_REASONS)[number];

/** A slot as it is found on the host. */
export interface ObservedSlot {
  readonly slot: number;
  readonly unit: 'active' | 'inactive' | 'failed' | 'changing';
  /** The generation that its next start takes: a release with its configuration. */
  readonly pin: string | undefined;
  /** The release of that generation. */
  readonly release: string | undefined;
  /** The running master has the pinned generation's configuration and sees its release; false too when that was deleted. */
  readonly isRunningPin: boolean;
  readonly hold: SlotHoldReason | undefined;
  readonly isGateOpen: boolean;
  /** HAProxy gives it requests. */
  readonly isUp: boolean;
  /** HAProxy's own words; undefined when HAProxy does not answer, or does not know the server. */
  readonly balancer: string | undefined;
}

export interface ObservedSite {
  readonly slots: readonly ObservedSlot[];
  /** Generations: the one that the site comes back on, and the one before it. */
  readonly promoted: string | undefined;
  readonly previous: string | undefined;
}

/** It takes requests now. */
export const isServing = (slot: ObservedSlot): boolean => slot.unit === 'active' && slot.isGateOpen && slot.isUp;
