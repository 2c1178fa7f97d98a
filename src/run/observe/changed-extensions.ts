import { basename, dirname } from 'node:path';
import { replicaUnit } from '../../base/paths.ts';
import type { UnitGlance } from '../../ports/systemd.ts';
import { listedIn } from '../../site/php-ini.ts';
import type { HostedSite } from '../site/site-run.ts';
import { lastChange } from './last-change.ts';
import { readMaps, replacedFiles } from './replaced-files.ts';

/** By which extensions of PHP replicas differ from what PHP-FPM would load now. */
export interface ChangedExtensions {
  /** Paths of those that were installed since, and are not loaded. */
  readonly added: readonly string[];
  /** Paths of those that are loaded, and are to be no longer. */
  readonly removed: readonly string[];
}

/**
 * What an installation or a removal of extensions since their start has made different. One that PHP-FPM does not come to load, though it
 * is to, is none from the next start on.
 */
export const changedExtensions = async (hosted: HostedSite): Promise<ChangedExtensions> => {
  const { ports, site } = hosted;
  const units = (await ports.systemd.glance([replicaUnit(site.name, '*')])).filter(({ mainPid }) => mainPid !== 0);
  const all = await Promise.all(units.map(({ unit, mainPid }) => changedIn(hosted, unit, mainPid)));
  const sorted = (of: keyof ChangedExtensions) => [...new Set(all.flatMap(each => each[of]))].sort();
  return { added: sorted('added'), removed: sorted('removed') };
};

/** The names of the extensions that the site's running replicas have, as a line of php.ini names them. */
export const loadedExtensions = async ({ ports, site }: HostedSite): Promise<ReadonlySet<string>> => {
  const units = await ports.systemd.glance([replicaUnit(site.name, '*')]);
  const maps = await Promise.all(units.map(({ mainPid }) => readMaps(ports, mainPid)));
  return new Set(maps.flatMap(text => text.match(EXTENSION) ?? []).map(path => basename(path, '.so')));
};

/** Whether a replica runs what an upgrade has replaced, or has other extensions than it would have now. */
export const isReplicaOutdated = async (
  hosted: HostedSite,
  { unit, mainPid }: Pick<UnitGlance, 'unit' | 'mainPid'>,
): Promise<boolean> => {
  if (mainPid === 0) return false;
  if ((await replacedFiles(hosted.ports, mainPid)).length > 0) return true;
  const { added, removed } = await changedIn(hosted, unit, mainPid);
  return added.length + removed.length > 0;
};

const NONE: ChangedExtensions = { added: [], removed: [] };

const changedIn = async (hosted: HostedSite, unit: string, pid: number): Promise<ChangedExtensions> => {
  const { ports, site } = hosted;
  const maps = await readMaps(ports, pid);
  // One that runs another PHP than the site file says is no replica to compare with.
  if (!ENDS.some(end => maps.includes(` ${site.php.binary}${end}`))) return NONE;
  const loaded = new Set(maps.match(EXTENSION) ?? []);
  const [first] = loaded;
  const directory = first === undefined ? ports.host.phpExtensions(site.php.binary) : dirname(first);
  if (directory === undefined || !DIRECTORY.test(directory)) return NONE;
  const configured = configuredExtensions(hosted, directory);
  const added = [...configured].filter(path => !loaded.has(path) && ports.host.isFile(path));
  const removed = [...loaded].filter(path => !configured.has(path));
  if (added.length + removed.length === 0) return NONE;
  const since = (await ports.systemd.unit(unit)).activeSince ?? Number.POSITIVE_INFINITY;
  return (await changedAt(hosted, added)) >= since ? { added, removed } : NONE;
};

/** How the line of a file ends, that of one that an upgrade has replaced last. */
const ENDS = ['\n', ' (deleted)\n'];

/** Where Debian's packages have them: one directory for each of PHP's interfaces. One that an upgrade replaced is loaded, too. */
export const EXTENSION = /\/usr\/lib\/php\/\d{8}\/[\w.-]{1,99}\.so(?=( \(deleted\))?\n)/g;
const DIRECTORY = /^\/usr\/lib\/php\/\d{8}$/;

/** The paths of what php.ini, the files beside it and the site's own lines have PHP-FPM load. */
const configuredExtensions = ({ ports, site }: HostedSite, directory: string): ReadonlySet<string> => {
  const values = listedIn(ports.host.phpIniFiles(site.php), site.php.ini, ['extension', 'zend_extension']);
  return new Set(
    values.map(value => (value.startsWith('/') ? value : `${directory}/${value.replace(/(\.so)?$/, '.so')}`)),
  );
};

/** When what PHP-FPM reads, or one of these extensions, was changed last, in milliseconds since 1970: a second that is not over counts whole. */
const changedAt = async ({ ports, site }: HostedSite, added: readonly string[]): Promise<number> => {
  const files = ports.host.phpIniFiles(site.php).map(({ file }) => file);
  const paths = [...new Set(files.map(dirname)), ...files, ...added];
  return (await lastChange(ports, paths)) + 999;
};
