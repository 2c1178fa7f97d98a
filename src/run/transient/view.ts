import { basename, dirname } from 'node:path';
import { PhpZdError } from '../../base/errors.ts';
import { paths as hostPaths, mountsUnits, replicaUnit, siteUnit, sliceUnit } from '../../base/paths.ts';
import { settingsForCommand } from '../../render/drop-ins.ts';
import { renderEnvironment } from '../../render/environment.ts';
import { renderLaidMounts } from '../../render/laid-mounts.ts';
import { renderGeneration } from '../../render/site.ts';
import {
  enterView,
  homeOf,
  limitProperties,
  ownerProperties,
  type Property,
  siteSandboxProperties,
  type ViewSource,
  viewProperties,
} from '../../render/view.ts';
import type { Site } from '../../site/site.ts';
import { contextOf, type Generation, writeGenerated } from '../generation/generation.ts';
import type { HostedSite } from '../site/site-run.ts';

/** What is seen. */
export type Seen = Pick<Generation, 'release' | 'formerMount' | 'linked' | 'identity'> &
  Partial<Pick<Generation, 'written'>>;

export interface ViewRequest extends Seen {
  /** A name for the view. */
  readonly id: string;
  /** The service in it. */
  readonly unit: string;
  /** Where FPM's own log goes, if elsewhere than for a replica. */
  readonly log?: string;
  readonly hasTerminal?: boolean;
  /** Also before the site was started once: then it gets an empty /tmp of its own. */
  readonly mayBeFirst?: boolean;
}

/** A service in a view: its settings, and the words before those of its command, which runs only in the view that is meant. */
export interface View {
  readonly properties: readonly Property[];
  readonly enter: readonly string[];
  /** The directory that has the configuration. */
  readonly config: string;
}

/** The exit statuses of a service without the view that is meant: php-zd's own failure. */
const statuses = { status: 125, notNow: 125 } as const;

/** The PATH that systemd gives to services. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Calls `work` with a service that sees what a replica of this release sees, and may do what that may. The
 * configuration for it lies in a directory that only root can read, and that goes when the work ends: [env] may hold secrets,
 * and settings of units can be read by everybody over D-Bus. The directory is in /run, and not in a private /tmp, since the
 * service manager has to find it. Rejects with `not-run-yet` {site, user}.
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
    const entry = { ...{ paths, formerMount }, program: ports.program, environment: '-' };
    return await work({
      config: directory,
      properties: propertiesOf(hosted, { ...request, isFirst, shm }, directory),
      enter: [...enterView(site, { ...entry, ...statuses }), '/usr/bin/env', `--chdir=${site.mount}`, '--'],
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
  const laid = renderLaidMounts(site, { ...request, paths: hosted.paths });
  await ports.files.write(`${directory}/mounts`, laid, { mode: 0o644 });
  await ports.files.write(`${directory}/environment`, renderEnvironment(site), { mode: 0o600 });
  if (request.identity === undefined) return;
  await ports.files.write(`${directory}/identity`, `${request.identity}\n`, { mode: 0o644 });
};

const propertiesOf = (
  { site, paths, ports }: HostedSite,
  {
    isFirst,
    shm,
    hasTerminal = false,
  }: Required<Pick<ViewSource, 'isFirst' | 'shm'>> & Pick<ViewSource, 'hasTerminal'>,
  config: string,
): readonly Property[] => {
  const php = phpPrograms(site.php).find(ports.host.isExecutable);
  const path = php === undefined ? PATH : `${dirname(paths.phpProgram)}:${PATH}`;
  return [
    ...ownerProperties(site),
    { name: 'Slice', value: sliceUnit(site.name) },
    { name: 'JoinsNamespaceOf', value: siteUnit(site.name) },
    { name: 'Wants', value: mountsUnits },
    { name: 'After', value: mountsUnits },
    { name: 'Environment', value: `PHP_INI_SCAN_DIR=:${paths.phpIni} HOME=${homeOf(site, paths)} PATH=${path}` },
    { name: 'EnvironmentFile', value: `${config}/environment` },
    ...viewProperties(site, {
      ...{ config, paths, isFirst, shm, hasTerminal },
      identity: `${config}/identity`,
      mounts: `${config}/mounts`,
    }),
    ...(php === undefined ? [] : [{ name: 'BindReadOnlyPaths', value: `${php}:${paths.phpProgram}` }]),
    ...limitProperties(site),
    ...siteSandboxProperties(site),
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
