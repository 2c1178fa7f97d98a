import { dirname } from 'node:path';
import { PhpZdError } from '../../base/errors.ts';
import { siteUnit, sliceUnit } from '../../base/paths.ts';
import { renderEnvironment } from '../../render/environment.ts';
import { renderGeneration } from '../../render/site.ts';
import {
  homeOf,
  limitProperties,
  ownerProperties,
  type Property,
  sandboxProperties,
  type ViewSource,
  viewProperties,
} from '../../render/view.ts';
import type { Site } from '../../site/site.ts';
import { contextOf, writeGenerated } from '../generation/generation.ts';
import type { HostedSite } from '../site/site-run.ts';

export interface ViewRequest {
  /** A name for the view. */
  readonly id: string;
  readonly release: string;
  readonly formerMount?: string | undefined;
  /** Where FPM's own log goes, if elsewhere than for a replica. */
  readonly log?: string;
  /** Also before the site was started once: then it gets an empty /tmp of its own. */
  readonly mayBeFirst?: boolean;
}

/** The PATH that systemd gives to services. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Calls `work` with the settings of a service that sees what a replica of this release sees, and may do what that may. The
 * configuration for it lies in a directory that only root can read, and that goes when the work ends: [env] may hold secrets,
 * and settings of units can be read by everybody over D-Bus. The directory is in /run, and not in a private /tmp, since the
 * service manager has to find it. A link in it leads to the release: whoever deploys chooses the name of that, and blanks and colons
 * in it would be further mounts to systemd. Rejects with `not-run-yet` {site, user}.
 */
export const withView = async <Value>(
  hosted: HostedSite,
  request: ViewRequest,
  work: (properties: readonly Property[]) => Promise<Value>,
): Promise<Value> => {
  const { paths, ports, site } = hosted;
  const isFirst = !(await ports.files.exists(paths.tmp(site.user)));
  if (isFirst && !request.mayBeFirst) {
    throw new PhpZdError('not-run-yet', { site: site.name, user: site.user });
  }
  const directory = paths.view(request.id);
  try {
    await ports.files.makeDirectory(paths.views, 0o700);
    for (const file of renderGeneration(site, {
      ...contextOf(hosted, request.formerMount),
      ...(request.log && { log: request.log }),
    })) {
      await writeGenerated(ports, { ...file, path: `${directory}/${file.path}` });
    }
    await ports.files.link(`${directory}/release`, request.release);
    await ports.files.write(`${directory}/environment`, renderEnvironment(site), { mode: 0o600 });
    const shm = (await ports.files.exists(paths.shm)) ? paths.shm : undefined;
    return await work(propertiesOf(hosted, { ...request, isFirst, shm }, directory));
  } finally {
    await ports.files.removeTree(directory);
  }
};

const propertiesOf = (
  { site, paths, ports }: HostedSite,
  { formerMount, isFirst, shm }: Omit<ViewRequest, 'release'> & Required<Pick<ViewSource, 'isFirst' | 'shm'>>,
  config: string,
): readonly Property[] => {
  const php = phpPrograms(site.php).find(ports.host.isExecutable);
  const path = php === undefined ? PATH : `${dirname(paths.phpProgram)}:${PATH}`;
  return [
    ...ownerProperties(site),
    { name: 'Slice', value: sliceUnit(site.name) },
    { name: 'JoinsNamespaceOf', value: siteUnit(site.name) },
    { name: 'WorkingDirectory', value: site.mount },
    { name: 'Environment', value: `PHP_INI_SCAN_DIR=:${paths.phpIni} HOME=${homeOf(site, paths)} PATH=${path}` },
    { name: 'EnvironmentFile', value: `${config}/environment` },
    ...viewProperties(site, { release: `${config}/release`, config, paths, formerMount, isFirst, shm }),
    ...(php === undefined ? [] : [{ name: 'BindReadOnlyPaths', value: `${php}:${paths.phpProgram}` }]),
    ...limitProperties(site),
    ...sandboxProperties,
  ];
};

/**
 * Where the command-line php that belongs to a php-fpm may be, the best place first. Debian's /usr/bin/php is whichever version
 * the administrator chose.
 */
const phpPrograms = ({ binary, version }: Site['php']): readonly string[] => {
  const directory = `${dirname(dirname(binary))}/bin`;
  return [`${directory}/php${version}`, ...(directory === '/usr/bin' ? [] : [`${directory}/php`])];
};
