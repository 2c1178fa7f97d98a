import { literally, systemdRunArguments } from '../../render/transient.ts';
import { ownerProperties } from '../../render/view.ts';
import type { HostedSite } from './site-run.ts';

/**
 * What a command says as the site's user. By systemd, since php-zd@.service has not what it takes to become somebody else. In a user
 * namespace of its own, so that no other process of the user may trace the command and speak for it.
 */
export const askAsUser = (
  { site, ports }: Pick<HostedSite, 'site' | 'ports'>,
  command: readonly string[],
): Promise<string> => {
  const asUser = systemdRunArguments({
    description: `Look at a release of site ${site.name}`,
    properties: [...ownerProperties(site), { name: 'PrivateUsers', value: 'yes' }],
    command: literally(command),
  });
  return ports.commands.run('systemd-run', ['--pipe', ...asUser]);
};
