/** Whether systemd's word for the state of a site's unit means that the site rolls, starts or stops. */
export const isUnderWay = (activeState: string): boolean =>
  ['reloading', 'activating', 'deactivating'].includes(activeState);

/** Whether systemd's word for a unit means that nothing of it runs, so that it can be neither reloaded nor stopped. */
export const isStopped = (activeState: string): boolean => activeState === 'inactive' || activeState === 'failed';

/** Whether a start failed, and systemd waits before it tries again (systemd.service(5), RestartSec=). Nothing runs meanwhile. */
export const isToBeTriedAgain = (subState: string): boolean => subState.startsWith('auto-restart');
