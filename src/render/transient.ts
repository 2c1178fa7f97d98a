import type { Property } from './view.ts';

/** A service that runs one command and is gone. */
export interface Transient {
  readonly unit: string;
  readonly description: string;
  readonly properties: readonly Property[];
  /** $NAME in it is expanded from the service's environment, as in ExecStart=: systemd.service(5). */
  readonly command: readonly string[];
}

/**
 * Arguments of systemd-run(1), which waits for the service's end. A oneshot, for which alone SIGTERM is no success; env(1), since
 * systemd-run itself would look for the program in its own PATH, and not in that of the service.
 */
export const systemdRunArguments = ({ unit, description, properties, command }: Transient): readonly string[] => [
  ...['--quiet', '--wait', `--unit=${unit}`, `--description=${description}`, '--service-type=oneshot'],
  ...properties.map(({ name, value }) => `--property=${name}=${value}`),
  ...['--', '/usr/bin/env', '--', ...command],
];

/** The same words, with nothing to expand in them. */
export const literally = (command: readonly string[]): readonly string[] =>
  command.map(word => word.replaceAll('$', '$$$$'));
