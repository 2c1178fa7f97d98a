import type { Property } from './view.ts';

/**
 * After `ms` systemd ends a service by SIGTERM, and `killMs` later by SIGKILL, which ends a process that is stopped too: of whoever waits for
 * it systemd knows nothing.
 */
export interface Deadline {
  readonly ms: number;
  readonly killMs: number;
}

/** Nothing is lost with what only looks. */
export const lookFor = (ms: number): Deadline => ({ ms, killMs: 1_000 });

/** How much longer systemd-run(1) may take than the service that it waits for. */
const MARGIN_MS = 5_000;

/** How long systemd-run(1) is waited for: until systemd has given up a process that no signal ends, and said so. */
export const patienceMs = ({ ms, killMs }: Deadline): number => ms + 2 * killMs + MARGIN_MS;

/** A transient service, which runs one command. */
export interface Transient {
  /** Undefined: systemd chooses a name, and forgets the service however it ends. */
  readonly unit?: string;
  /** systemd forgets a service with a name of ours too. */
  readonly isForgotten?: boolean;
  readonly description: string;
  readonly deadline: Deadline | 'none';
  readonly properties: readonly Property[];
  /**
   * The words of the command. $NAME in them is expanded from the service's environment, as in ExecStart= (systemd.service(5)).
   */
  readonly command: readonly string[];
}

/**
 * Arguments of systemd-run(1), which waits for the service's end. The service is a oneshot, the only type for which an end by
 * SIGTERM is no success. The command goes by env(1), since systemd-run would look for the program in its own PATH, not the
 * service's.
 */
export const systemdRunArguments = ({
  unit,
  isForgotten = unit === undefined,
  description,
  deadline,
  properties,
  command,
}: Transient): readonly string[] => [
  ...[
    '--quiet',
    '--wait',
    ...(unit === undefined ? [] : [`--unit=${unit}`]),
    ...(isForgotten ? ['--collect'] : []),
    `--description=${description}`,
    '--service-type=oneshot',
  ],
  ...(deadline === 'none'
    ? []
    : [`--property=TimeoutStartSec=${deadline.ms}ms`, `--property=TimeoutStopSec=${deadline.killMs}ms`]),
  ...properties.map(({ name, value }) => `--property=${name}=${value}`),
  ...['--', '/usr/bin/env', '--', ...command],
];

/** The command's words, escaped so that nothing in them is expanded. */
export const literally = (command: readonly string[]): readonly string[] =>
  command.map(word => word.replaceAll('$', '$$$$'));
