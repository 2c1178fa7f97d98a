import { isError, PhpZdError } from '../../base/errors.ts';
import { sliceUnit } from '../../base/paths.ts';
import { literally, lookFor, patienceMs, systemdRunArguments } from '../../render/transient.ts';
import { ownerProperties } from '../../render/view.ts';
import type { HostedSite } from './site-run.ts';

const DEADLINE = lookFor(23_000);

/**
 * What a command says as the site's user. By systemd, since php-zd@.service has not what it takes to become somebody else. In a user
 * namespace of its own, so that no other process of the user may trace the command and speak for it. Rejects with `command-failed`; a command that ends
 * with 1 and says nothing cannot be told from one that systemd has ended, for its memory for example.
 */
export const askAsUser = async (
  { site, ports }: Pick<HostedSite, 'site' | 'ports'>,
  command: readonly string[],
): Promise<string> => {
  const asUser = systemdRunArguments({
    description: `Look at a release of site ${site.name}`,
    deadline: DEADLINE,
    properties: [
      ...ownerProperties(site),
      { name: 'Slice', value: sliceUnit(site.name) },
      { name: 'PrivateUsers', value: 'yes' },
    ],
    command: literally(command),
  });
  const { clock, commands } = ports;
  const askedAt = clock.monotonicMs();
  try {
    return await commands.run('systemd-run', ['--pipe', ...asUser], {}, patienceMs(DEADLINE));
  } catch (error) {
    if (!isError(error, 'command-failed') || clock.monotonicMs() - askedAt < DEADLINE.ms) throw error;
    const status = `no end after ${DEADLINE.ms} ms`;
    throw new PhpZdError('command-failed', { command: command.join(' '), status, output: '' }, error);
  }
};
