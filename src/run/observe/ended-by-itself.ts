import type { Ports } from '../site/ports.ts';

/** A service that systemd has started again. */
export interface EndedByItself {
  readonly unit: string;
  /** How often since it was started by somebody, or `systemctl reset-failed`. */
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly lastAt: number;
}

/** Whether the service has ended, as in a crash, since somebody started it. Undefined too where it does not run. */
export const findEndedByItself = async ({ systemd }: Ports, unit: string): Promise<EndedByItself | undefined> => {
  if ((await systemd.activeState(unit)) === 'inactive') return undefined;
  const { restarts, activeSince } = await systemd.usage(unit);
  return restarts === 0 || activeSince === undefined ? undefined : { unit, count: restarts, lastAt: activeSince };
};
