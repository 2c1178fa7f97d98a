/** systemd's words for the unit of a site that rolls, starts or stops. */
export const isUnderWay = (activeState: string): boolean =>
  ['reloading', 'activating', 'deactivating'].includes(activeState);
