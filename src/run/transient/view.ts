import { basename, dirname } from 'node:path';
import { PhpZdError } from '../../base/errors.ts';
import { paths as hostPaths, replicaUnit, siteUnit, sliceUnit } from '../../base/paths.ts';
import { settingsForCommand } from '../../render/drop-ins.ts';
import { renderEnvironment } from '../../render/environment.ts';
import { renderGeneration } from '../../render/site.ts';
import {
  enterView,
  homeOf,
  limitProperties,
  noLinks,
  ownerProperties,
  type Property,
  sandboxProperties,
  type ViewSource,
  viewProperties,
} from '../../render/view.ts';
import type { Site } from '../../site/site.ts';
import { contextOf, type Generation, writeGenerated } from '../generation/generation.ts';
import type { HostedSite } from '../site/site-run.ts';

/** What is seen. */
export type Seen = Pick<Generation, 'release' | 'formerMount' | 'linked' | 'identity'>;

export interface ViewRequest extends Seen {
  /** A name for the view. */
  readonly id: string;
  /** The service in it. */
  readonly unit: string;
  /** Where FPM's own log goes, if elsewhere than for a replica. */
  readonly log?: string;
  /** Also before the site was started once: then it gets an empty /tmp of its own. */
  readonly mayBeFirst?: boolean;
}

/** A service in a view: its settings, and the words before those of its command, which runs only in the view that is meant. */
export interface View {
  readonly properties: readonly Property[];
  readonly enter: readonly string[];
}

/** The exit status of a service whose view shows something else than what was found fit: php-zd's own failure. */
const REPLACED_STATUS = 125;

/** The PATH that systemd gives to services. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Calls `work` with a service that sees what a replica of this release sees, and may do what that may. The
 * configuration for it lies in a directory that only root can read, and that goes when the work ends: [env] may hold secrets,
 * and settings of units can be read by everybody over D-Bus. The directory is in /run, and not in a private /tmp, since the
 * service manager has to find it. A link in it leads to the release: whoever deploys chooses the name of that, and blanks and colons
 * in it would be further mounts to systemd. Rejects with `not-run-yet` {site, user}, and with `release-unfit` where systemd would
 * follow a link as root: what became one of [shared] or of the mount point since the release was found fit.
 */
export const withView = async <Value>(
  hosted: HostedSite,
  request: ViewRequest,
  work: (view: View) => Promise<Value>,
): Promise<Value> => {
  const { paths, ports, site } = hosted;
  const isFirst = !(await ports.files.exists(paths.tmp(site.user)));
  if (isFirst && !request.mayBeFirst) {
    throw new PhpZdError('not-run-yet', { site: site.name, user: site.user });
  }
  const directory = paths.view(request.id);
  const dropIns = `${hostPaths.runtimeUnits}/${request.unit}.d`;
  try {
    await copyDropIns(hosted, dropIns);
    await ports.files.makeDirectory(paths.views, 0o700);
    await writeView(hosted, request, directory);
    const shm = (await ports.files.exists(paths.shm)) ? paths.shm : undefined;
    const { formerMount } = request;
    const entry = { ...{ paths, formerMount }, program: ports.program, environment: '-', status: REPLACED_STATUS };
    await requireNoNewLink(hosted, request);
    return await work({
      properties: propertiesOf(hosted, { ...request, isFirst, shm }, directory),
      enter: [...enterView(site, entry), '/usr/bin/env', '--'],
    });
  } finally {
    await ports.files.removeTree(directory);
    await ports.files.removeTree(dropIns);
  }
};

/** What all replicas have, and no single one: there is no replica 0. */
const ANY_SLOT = 0;
/** Of a drop-in. Only root writes them. */
const MOST_BYTES = 256 * 1024;

/**
 * The service gets what an operator's drop-ins of the replicas' unit say of each process. systemd reads the drop-ins of a service
 * that begins now without being told (facts.md S8). What a kill left in their directory goes first.
 */
const copyDropIns = async ({ site, ports: { files, systemd } }: HostedSite, directory: string): Promise<void> => {
  await files.removeTree(directory);
  for (const path of await systemd.dropIns(replicaUnit(site.name, ANY_SLOT))) {
    const settings = settingsForCommand((await files.read(path, MOST_BYTES)) ?? '');
    if (settings === '') continue;
    await files.makeDirectory(directory, 0o700);
    await files.write(`${directory}/${basename(path)}`, settings, { mode: 0o600 });
  }
};

const writeView = async (hosted: HostedSite, request: ViewRequest, directory: string): Promise<void> => {
  const { site, ports } = hosted;
  const context = { ...contextOf(hosted, request), ...(request.log && { log: request.log }) };
  for (const file of renderGeneration(site, context)) {
    await writeGenerated(ports, { ...file, path: `${directory}/${file.path}` });
  }
  await ports.files.link(`${directory}/release`, request.release);
  await ports.files.write(`${directory}/environment`, renderEnvironment(site), { mode: 0o600 });
  if (request.identity === undefined) return;
  await ports.files.write(`${directory}/identity`, `${request.identity}\n`, { mode: 0o644 });
};

/** As units/require-places.sh does it before each start of a replica. */
const requireNoNewLink = async ({ site, ports }: HostedSite, request: ViewRequest): Promise<void> => {
  for (const place of noLinks(site, request)) {
    if ((await ports.files.readLink(place)) === undefined) continue;
    throw new PhpZdError('release-unfit', { path: request.release, reason: { kind: 'linked-place', place } });
  }
};

const propertiesOf = (
  { site, paths, ports }: HostedSite,
  { formerMount, linked, isFirst, shm }: ViewRequest & Required<Pick<ViewSource, 'isFirst' | 'shm'>>,
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
    ...viewProperties(site, {
      ...{ config, paths, formerMount, linked, isFirst, shm },
      release: `${config}/release`,
      identity: `${config}/identity`,
    }),
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
