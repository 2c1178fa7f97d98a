/** A slot as it is found on the host. */
export interface ObservedSlot {
  readonly slot: number;
  readonly unit: 'active' | 'inactive' | 'failed' | 'changing';
  /** The release that its next start would bind. */
  readonly pin: string | undefined;
  /** The running master sees the pinned release at its mount point; false too when that directory was deleted. */
  readonly isRunningPin: boolean;
  readonly isHeld: boolean;
  readonly isGateOpen: boolean;
  /** HAProxy gives it requests. */
  readonly isUp: boolean;
  /** HAProxy's own words; undefined when HAProxy does not answer, or does not know the server. */
  readonly balancer: string | undefined;
}

export interface ObservedSite {
  readonly slots: readonly ObservedSlot[];
  readonly promoted: string | undefined;
}

/** It takes requests now. */
export const isServing = (slot: ObservedSlot): boolean => slot.unit === 'active' && slot.isGateOpen && slot.isUp;
