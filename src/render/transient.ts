import type { Property } from './view.ts';

/** A transient service, which runs one command. */
export interface Transient {
  /** Undefined: systemd chooses a name, and forgets the service however it ends. */
  readonly unit?: string;
  /** systemd forgets a service with a name of ours too. */
  readonly isForgotten?: boolean;
  readonly description: string;
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
  ...properties.map(({ name, value }) => `--property=${name}=${value}`),
  ...['--', '/usr/bin/env', '--', ...command],
];

/** The command's words, escaped so that nothing in them is expanded. */
export const literally = (command: readonly string[]): readonly string[] =>
  command.map(word => word.replaceAll('$', '$$$$'));
