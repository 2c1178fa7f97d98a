import { isError, PhpZdError } from '../../base/errors.ts';
import { testUnit } from '../../base/paths.ts';
import { REPLICA_VARIABLE } from '../../render/fpm-config.ts';
import { START_TIMEOUT_S } from '../../render/replica-unit.ts';
import { literally, systemdRunArguments } from '../../render/transient.ts';
import type { HostedSite } from '../site/site-run.ts';
import { type ViewRequest, withView } from './view.ts';

/** How much longer systemd-run may take than the service that it waits for. */
const MARGIN_MS = 10_000;

/**
 * Has `php-fpm -t` judge the configuration of a replica of this release, as the site's user in a replica's view and sandbox: the
 * test runs preload scripts and opens the log files that the site names (facts.md N3), as the replica itself would. Rejects with
 * `command-failed`, in php-fpm's own words.
 */
export const requireFpmAccepts = async (hosted: HostedSite, request: Omit<ViewRequest, 'unit'>): Promise<void> => {
  const { site, paths, ports } = hosted;
  const command = [site.php.binary, '-t', '--fpm-config', paths.fpmConfig, '--force-stderr'];
  // What php-fpm says belongs to who asks, and not into the journal.
  const unit = testUnit(site.name, request.id);
  const view = { ...request, unit, log: '/dev/null', mayBeFirst: true };
  await withView(hosted, view, async ({ properties, enter }) => {
    const service = systemdRunArguments({
      unit,
      isForgotten: true,
      description: `Test of the configuration of site ${site.name}`,
      properties: [
        ...properties,
        { name: 'Environment', value: `${REPLICA_VARIABLE}=1` },
        { name: 'TimeoutStartSec', value: `${START_TIMEOUT_S}s` },
      ],
      command: [...enter, ...literally(command)],
    });
    try {
      await ports.commands.run('systemd-run', ['--pipe', ...service], {}, START_TIMEOUT_S * 1000 + MARGIN_MS);
    } catch (error) {
      if (!isError(error, 'command-failed')) throw error;
      throw new PhpZdError('command-failed', { ...error.facts, command: command.join(' ') }, error);
    }
  });
};
