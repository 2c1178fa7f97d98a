import { basename } from 'node:path';
import { replicaUnit, slotOfUnit } from '../../base/paths.ts';
import { type LostExtensions, lostTo, lostWords } from '../../site/lost-extensions.ts';
import { listedIn } from '../../site/php-ini.ts';
import { debianVersionOf, phpPackageOf } from '../../site/php-packages.ts';
import type { Problem } from '../../site/problem.ts';
import { promotedMeta } from '../generation/generation.ts';
import { SiteProblems } from '../site/load-site.ts';
import type { HostedSite } from '../site/site-run.ts';
import { readSlotHold } from '../slots/hold.ts';
import { EXTENSION } from './changed-extensions.ts';
import { readMaps } from './replaced-files.ts';

/**
 * What visitors would lose of a roll that takes the replicas from one version of Debian's PHP to another, as an upgrade of the distribution
 * does: the extensions of the former version went with their packages, and nothing asks for those of the new one (facts.md N170). Undefined
 * where that is nothing.
 */
export const lostExtensions = async (hosted: HostedSite): Promise<LostExtensions | undefined> => {
  const { ports, site } = hosted;
  const { binary, version } = site.php;
  const maps = await servingMaps(hosted);
  const others = maps.flatMap(text => ((debiansPhpIn(text) ?? binary) === binary ? [] : text));
  const loaded = others.flatMap(text => text.match(EXTENSION) ?? []).map(path => basename(path, '.so'));
  if (loaded.length === 0) return undefined;
  const configured = listedIn(ports.host.phpIniFiles(site.php), site.php.ini, ['extension', 'zend_extension']);
  const builtIn = await ports.commands.run(binary, ['-n', '-m']);
  const names = lostTo(loaded, { builtIn, configured });
  if (names.length === 0) return undefined;
  const packages = debianVersionOf(binary) === version ? names.map(name => phpPackageOf(version, name)) : [];
  return { to: version, names, packages: ports.host.installable([...new Set(packages)]) };
};

/** As problems at a line of the host's: for who asks for a roll, and may want it all the same. */
export const lostProblems = async (hosted: HostedSite): Promise<readonly Problem[]> => {
  const { ports, site } = hosted;
  const lost = await lostExtensions(hosted);
  if (lost === undefined) return [];
  const file = ports.host.phpIniFiles(site.php)[0]?.file ?? site.file;
  return [{ file, line: 1, message: lostWords(site.name, lost) }];
};

/**
 * Rejects with `site-invalid`, a `SiteProblems`, where a roll that nobody asked for by name would take extensions from the site, or where it
 * could not go back: the PHP of what was promoted is gone, and without surge a replica ends before its successor is proven.
 */
export const requireKeptPhp = async (hosted: HostedSite): Promise<void> => {
  const problems = [...(await noWayBack(hosted)), ...(await lostProblems(hosted))];
  if (problems.length > 0) throw new SiteProblems(hosted.site.name, problems);
};

const noWayBack = async (hosted: HostedSite): Promise<readonly Problem[]> => {
  const { site, ports } = hosted;
  const php = site.surge > 0 ? undefined : (await promotedMeta(hosted))?.php;
  if (php === undefined || ports.host.isExecutable(php)) return [];
  const gone = `${php} was removed, and with surge = 0 a roll that fails has no replica to go back to`;
  return [{ file: site.file, line: 1, message: `${gone}: "php-zd reload ${site.name}" rolls all the same` }];
};

/** The PHP-FPM of Debian's that a process runs, by its maps; undefined of any other program. */
const debiansPhpIn = (maps: string): string | undefined =>
  / (\/usr\/sbin\/php-fpm\d\.\d{1,2})(?: \(deleted\))?\n/.exec(maps)?.[1];

/** What the replicas have in their memory that no slot is held of: a standby may run another PHP for good. */
const servingMaps = async (hosted: HostedSite): Promise<readonly string[]> => {
  const { ports, site } = hosted;
  const units = (await ports.systemd.glance([replicaUnit(site.name, '*')])).filter(({ mainPid }) => mainPid !== 0);
  const all = units.map(async ({ unit, mainPid }) => {
    const slot = slotOfUnit(site.name, unit);
    const isHeld = slot === undefined || (await readSlotHold(hosted, slot)) !== undefined;
    return isHeld ? '' : await readMaps(ports, mainPid);
  });
  return await Promise.all(all);
};
