import { HEARD, howToInstall, lostAtStart, readPhpStart } from '../../site/php-start.ts';
import { formatProblem } from '../../site/problem.ts';
import type { Site } from '../../site/site.ts';
import { loadedExtensions } from '../observe/changed-extensions.ts';
import type { Ports } from '../site/ports.ts';
import { hostedSite } from '../site/site-run.ts';
import { acceptedPhp, hostsPhp } from '../transient/php-accepted.ts';
import type { Facts } from './check.ts';

/** What PHP-FPM would start without, a finding for each PHP. A roll is refused for it, and a replica that crashes comes back so (facts.md N117). */
export const findLostAtStart = async (ports: Ports, sites: readonly Site[]): Promise<readonly Facts[]> => {
  const byBinary = new Map<string, Site[]>();
  for (const site of sites) byBinary.set(site.php.binary, [...(byBinary.get(site.php.binary) ?? []), site]);
  return (await Promise.all([...byBinary.values()].map(of => lostBy(ports, of)))).flat();
};

/** Of sites with one PHP, which is started only where one of them has not rolled with what the host has it load and set. */
const lostBy = async (ports: Ports, sites: readonly Site[]): Promise<readonly Facts[]> => {
  const runs = sites.map(site => hostedSite(site, ports));
  const [first] = runs;
  if (first === undefined) return [];
  const now = await hostsPhp(first);
  const accepted = await Promise.all(runs.map(acceptedPhp));
  if (accepted.every(each => each === now)) return [];
  // No code of a site's: a preload script would be run as root.
  const said = await ports.commands.hear(first.site.php.binary, ['-m', ...HEARD, '-d', 'opcache.preload=']);
  const start = readPhpStart(said, ports.host.phpIniFiles(first.site.php));
  const loaded = start.unloaded.length === 0 ? [] : await Promise.all(runs.map(loadedExtensions));
  const problems = lostAtStart(start, new Set(loaded.flatMap(each => [...each])), howToInstall);
  return problems.length === 0 ? [] : [{ problems: problems.map(formatProblem), sites: sites.map(({ name }) => name) }];
};
