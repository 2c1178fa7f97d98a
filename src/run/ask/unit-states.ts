/** Whether systemd's word for the state of a site's unit means that the site rolls, starts or stops. */
export const isUnderWay = (activeState: string): boolean =>
  ['reloading', 'activating', 'deactivating'].includes(activeState);
